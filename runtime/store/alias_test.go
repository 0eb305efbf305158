package store

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// TestPaths holds the store and the contract together: what can be read has a
// path in the pod, and there is no alias for what cannot.
func TestPaths(t *testing.T) {
	for _, uri := range []string{
		"s3://b/k", "minio://b/k", "gs://b/k", "azblob://c/k", "file:///d/k", "http://h/p", "https://h/p", "oci://r/i:v", "hf://o/m", "ftp://h/p",
	} {
		_, err := ParseURI(uri)
		if _, ok := contract.LocalPath(uri); err == nil {
			require.True(t, ok, "%s: add its scheme to those that contract has aliases for", uri)
		}
		if contract.Alias(uri) != uri {
			require.NoError(t, err, "%s: take its scheme from those that contract has aliases for", uri)
		}
	}
}
