package bench_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/hack/bench"
)

func TestWeights(t *testing.T) {
	const build = `program: go1.26.0
	path	example.com/program
	mod	example.com/program	(devel)
	dep	example.com/a	v1.0.0	h1:x
	dep	example.com/a/deep	v1.0.0	h1:x
	dep	gopkg.in/b.v1	v1.0.0	h1:x
	dep	example.com/unused	v1.0.0	h1:x
`
	const symbols = `  100      10 T example.com/a.Run
  200      20 t example.com/a/deep/x.(*T).Run
  300       7 R type:.eq.example.com/a.T
  400       3 T slices.SortFunc[go.shape.*example.com/a/deep.T,example.com/a.T]
  500       5 t gopkg.in/b%2ev1.init
  600     900 T runtime.main
  700     900 T example.com/program.main
  800     900 B example.com/a.space
           900 U example.com/a.undefined
`
	require.Equal(t, []bench.Weight{{"example.com/a/deep", 23}, {"example.com/a", 17}, {"gopkg.in/b.v1", 5}}, bench.Weights(symbols, build))
}
