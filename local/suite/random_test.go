//go:build linux

package suite_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kfp2argo/kfp2argo/internal/randompipeline"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

var (
	randomCount = flag.Uint64("random", 15, "how many random pipelines are run")
	randomSeed  = flag.Uint64("seed", 1, "the seed of the first")
)

// random runs random pipelines: each must end, and as the model says. Each a
// second time, to be stopped or terminated at a random moment: it must end.
func (m machine) random(t *testing.T) {
	for seed := *randomSeed; seed < *randomSeed+*randomCount; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			p := randompipeline.Make(seed)
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("%s", p.Text())
				}
			})
			run := m.submitRandom(t, p)
			for _, wrong := range p.Check(m.end(t, run)) {
				t.Error(wrong)
			}
			ended := m.submitRandom(t, p)
			m.shutDown(t, ended, rand.New(rand.NewPCG(seed, 2)))
			m.end(t, ended)
			for _, name := range []string{run, ended} {
				require.NoError(t, m.workflows.ArgoprojV1alpha1().Workflows(namespace).Delete(t.Context(), name, metav1.DeleteOptions{}))
			}
		})
	}
}

func (m machine) submitRandom(t *testing.T, p *randompipeline.Pipeline) string {
	t.Helper()
	translated, found, err := translate.Translate(diag.Source{Name: "random.json", Text: p.Text()}, translate.Options{
		Pods: translate.Pods{Image: ours}, Cache: translate.Cache{Off: true},
		Store: translate.Store{Volume: translate.StoreVolume{Claim: "artifacts"}},
	})
	require.NoError(t, err)
	require.NotNil(t, translated, "%v", found)
	return m.create(t, printed(t, translated))
}

// shutDown stops or terminates a run within its first seconds.
func (m machine) shutDown(t *testing.T, name string, random *rand.Rand) {
	t.Helper()
	select {
	case <-time.After(time.Duration(random.IntN(6000)) * time.Millisecond): // the moment is what is tried
	case <-t.Context().Done():
	}
	how := []string{"Stop", "Terminate"}[random.IntN(2)]
	patch := fmt.Appendf(nil, `{"spec":{"shutdown":%q}}`, how)
	_, err := m.workflows.ArgoprojV1alpha1().Workflows(namespace).Patch(t.Context(), name, types.MergePatchType, patch, metav1.PatchOptions{})
	require.NoError(t, err)
}
