package contract

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAlias goes from URIs to aliases and paths, and back.
func TestAlias(t *testing.T) {
	for uri, want := range map[string]struct{ alias, path string }{
		"file:///mnt/x/a b":   {"minio://_file/mnt/x/a b", "/minio/_file/mnt/x/a b"},
		"file:///mnt/x?y#%20": {"minio://_file/mnt/x?y#%20", "/minio/_file/mnt/x?y#%20"},
		"file:///":            {"minio://_file/", "/minio/_file/"},
	} {
		require.Equal(t, want.alias, Alias(uri))
		require.Equal(t, uri, Unalias(want.alias))
		require.Equal(t, want.alias, Alias(want.alias), "an alias has none")
		for _, text := range []string{uri, want.alias} {
			path, ok := LocalPath(text)
			require.True(t, ok, text)
			require.Equal(t, want.path, path)
		}
	}
}

// TestNoAlias lists what stays as it is in both directions.
func TestNoAlias(t *testing.T) {
	for _, text := range []string{
		"", "x", "/mnt/x", "s3://b/k", "gs://b/k", "minio://b/k", "minio://b_file/k", "s3://_file/k", "oci://r/i", "hf://o/m",
		"minio://_file", "minio://_", "minio://_s3/k", "minio://_nothing/k", "file://host/x", "file:x",
	} {
		require.Equal(t, text, Alias(text))
		require.Equal(t, text, Unalias(text))
	}
}

func TestUnaliasValue(t *testing.T) {
	for value, want := range map[string]string{
		`"minio://_file/x y/z"`:           `"file:///x y/z"`,
		`"minio://_file/x\n"`:             `"file:///x\n"`,
		`"s3://b/\u0041"`:                 `"s3://b/\u0041"`,
		`" minio://_file/x"`:              `" minio://_file/x"`,
		`["minio://_file/x"]`:             `["minio://_file/x"]`,
		`1.0`:                             `1.0`,
		`null`:                            `null`,
		`{"a": "minio://_file/x"}`:        `{"a": "minio://_file/x"}`,
		`"see minio://_file/x for a URI"`: `"see minio://_file/x for a URI"`,
	} {
		require.Equal(t, want, string(UnaliasValue(json.RawMessage(value))), value)
	}
}

// TestAliased leaves the true URIs where they were.
func TestAliased(t *testing.T) {
	list := func(uris ...string) map[string]ArtifactList {
		var l ArtifactList
		for _, uri := range uris {
			l.Artifacts = append(l.Artifacts, RuntimeArtifact{URI: uri})
		}
		return map[string]ArtifactList{"a": l}
	}
	input := ExecutorInput{
		Inputs:  Inputs{Artifacts: list("file:///x", "s3://b/k"), ParameterValues: map[string]json.RawMessage{"p": json.RawMessage(`"file:///p"`)}},
		Outputs: Outputs{Artifacts: list("file:///y")},
	}
	got := input.Aliased()
	require.Equal(t, list("minio://_file/x", "s3://b/k"), got.Inputs.Artifacts)
	require.Equal(t, list("minio://_file/y"), got.Outputs.Artifacts)
	require.Equal(t, `"file:///p"`, string(got.Inputs.ParameterValues["p"]))
	require.Equal(t, list("file:///x", "s3://b/k"), input.Inputs.Artifacts)
	require.Equal(t, list("file:///y"), input.Outputs.Artifacts)
	require.Equal(t, ExecutorInput{}, ExecutorInput{}.Aliased())
}
