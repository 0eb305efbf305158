package gs

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

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

func TestChunks(t *testing.T) {
	require.Zero(t, backend.PartSize%(256<<10), "Google takes multiples of 256 KiB only")
}
