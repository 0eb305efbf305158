package storage_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/storage"
)

var keyLine = regexp.MustCompile(`(?m)\A# key: (\S+)$`)

// load reads a file of testdata; its first line may name a key.
func load(t *testing.T, file string) storage.File {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	f := storage.File{Source: diag.Source{Name: filepath.Base(file), Text: text}}
	if found := keyLine.FindSubmatch(text); found != nil {
		f.Key = string(found[1])
	}
	return f
}

// TestGoldens compares what files say of stores, and messages about the
// files.
func TestGoldens(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			f := load(t, file)
			var report diag.Report
			config := storage.Read([]storage.File{f}, storage.Options{First: 1}, &report)
			var got bytes.Buffer
			found := report.Diagnostics()
			require.NoError(t, diag.Render(&got, diag.Source{}, found, diag.Options{Others: []diag.Source{f.Source}}))
			for _, d := range found {
				require.True(t, d.Span.Known() || strings.Contains(file, "empty"), d.Message)
			}
			require.Equal(t, strings.HasPrefix(filepath.Base(file), "bad-") || strings.Contains(file, "missing") || strings.Contains(file, "hadoop"), report.HasErrors())
			if !report.HasErrors() {
				encoder := json.NewEncoder(&got)
				encoder.SetIndent("", "  ")
				require.NoError(t, encoder.Encode(config))
			}
			goldentest.Compare(t, strings.TrimSuffix(file, ".yaml")+".txt", got.Bytes())
		})
	}
}

// TestFiles reads several files: what is for a bucket comes before what is for
// all of a scheme, and the first root holds.
func TestFiles(t *testing.T) {
	files := []storage.File{load(t, "testdata/bare.yaml"), load(t, "testdata/kfp-launcher.yaml"), load(t, "testdata/artifact-repositories.yaml")}
	var report diag.Report
	config := storage.Read(files, storage.Options{First: 3}, &report)
	require.Empty(t, report.Diagnostics())
	require.Equal(t, "minio://mlpipeline/v2/artifacts?endpoint=minio:9000", config.Root)
	var places []string
	for _, p := range config.Places {
		places = append(places, p.URI)
	}
	require.Equal(t, []string{
		"s3://other-bucket/a/b", "s3://other-bucket", "gs://b/p", "s3://my-bucket", "gs://", "s3://", "minio://", "gs://",
	}, places)
	variables := map[string]bool{}
	for _, key := range config.Keys {
		require.False(t, variables[key.Env], key.Env)
		variables[key.Env] = true
	}
	report = diag.Report{}
	storage.Read([]storage.File{load(t, "testdata/bad-kind.yaml"), load(t, "testdata/bare.yaml"), load(t, "testdata/bad-list.yaml")}, storage.Options{First: 3}, &report)
	require.Len(t, report.Diagnostics(), 2)
	require.Equal(t, 3, report.Diagnostics()[0].Source)
	require.Equal(t, 5, report.Diagnostics()[1].Source)
}

// TestSameField has a field under two spellings, of which one would be lost.
func TestSameField(t *testing.T) {
	const text = "s3: {Default: {credentials: {fromEnv: true}}, default: {}}"
	var report diag.Report
	storage.Read([]storage.File{{Source: diag.Source{Text: []byte(text)}}}, storage.Options{}, &report)
	require.Len(t, report.Diagnostics(), 1)
	require.Equal(t, `"default" is the same field as "Default"`, report.Diagnostics()[0].Message)
}

// FuzzRead reads anything, and says where it is wrong.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	require.NoError(f, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var report diag.Report
		file := storage.File{Source: diag.Source{Name: "f", Text: text}}
		config := storage.Read([]storage.File{file}, storage.Options{}, &report)
		require.NotNil(t, config)
		require.NoError(t, diag.Render(&bytes.Buffer{}, file.Source, report.Diagnostics(), diag.Options{}))
		for _, p := range config.Places {
			require.Contains(t, p.URI, "://")
		}
	})
}

// TestCertificates has a repository with certificates of its own, which pods
// get in another way.
func TestCertificates(t *testing.T) {
	const text = `{kind: ConfigMap, data: {artifactRepository: "s3: {bucket: b, caSecret: {name: n, key: k}}"}}`
	for _, given := range []bool{false, true} {
		var report diag.Report
		storage.Read([]storage.File{{Source: diag.Source{Text: []byte(text)}}}, storage.Options{CABundle: given}, &report)
		require.Equal(t, !given, report.HasErrors())
	}
}
