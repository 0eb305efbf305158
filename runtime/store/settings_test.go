package store

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
	"github.com/kfp2argo/kfp2argo/runtime/store/s3"
)

// environ is an environment of a config and some variables.
func environ(t *testing.T, config string, more map[string]string) func(string) string {
	t.Helper()
	return func(name string) string {
		if name == contract.StoreVariable {
			return config
		}
		return more[name]
	}
}

// TestSettings looks at what buckets are opened with.
func TestSettings(t *testing.T) {
	const config = `{"version":1,"places":[
		{"uri":"s3://data/team-","endpoint":"teams"},
		{"uri":"s3://data/a/b","endpoint":"ab"},
		{"uri":"s3://data/a","endpoint":"a"},
		{"uri":"s3://logs","endpoint":"logs"},
		{"uri":"minio://","endpoint":"minio"},
		{"uri":"azblob://logs","endpoint":"https://team.blob.core.windows.net"},
		{"uri":"s3://","region":"eu-1"}]}`
	for _, tc := range []struct{ root, uri, want string }{
		{"", "s3://data/team-a/x", "teams"},
		{"", "s3://data/team", "usual"},
		{"", "s3://data/a/b/c", "ab"},
		{"", "s3://data/a/bc", "ab"}, // texts, not segments, as in KFP
		{"", "s3://data/a/c", "a"},
		{"", "s3://data/a", "a"},
		{"", "s3://logs/x", "logs"},
		{"", "s3://logs-2/x", "usual"},
		{"", "minio://logs/x", "minio"},
		{"", "gs://logs/x", ""}, // the environment speaks of S3
		{"", "azblob://logs/x", "https://team.blob.core.windows.net"},
		{"gs://data/a?anonymous=true", "gs://data/x", ""},
		{"s3://data/a", "s3://data/a/b/x", "ab"},
		{"s3://data/a?endpoint=own", "s3://data/a/b/x", "own"},
		{"s3://data/a?endpoint=own", "s3://data/z", "own"},
		{"s3://data/a?endpoint=own", "s3://other/z", "usual"}, // as the default of s3 says
		{"s3://data/a?endpoint=own", "minio://data/z", "minio"},
		{"gs://data/a?endpoint=own", "gs://other/z", "own"},
	} {
		s := New(Root{}, environ(t, config, map[string]string{"AWS_ENDPOINT_URL": "usual"}))
		if tc.root != "" {
			s.root = mustRoot(t, tc.root)
		}
		got, err := s.settings(mustURI(t, tc.uri))
		require.NoError(t, err)
		require.Equal(t, tc.want, got.Endpoint, "%s with root %q", tc.uri, tc.root)
	}
}

func mustRoot(t *testing.T, text string) Root {
	t.Helper()
	root, err := ParseRoot(text)
	require.NoError(t, err)
	return root
}

func mustURI(t *testing.T, text string) URI {
	t.Helper()
	uri, err := ParseURI(text)
	require.NoError(t, err)
	return uri
}

func TestSettingsOfPlace(t *testing.T) {
	const config = `{"version":1,"places":[{"uri":"s3://b","endpoint":"h:9000","region":"eu-1","disableSSL":true,
		"forcePathStyle":true,"maxRetries":3,"credentials":{"accessKey":{"env":"A","from":"s/a"},"secretKey":{"env":"S","from":"s/s"}}},
		{"uri":"s3://c","forcePathStyle":false}]}`
	s := New(Root{}, environ(t, config, nil))
	got, err := s.settings(URI{scheme: "s3", bucket: "b"})
	require.NoError(t, err)
	require.Equal(t, settings{
		Settings: backend.Settings{Endpoint: "h:9000", Attempts: 3, Credentials: backend.Credentials{
			AccessKey: backend.Secret{Variable: "A", From: "s/a"}, SecretKey: backend.Secret{Variable: "S", From: "s/s"},
		}},
		s3: s3.Settings{Region: "eu-1", Insecure: true, Lookup: s3.LookupPath},
	}, got)
	got, err = s.settings(URI{scheme: "s3", bucket: "c"})
	require.NoError(t, err)
	require.Equal(t, settings{s3: s3.Settings{Lookup: s3.LookupHost}}, got)
}

// TestSettingsRefused has a config that cannot be read, and Secrets that are
// not there.
func TestSettingsRefused(t *testing.T) {
	uri := URI{scheme: "s3", bucket: "b", key: "k"}
	const keys = `{"version":1,"places":[{"uri":"s3://","credentials":{"accessKey":{"env":"A","from":"s/a"},"secretKey":{"env":"S","from":"s/s"}}}]}`
	for _, tc := range []struct {
		config string
		env    map[string]string
		want   string
	}{
		{"{", nil, "looking for s3://b/k: KFP2ARGO_STORE: unexpected end of JSON input"},
		{`{"version":1,"places":[{"uri":"s3"}]}`, nil, `looking for s3://b/k: KFP2ARGO_STORE: "s3" is no place: expected scheme://bucket/prefix`},
		{keys, nil, "looking for s3://b/k: no credentials: the namespace has no Secret and key s/a, or it is empty"},
		{keys, map[string]string{"A": "x"}, "looking for s3://b/k: no credentials: the namespace has no Secret and key s/s, or it is empty"},
	} {
		_, err := New(Root{}, environ(t, tc.config, tc.env)).Exists(t.Context(), uri)
		require.EqualError(t, err, tc.want)
	}
}
