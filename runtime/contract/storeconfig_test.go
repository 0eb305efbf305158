package contract

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStoreConfig(t *testing.T) {
	off := false
	config := &StoreConfig{Version: storeVersion, Places: []StorePlace{{
		URI: "s3://bucket/prefix", Endpoint: "store:9000", Region: "eu-1", DisableSSL: true, ForcePathStyle: &off, MaxRetries: 3,
		Credentials: &StoreCredentials{
			AccessKey: &StoreKey{"KFP2ARGO_STORE_0", "keys/access"}, SecretKey: &StoreKey{"KFP2ARGO_STORE_1", "keys/secret"},
		},
	}, {URI: "gs://", Credentials: &StoreCredentials{Key: &StoreKey{"KFP2ARGO_STORE_2", "gcs/key.json"}}}}}
	text := requireGolden(t, "StoreConfig.json", config)
	back, err := ParseStoreConfig(string(text))
	require.NoError(t, err)
	require.Equal(t, config, back)
	require.JSONEq(t, string(text), string(StoreConfig{Places: config.Places}.Text()))
	empty, err := ParseStoreConfig("")
	require.NoError(t, err)
	require.Empty(t, empty.Places)
	for text, want := range map[string]string{
		`{"version":2}`:                                   "KFP2ARGO_STORE: it has version 2, this program reads 1",
		`{"version":1,"place":[]}`:                        `KFP2ARGO_STORE: json: unknown field "place"`,
		`{"version":1,"places":[{"uri":"s3://","k":""}]}`: `KFP2ARGO_STORE: json: unknown field "k"`,
	} {
		_, err := ParseStoreConfig(text)
		require.ErrorContains(t, err, want)
	}
}
