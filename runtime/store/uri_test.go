package store

import (
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
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
		"s3://b/r?region=eu-1&endpoint=h:9000&disableSSL=true&s3ForcePathStyle=true": {endpoint: "h:9000", region: "eu-1", insecure: true, lookup: lookupPath},
		"s3://b/r?use_path_style=false&disable_https=false&awssdk=v2":                {lookup: lookupHost},
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

func TestAddress(t *testing.T) {
	for endpoint, want := range map[string]struct {
		host   string
		secure bool
	}{
		"":                        {"s3.amazonaws.com", true},
		"h:9000":                  {"h:9000", true},
		"http://h:9000":           {"h:9000", false},
		"https://h/":              {"h", true},
		"http://[::1]:80":         {"[::1]:80", false},
		"https://s3.example.test": {"s3.example.test", true},
	} {
		host, secure, err := settings{endpoint: endpoint}.address()
		require.NoError(t, err, endpoint)
		require.Equal(t, want.host, host, endpoint)
		require.Equal(t, want.secure, secure, endpoint)
	}
	for _, endpoint := range []string{"ftp://h", "http://h/path", "http://", "http://%zz"} {
		_, _, err := settings{endpoint: endpoint}.address()
		require.ErrorContains(t, err, "S3 endpoint", endpoint)
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

func (listing) stat(context.Context, string) (object, error) { return object{}, ErrNotFound }

func (l listing) list(context.Context, string) iter.Seq2[object, error] {
	return func(yield func(object, error) bool) {
		for _, key := range l {
			if !yield(object{key: key}, nil) {
				return
			}
		}
	}
}

func (listing) get(_ context.Context, _ object, file *os.File) error {
	_, err := file.WriteString("x")
	return err
}

func (listing) put(context.Context, string, *os.File) error { return errors.ErrUnsupported }

func (listing) remove(context.Context, string) error { return errors.ErrUnsupported }

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
}

func TestAzureAddress(t *testing.T) {
	for want, s := range map[string]azureAccount{
		"https://a.blob.core.windows.net/c":       {azblobSettings: azblobSettings{account: "a"}},
		"https://a.blob.core.chinacloudapi.cn/c":  {azblobSettings: azblobSettings{account: "a", domain: "blob.core.chinacloudapi.cn"}},
		"http://127.0.0.1:10000/a/c":              {azblobSettings: azblobSettings{account: "a", emulator: true}},
		"http://azurite:10000/a/c":                {azblobSettings: azblobSettings{account: "a", emulator: true, domain: "azurite:10000"}},
		"https://localhost:1/a/c":                 {azblobSettings: azblobSettings{account: "a", domain: "localhost:1"}},
		"http://a.blob.storage.azurestack.test/c": {azblobSettings: azblobSettings{account: "a", domain: "blob.storage.azurestack.test", protocol: "http"}},
		"https://x.example.test/c":                {endpoint: "https://x.example.test/"},
	} {
		address, err := s.address("c")
		require.NoError(t, err)
		require.Equal(t, want, address)
	}
}

// TestAzureCredentials holds that a credential is sent to its own account only.
func TestAzureCredentials(t *testing.T) {
	getenv := func(name string) string {
		return map[string]string{"AZURE_STORAGE_ACCOUNT": "a", "AZURE_STORAGE_KEY": "k"}[name]
	}
	of := func(account string) azureAccount {
		return azureAccount{azblobSettings: azblobSettings{account: account}}
	}
	with := func(a azureAccount, key, sas string) azureAccount {
		a.key, a.sas = key, sas
		return a
	}
	require.Equal(t, with(of("a"), "k", ""), azureAccount{}.or(getenv))
	require.Equal(t, with(of("a"), "k", ""), of("a").or(getenv))
	require.Equal(t, of("other"), of("other").or(getenv))
	require.Equal(t, with(of("other"), "", "s"), with(of("other"), "", "s").or(getenv))
}

// TestAzureAccount reads the endpoints of places.
func TestAzureAccount(t *testing.T) {
	getenv := func(name string) string {
		return map[string]string{"K": "k", "AZURE_STORAGE_CONNECTION_STRING": "of another"}[name]
	}
	for endpoint, want := range map[string]string{
		"https://team.blob.core.windows.net":  "team",
		"https://team.blob.core.windows.net/": "team",
		"http://azurite:10000/dev":            "dev",
	} {
		a, err := settings{endpoint: endpoint, credentials: secrets{key: secret{"K", "s/k"}}}.azureAccount(getenv)
		require.NoError(t, err)
		require.Equal(t, azureAccount{azblobSettings: azblobSettings{account: want}, endpoint: endpoint, key: "k"}, a)
		a, err = settings{endpoint: endpoint}.azureAccount(getenv)
		require.NoError(t, err)
		require.Empty(t, a.connection, "it is of another account")
	}
	_, err := settings{endpoint: "https://a", credentials: secrets{key: secret{"GONE", "s/k"}}}.azureAccount(getenv)
	require.EqualError(t, err, "no credentials: the namespace has no Secret and key s/k, or it is empty")
}

func TestPartArithmetic(t *testing.T) {
	const tebi = 1 << 40
	for _, size := range []int64{1, partSize, partSize + 1, 10000 * partSize, 10000*partSize + 1, 4 * tebi} {
		part := partSizeFor(size)
		require.GreaterOrEqual(t, part, int64(partSize))
		require.LessOrEqual(t, (size+part-1)/part, int64(10000), size)
	}
	require.Zero(t, partSize%(256<<10), "Google takes multiples of 256 KiB only")
	ids := blockIDs(50000)
	require.Len(t, map[string]bool{ids[0]: true, ids[1]: true, ids[49999]: true}, 3)
	require.Len(t, ids[49999], len(ids[0]), "Azure wants block names of one length")
	require.NotEqual(t, ids, blockIDs(50000))
}

func TestReceived(t *testing.T) {
	for span, want := range map[string]int64{"": 0, "bytes=0-0": 1, "bytes=0-5368709119": 5 << 30} {
		got, err := received(span)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, span := range []string{"0-5", "bytes=1-5", "bytes=0--5", "bytes=0-"} {
		_, err := received(span)
		require.Error(t, err, span)
	}
}
