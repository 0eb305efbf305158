package gs

import (
	"hash/crc32"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

func TestChecksum(t *testing.T) {
	require.Equal(t, "crc32c=4waSgw==", checksum(0xe3069283).header(), "of the digits from 1 to 9")
	content := make([]byte, 300_000)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content)
	whole := checksum(crc32.Checksum(content, crc32.MakeTable(polynomial)))
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, content, 0o666))
	file, err := os.Open(name)
	require.NoError(t, err)
	defer file.Close()
	for _, pieces := range [][]int64{{300_000}, {0, 300_000}, {1, 299_999}, {299_999, 1}, {150_000, 150_000}, {65_536, 1, 0, 134_463, 100_000}} {
		var sum checksum
		offset := int64(0)
		for _, length := range pieces {
			next, err := checksumOf(backend.Part{File: file, Offset: offset, Length: length})
			require.NoError(t, err)
			sum = sum.with(next, length)
			offset += length
		}
		require.Equal(t, whole, sum, pieces)
	}
	_, err = checksumOf(backend.Part{File: file, Length: 300_001})
	require.Error(t, err, "it is shorter than it was")

	for _, same := range []http.Header{{}, {hashHeader: {"md5=x"}}, {hashHeader: {"md5=x, " + whole.header()}}, {hashHeader: {"md5=x", whole.header()}}} {
		require.NoError(t, whole.require(same), same)
	}
	require.ErrorContains(t, whole.require(http.Header{hashHeader: {"crc32c=AAAAAA=="}}), "AAAAAA==")
	require.True(t, backend.IsTransient(whole.require(http.Header{hashHeader: {"md5=x,crc32c=AAAAAA=="}})))
}
