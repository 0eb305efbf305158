package driver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

func TestNode(t *testing.T) {
	keys := map[string]string{"fit": "Fit_it"}
	for name, want := range map[string]struct{ directory, key string }{
		"w.fit":              {"fit", "Fit_it"},
		"w.train":            {"train", "train"},
		"w.loop.fit(3:3)(0)": {"loop-3.fit", "Fit_it"},
		"w":                  {"w", "w"},
		"w.täg/lich":         {"t-g-lich", "täg/lich"},
		"":                   {"task", ""},
	} {
		n := nodeOf(&contract.Task{Run: contract.Run{Name: "w", Node: name}})
		require.Equal(t, want.directory, directory(n.Path), name)
		require.Equal(t, want.key, taskKey(n.Task, keys), name)
	}
	inner := &contract.Task{Run: contract.Run{Name: "w", Node: "w.fit.run(0)"}, Component: contract.Component{Inner: true}}
	require.Equal(t, "fit", directory(nodeOf(inner).Path))
}

func TestLongDirectory(t *testing.T) {
	long := func(first string) string { return directory(first + strings.Repeat(".abc", 100) + ".fit") }
	require.Regexp(t, `^[0-9a-f]{8}-.*\.abc\.fit$`, long("x"))
	require.Less(t, len(long("x")), 255)
	require.NotEqual(t, long("x"), long("y"))
}
