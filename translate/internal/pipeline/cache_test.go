package pipeline

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCacheKey compares keys with those that KFP computes.
func TestCacheKey(t *testing.T) {
	const chosen = "my-custom-cache-key"
	require.Equal(t, "ad05e747b67b95e4fc4ce080cdb5850f89744360a85753b90a1a434d46dedd2e", cacheKey("my-component", chosen))
	require.Equal(t, "3b3a067cac2d9161742542c6afa8a1291699e27c637dd0d5d66cd8b2bdc5ab76", cacheKey("other-component", chosen))
}
