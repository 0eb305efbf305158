//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/randompipeline"
)

// TestRandom runs pipelines made at random: each must end, and as a model of KFP's
// semantics says. Package local/suite runs more of them, and stops some.
func TestRandom(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{2, 7} {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			p := randompipeline.Make(seed)
			file := filepath.Join(t.TempDir(), "random.json")
			require.NoError(t, os.WriteFile(file, p.Text(), 0o666))
			r := startPipeline(t, file)
			r.wait()
			require.Empty(t, p.Check(r.workflow))
		})
	}
}
