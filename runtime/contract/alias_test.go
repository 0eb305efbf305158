package contract

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAlias goes from URIs to aliases and paths, and back.
func TestAlias(t *testing.T) {
	for uri, want := range map[string]struct{ alias, path string }{
		"file:///mnt/x/a b":       {"minio://_file/mnt/x/a b", "/minio/_file/mnt/x/a b"},
		"file:///mnt/x?y#%20":     {"minio://_file/mnt/x?y#%20", "/minio/_file/mnt/x?y#%20"},
		"file:///":                {"minio://_file/", "/minio/_file/"},
		"azblob://c/k/x":          {"minio://_azblob/c/k/x", "/minio/_azblob/c/k/x"},
		"https://h:1/a//b%20c":    {"minio://_https/h:1/a//b%20c", "/minio/_https/h:1/a//b%20c"},
		"http://h/?a=b/../c%2Fd?": {"minio://_http/h/?a=b%2F..%2Fc%252Fd?", "/minio/_http/h/?a=b%2F..%2Fc%252Fd?"},
		"https://h/p?" + strings.Repeat("x", 79) + "%2F/+": {
			"minio://_https/h/p?" + strings.Repeat("x", 79) + "%25/+2F%2F+", "/minio/_https/h/p?" + strings.Repeat("x", 79) + "%25/+2F%2F+",
		},
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
		"minio://_file", "minio://_", "https://h", "https://h/", "https://h/a/", "https://h/../a", "http://h/a/./b", "https:///a", "https://../a", "minio://_s3/k", "minio://_nothing/k", "file://host/x", "file:x",
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

// FuzzAlias goes to aliases and back. Their paths have no segment that leads
// elsewhere, and no name that is too long for one of a file unless the URI has.
func FuzzAlias(f *testing.F) {
	for _, seed := range []string{"https://h/p?a/+b%25", "http://h?%2", "file:///x", "azblob://c/../k", "https://h/?/../.."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, uri string) {
		alias := Alias(uri)
		if alias == uri {
			return
		}
		require.Equal(t, uri, Unalias(alias))
		if !strings.HasPrefix(uri, "http") {
			return
		}
		for _, segment := range strings.Split(alias, "/") {
			require.NotContains(t, []string{".", ".."}, segment)
			_, query, _ := strings.Cut(segment, "?")
			require.LessOrEqual(t, len(query), 3*queryPiece+1)
		}
	})
}
