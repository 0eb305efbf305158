//go:build e2e

package e2e

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/randompipeline"
)

var (
	randomCount = flag.Uint64("random", 0, "how many pipelines made at random are run, in place of two")
	randomSeed  = flag.Uint64("seed", 1, "with -random, the seed of the first")
)

// TestRandom runs pipelines made at random: each must end, and as a model of KFP's
// semantics says. With -random every second one runs again, to be stopped or
// terminated at a random moment: it must end. Package local/suite runs more.
//
//	hack/e2e/run -run TestRandom -random 300
func TestRandom(t *testing.T) {
	t.Parallel()
	seeds := []uint64{2, 7}
	if *randomCount > 0 {
		seeds = nil
		for i := range *randomCount {
			seeds = append(seeds, *randomSeed+i)
		}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			p := randompipeline.Make(seed)
			file := filepath.Join(t.TempDir(), "random.json")
			require.NoError(t, os.WriteFile(file, p.Text(), 0o666))
			r := startPipeline(t, file)
			r.wait()
			require.Empty(t, p.Check(r.workflow), "%s", p.Text())
			if *randomCount > 0 && seed%2 == 0 {
				r = startPipeline(t, file)
				r.shutDown(rand.New(rand.NewPCG(seed, 3)))
				r.wait()
			}
		})
	}
}

// shutDown stops or terminates a run within its first half minute.
func (r *run) shutDown(random *rand.Rand) {
	r.t.Helper()
	select {
	case <-time.After(time.Duration(random.IntN(30)) * time.Second): // the moment is what is tried
	case <-r.t.Context().Done():
	}
	how := []string{"Stop", "Terminate"}[random.IntN(2)]
	r.patch(fmt.Sprintf(`{"spec":{"shutdown":%q}}`, how))
}
