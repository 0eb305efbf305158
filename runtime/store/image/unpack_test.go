package image

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// FuzzUnpack unpacks entries, each a line of kind, name and target, and
// requires that nothing is written outside of the directory.
func FuzzUnpack(f *testing.F) {
	for _, seed := range []string{
		"0 models/../../x ", "2 models/a ../..\n0 models/a/x ", "1 models/a models/../../x\n0 models/a ",
		"2 models/a /models\n2 models/a/b ..\n0 models/a/b/x ", "5 models/a \n2 models/a ..\n0 models/a/x ",
		"2 models .\n0 models/x ", "0 ../models/x ", "1 models/a models/b\n2 models/b ../../outside\n0 models/a ",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var packed bytes.Buffer
		w := tar.NewWriter(&packed)
		for line := range strings.Lines(text) {
			fields := strings.SplitN(strings.TrimSuffix(line, "\n"), " ", 3)
			if len(fields) < 3 || len(fields[0]) != 1 {
				continue
			}
			header := &tar.Header{Typeflag: fields[0][0], Name: fields[1], Linkname: fields[2], Mode: 0o777}
			if header.Typeflag == tar.TypeReg {
				header.Size = 1
			}
			if w.WriteHeader(header) == nil && header.Size == 1 {
				_, _ = w.Write([]byte("x"))
			}
		}
		_ = w.Close()
		above := t.TempDir()
		outside := filepath.Join(above, "outside")
		require.NoError(t, os.WriteFile(outside, []byte("as it was"), 0o666))
		tree, err := backend.MakeRoot(filepath.Join(above, "models"))
		require.NoError(t, err)
		defer tree.Close()
		unpacked := unpackModel(t.Context(), tar.NewReader(&packed), tree)
		entries, err := os.ReadDir(above)
		require.NoError(t, err)
		require.Len(t, entries, 2, "%v", unpacked)
		content, err := os.ReadFile(outside)
		require.NoError(t, err)
		require.Equal(t, "as it was", string(content))
	})
}
