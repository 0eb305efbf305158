package archive_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/archive"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// file is a file of an archive, of which a name with a slash at the end is a
// directory.
type file struct{ name, text string }

func zipped(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		entry, err := w.Create(f.name)
		require.NoError(t, err)
		_, err = io.WriteString(entry, f.text)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func gzipped(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func tarred(t testing.TB, files ...file) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		header := &tar.Header{Name: f.name, Size: int64(len(f.text)), Mode: 0o644, Typeflag: tar.TypeReg}
		if strings.HasSuffix(f.name, "/") {
			header.Typeflag = tar.TypeDir
		}
		require.NoError(t, w.WriteHeader(header))
		_, err := io.WriteString(w, f.text)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return gzipped(t, b.Bytes())
}

func TestUnpack(t *testing.T) {
	const text = "pipelineInfo: {name: x}\n"
	only := []file{{"job/", ""}, {"job/my.yml", text}, {"job/README.md", "text"}, {"__MACOSX/._my.yml", "\x00"}}
	several := []file{{"a.yaml", "other"}, {"b/pipeline.yaml", text}}
	for name, test := range map[string]struct {
		given []byte
		want  string
	}{
		"strange.zip":   {zipped(t, file{"a\x1b[1m\n.yaml", text}), "strange.zip/a\ufffd[1m\ufffd.yaml"},
		"plain.yaml":    {[]byte(text), "plain.yaml"},
		"empty.yaml":    {nil, "empty.yaml"},
		"one.zip":       {zipped(t, only...), "one.zip/job/my.yml"},
		"one.tar.gz":    {tarred(t, only...), "one.tar.gz/job/my.yml"},
		"several.zip":   {zipped(t, several...), "several.zip/b/pipeline.yaml"},
		"several.tgz":   {tarred(t, several...), "several.tgz/b/pipeline.yaml"},
		"single.yml.gz": {gzipped(t, []byte(text)), "single.yml"},
		"a-zip.yaml":    {zipped(t, only...), "a-zip.yaml/job/my.yml"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := archive.Unpack(diag.Source{Name: name, Text: test.given})
			require.NoError(t, err)
			require.Equal(t, test.want, got.Name)
			if name != "empty.yaml" {
				require.Equal(t, text, string(got.Text))
			}
		})
	}
}

func TestUnpackRefuses(t *testing.T) {
	many := slices.Repeat([]file{{"x.txt", ""}}, 1001)
	large := strings.Repeat("#", archive.MaxSize+1)
	whole := zipped(t, file{"a.yaml", "text"})
	for name, test := range map[string]struct {
		given []byte
		want  string
	}{
		"none.zip":  {zipped(t), "the archive holds no compiled pipeline, a .yaml or .json file"},
		"other.zip": {zipped(t, file{"b.py", ""}, file{"a.py", ""}), `a .yaml or .json file, but "a.py", "b.py"`},
		"two.tgz":   {tarred(t, file{"b.yaml", ""}, file{"a.json", ""}), `one must be called pipeline.yaml: "a.json", "b.yaml"`},
		"large.zip": {zipped(t, file{"a.yaml", large}), `reading "a.yaml" in the zip archive: there are more than 32 MiB`},
		"large.gz":  {gzipped(t, []byte(large)), "reading what gzip has compressed: there are more than 32 MiB"},
		"many.tgz":  {tarred(t, many...), "it holds too many files"},
		"short.zip": {whole[:len(whole)-9], "reading the zip archive: "},
		"short.gz":  {gzipped(t, []byte("text"))[:12], "reading what gzip has compressed: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := archive.Unpack(diag.Source{Name: name, Text: test.given})
			require.ErrorContains(t, err, name+": ")
			require.ErrorContains(t, err, test.want)
		})
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add(zipped(f, file{"a.yaml", "text"}))
	f.Add(tarred(f, file{"a.yaml", "text"}, file{"d/", ""}))
	f.Add(gzipped(f, []byte("text")))
	f.Fuzz(func(t *testing.T, given []byte) {
		got, err := archive.Unpack(diag.Source{Name: "x", Text: given})
		if err != nil {
			require.Empty(t, got)
			return
		}
		require.LessOrEqual(t, len(got.Text), max(archive.MaxSize, len(given)))
	})
}
