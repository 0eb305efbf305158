package store

import (
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
	"github.com/kfp2argo/kfp2argo/runtime/store/s3"
)

func TestParseURI(t *testing.T) {
	for text, want := range map[string]URI{
		"s3://b/k":                         {"s3", "b", "k"},
		"gs://b/k":                         {"gs", "b", "k"},
		"azblob://b/k/":                    {"azblob", "b", "k"},
		"http://h/p":                       {"http", "h", "p"},
		"https://u@h:1/a/../b//?x=/y&z#f/": {"https", "u@h:1", "a/../b//?x=/y&z#f/"},
		"https://h/?x":                     {"https", "h", "?x"},
		"oci://r.io:5000/team/model:v1":    {"oci", "r.io:5000/team/model:v1", ""},
		"oci://model":                      {"oci", "model", ""},
		"minio://b/a/b c/d":                {"minio", "b", "a/b c/d"},
		"s3://b/k?x=1#y%20":                {"s3", "b", "k?x=1#y%20"},
		"s3://b/dir/":                      {"s3", "b", "dir"},
		"s3://b":                           {"s3", "b", ""},
		"s3://b/":                          {"s3", "b", ""},
		"file:///mnt/x":                    {"file", "", "mnt/x"},
		"file:///process":                  {"file", "", "process"},
		"file:///":                         {"file", "", ""},
		"s3://b/..a/.b":                    {"s3", "b", "..a/.b"},
	} {
		uri, err := ParseURI(text)
		require.NoError(t, err, text)
		require.Equal(t, want, uri, text)
		again, err := ParseURI(uri.String())
		require.NoError(t, err, text)
		require.Equal(t, uri, again, text)
	}
}

func TestParseURIRefuses(t *testing.T) {
	for text, message := range map[string]string{
		"s3://b/a/../c":             `the key "a/../c" has the segment ".."`,
		"s3://b/..":                 `has the segment ".."`,
		"s3://b/./c":                `has the segment "."`,
		"s3://b//c":                 "has an empty segment",
		"s3://b/c//":                "has an empty segment",
		"s3://b/a\x00b":             "NUL",
		"s3:///k":                   "expected s3://bucket/key",
		"file://host/k":             "expected file:///directory",
		"gs:///k":                   "expected gs://bucket/key",
		"azblob://b//k":             "has an empty segment",
		"http://h":                  "expected http://host/path",
		"http://h/":                 "expected http://host/path",
		"https://h?x":               "expected https://host/path",
		"https:///p":                "expected https://host/path",
		"https://h/%zz":             "invalid URL escape",
		"s3://../k":                 `".." is no bucket`,
		"gs://.":                    `"." is no bucket`,
		"file:///proc":              "file:///proc: /proc holds no artifacts",
		"file:///proc/self/environ": "/proc holds no artifacts",
		"file:///dev/stdin":         "/dev holds no artifacts",
		"file:///sys/x":             "/sys holds no artifacts",
		"file:////proc":             "empty segment",
		"oci://":                    "could not parse reference",
		"oci://..":                  `has the segment ".."`,
		"oci://a b":                 "could not parse reference",
	} {
		_, err := ParseURI(text)
		require.ErrorContains(t, err, message, text)
	}
	for _, text := range []string{"", "/x", "x", "hf://b/k", "HTTP://h/p", "S3://b/k"} {
		_, err := ParseURI(text)
		var unsupported *UnsupportedSchemeError
		require.ErrorAs(t, err, &unsupported, text)
	}
}

func TestWithin(t *testing.T) {
	for _, test := range []struct {
		uri, root string
		want      bool
	}{
		{"s3://b/a/x", "s3://b/a", true},
		{"s3://b/a", "s3://b/a", true},
		{"s3://b/a-old/x", "s3://b/a", false},
		{"s3://b/x", "s3://b", true},
		{"s3://b2/x", "s3://b", false},
		{"minio://b/x", "s3://b", false},
		{"s3://b/a", "s3://b/a/x", false},
	} {
		uri, err := ParseURI(test.uri)
		require.NoError(t, err)
		root, err := ParseURI(test.root)
		require.NoError(t, err)
		require.Equal(t, test.want, uri.Within(root), "%s within %s", test.uri, test.root)
	}
}

func TestJoin(t *testing.T) {
	root, err := ParseURI("s3://b/r")
	require.NoError(t, err)
	uri, err := root.Join("a", "b/c")
	require.NoError(t, err)
	require.Equal(t, "s3://b/r/a/b/c", uri.String())
	for _, name := range []string{"", "..", "a/../..", "/a", "a/"} {
		_, err := root.Join("x", name)
		require.Error(t, err, name)
	}
}

