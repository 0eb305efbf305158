package driver

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

func TestParseNode(t *testing.T) {
	keys := map[string]string{"fit": "Fit_it"}
	for name, want := range map[string]struct{ directory, key string }{
		"w.fit":                            {"fit", "Fit_it"},
		"w.train":                          {"train", "train"},
		"w.train-all.fit":                  {"train-all.fit", "Fit_it"},
		"w.loop(3:3).fit(0)":               {"loop-3.fit", "Fit_it"},
		"w.loop(12:{\"a\":1.5}).fit(10:x)": {"loop-12.fit-10", "Fit_it"},
		"w.a(0).b(1).fit(2)":               {"a.b.fit", "Fit_it"},
		"w":                                {"w", "w"},
		"w.onExit":                         {"onExit", "onExit"},
		"w.täg/lich":                       {"t-g-lich", "täg/lich"},
		"":                                 {"task", ""},
	} {
		n := parseNode(contract.Run{Name: "w", Node: name}, false)
		require.Equal(t, want.directory, n.directory(), name)
		require.Equal(t, want.key, n.taskKey(keys), name)
	}
}

func TestParseInnerNode(t *testing.T) {
	for name, want := range map[string]string{
		"w.fit.run":                        "fit",
		"w.fit.look-up(1)":                 "fit",
		"w.loop(3:3).fit.run(0)":           "loop-3.fit",
		"w.fit.iteration(12:x).look-up(0)": "fit.iteration-12",
	} {
		require.Equal(t, want, parseNode(contract.Run{Name: "w", Node: name}, true).directory(), name)
	}
}

func TestLongDirectory(t *testing.T) {
	long := func(first string) string {
		return parseNode(contract.Run{Name: "w", Node: "w." + first + strings.Repeat(".abc", 100) + ".fit"}, false).directory()
	}
	require.Regexp(t, `^[0-9a-f]{8}-.*\.abc\.fit$`, long("x"))
	require.Less(t, len(long("x")), 255)
	require.NotEqual(t, long("x"), long("y"))
}