func TestParseRoot(t *testing.T) {
	for text, want := range map[string]settings{
		"s3://b/r": {},
		"s3://b/r?region=eu-1&endpoint=h:9000&disableSSL=true&s3ForcePathStyle=true": {
			Settings: backend.Settings{Endpoint: "h:9000"}, s3: s3.Settings{Region: "eu-1", Insecure: true, Lookup: s3.LookupPath},
		},
		"s3://b/r?use_path_style=false&disable_https=false&awssdk=v2": {s3: s3.Settings{Lookup: s3.LookupHost}},
	} {
		root, err := ParseRoot(text)
		require.NoError(t, err, text)
		require.Equal(t, want, root.settings, text)
		require.Equal(t, "s3://b/r", root.URI().String(), text)
	}
	for text, message := range map[string]string{
		"s3://b?profile=x":          `unknown setting "profile"; known are region, endpoint`,
		"s3://b?disableSSL=yes":     `disableSSL is true or false, not "yes"`,
		"s3://b?a%zz":               "settings of the pipeline root",
		"hf://b":                    "pipeline root hf://b: only s3, minio, gs, azblob, file, http, https and oci URIs",
		"https://h/x?region=x":      "pipeline root https://h/x: such URIs can only be read",
		"oci://model":               "pipeline root oci://model: such URIs can only be read",
		"gs://b?region=x":           `unknown setting "region"; known are anonymous, universe_domain and endpoint`,
		"gs://b?anonymous=1":        `anonymous is true or false, not "1"`,
		"azblob://b?region=x":       `unknown setting "region"; known are storage_account`,
		"azblob://b?protocol=ftp":   `protocol is http or https, not "ftp"`,
		"s3://b/../c?endpoint=h:80": `has the segment ".."`,
	} {
		_, err := ParseRoot(text)
		require.ErrorContains(t, err, message, text)
	}
}

func TestOpenRefuses(t *testing.T) {
	nothing := func(string) string { return "" }
	for root, message := range map[string]string{
		"minio://b":                       "no endpoint: add ?endpoint=HOST:PORT",
		"minio://b?endpoint=file://x":     "expected file:///directory",
		"minio://b?endpoint=ftp://x:1":    "S3 endpoint ftp://x:1",
		"gs://b?endpoint=ftp://x:1":       "the endpoint ftp://x:1 of Google Cloud Storage",
		"azblob://b?endpoint=h:1":         "the endpoint h:1 of Azure Blob Storage: expected https://ACCOUNT.blob",
		"s3://self?endpoint=file:///proc": "/proc holds no artifacts",
		"s3://sys?endpoint=file:///":      "/sys holds no artifacts",
		"azblob://b":                      "no storage account: set AZURE_STORAGE_ACCOUNT",
	} {
		r, err := ParseRoot(root)
		require.NoError(t, err)
		_, err = New(r, nothing).Exists(t.Context(), r.URI())
		require.ErrorContains(t, err, message)
	}
	_, err := New(Root{}, nothing).Exists(t.Context(), URI{})
	require.Error(t, err)
}

// listing is a back end whose objects have any keys, as in stores that are not
// file systems.
type listing []string

func (listing) Stat(context.Context, string) (backend.Object, error) {
	return backend.Object{}, ErrNotFound
}

func (l listing) List(context.Context, string) iter.Seq2[backend.Object, error] {
	return func(yield func(backend.Object, error) bool) {
		for _, key := range l {
			if !yield(backend.Object{Key: key}, nil) {
				return
			}
		}
	}
}

func (listing) Folders(context.Context, string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, name := range []string{"good", "", "..", "a\x00"} {
			if !yield(name, nil) {
				return
			}
		}
	}
}

func (listing) Get(_ context.Context, _ backend.Object, file *os.File) error {
	_, err := file.WriteString("x")
	return err
}

func (listing) Put(context.Context, string, *os.File) error { return errors.ErrUnsupported }

func (listing) Remove(context.Context, string) error { return errors.ErrUnsupported }

func TestDownloadStaysInside(t *testing.T) {
	for _, key := range []string{
		"tree/../x", "tree/a/../../../x", "tree//x", "tree/./x", "tree/a//", "tree/a\x00", "tree/..", "tree/../", "/x",
	} {
		s := New(Root{}, os.Getenv)
		uri := URI{scheme: "s3", bucket: "b", key: "tree"}
		s.buckets[opened{bucketName{"s3", "b"}, settings{}}] = listing{"tree/good", key}
		above := t.TempDir()
		err := s.Download(t.Context(), uri, filepath.Join(above, "local"))
		require.ErrorContains(t, err, "the key", key)
		entries, err := os.ReadDir(above)
		require.NoError(t, err)
		require.Len(t, entries, 1, key)
	}
}

func TestDownloadDirectoryObjects(t *testing.T) {
	s := New(Root{}, os.Getenv)
	uri := URI{scheme: "s3", bucket: "b", key: "tree"}
	s.buckets[opened{bucketName{"s3", "b"}, settings{}}] = listing{"tree/", "tree/a/", "tree/b/c/", "tree/a/f"}
	local := filepath.Join(t.TempDir(), "local")
	require.NoError(t, s.Download(t.Context(), uri, local))
	require.DirExists(t, filepath.Join(local, "b/c"))
	require.FileExists(t, filepath.Join(local, "a/f"))

	for name, err := range s.Folders(t.Context(), uri) {
		require.NoError(t, err)
		require.Equal(t, "good", name, "others cannot be in a path")
	}
}
