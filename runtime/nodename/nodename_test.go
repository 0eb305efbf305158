package nodename_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/nodename"
)

func TestParse(t *testing.T) {
	for node, want := range map[string]nodename.Of{
		"w.fit":                                         {"fit", "fit"},
		"w.all.fit":                                     {"all.fit", "fit"},
		"w.loop.iteration(3:3).fit(0)":                  {"loop-3.fit", "fit"},
		"w.loop.iteration(3:3)":                         {"loop-3", "iteration"},
		"w.loop.fit(3:3)":                               {"loop-3.fit", "fit"},
		"w.loop.fit(3:3)(0)":                            {"loop-3.fit", "fit"},
		"w.loop.re-iteration(3:3)":                      {"loop-3.re-iteration", "re-iteration"},
		"w.all.loop.iteration(0:0).fit":                 {"all.loop-0.fit", "fit"},
		"w.a.iteration(1:1).b.fit(12:12)":               {"a-1.b-12.fit", "fit"},
		"w.a.iteration(1:1).b.iteration(2:2).iteration": {"a-1.b-2.iteration", "iteration"},
		"w.a(0).b(1).fit(2)":                            {"a.b.fit", "fit"},
		"w":                                             {"w", "w"},
		"w.onExit":                                      {"onExit", "onExit"},
		"":                                              {"", ""},
	} {
		require.Equal(t, want, nodename.Parse("w", node, false), node)
	}
}

func TestParseInner(t *testing.T) {
	for node, want := range map[string]nodename.Of{
		"w.fit.run":                         {"fit", "fit"},
		"w.fit.look-up(1)":                  {"fit", "fit"},
		"w.loop.iteration(3:3).fit.run(0)":  {"loop-3.fit", "fit"},
		"w.loop.fit(3:3).run(0)":            {"loop-3.fit", "fit"},
		"w.fit.iteration(12:12).look-up(0)": {"fit-12", "iteration"},
	} {
		require.Equal(t, want, nodename.Parse("w", node, true), node)
	}
}

// TestBothWays parses what is written.
func TestBothWays(t *testing.T) {
	loop := nodename.Task(nodename.Task("w", "all"), "loop")
	path := nodename.Path(nodename.PathOfIteration(nodename.Path("all", "loop"), 12), "fit")
	fit := nodename.Task(nodename.Iteration(nodename.Task(loop, nodename.IterationTask), 12), "fit")
	require.Equal(t, "w.all.loop.iteration(12:12).fit", fit)
	require.Equal(t, "fit(3)", nodename.Last(nodename.Attempt(fit, 3)))
	for _, node := range []string{fit, nodename.Iteration(nodename.Task(loop, "fit"), 12)} {
		require.Equal(t, nodename.Of{Path: path, Task: "fit"}, nodename.Parse("w", nodename.Attempt(node, 3), false), node)
	}
	for node, number := range map[string]int{nodename.Iteration(loop, 0): 0, nodename.Attempt(loop, 7): 7} {
		of, got, ok := nodename.Number(node)
		require.True(t, ok)
		require.Equal(t, loop, of)
		require.Equal(t, number, got)
	}
	for _, node := range []string{loop, fit, "", "w(x)", "w.onExit[0].a", "w(99999999999999999999)"} {
		_, _, ok := nodename.Number(node)
		require.False(t, ok, node)
	}
}

func TestAfterStop(t *testing.T) {
	task, ok := nodename.AfterStop("w", "w.onExit[0].report")
	require.True(t, ok)
	require.Equal(t, "report", task)
	for _, node := range []string{"w.onExit", "w.onExit.report", "other.onExit[0].report", "w.report", ""} {
		_, ok := nodename.AfterStop("w", node)
		require.False(t, ok, node)
	}
}

func TestPaths(t *testing.T) {
	for _, c := range []struct {
		path, of string
		want     bool
	}{
		{"a.b", "", true}, {"a.b", "a", true}, {"a.b", "a.b", true}, {"a-0.b", "a", true}, {"a-12", "a", true},
		{"ab", "a", false}, {"a-b", "a", false}, {"a-1b", "a", false}, {"a-", "a", false}, {"a", "a.b", false},
	} {
		require.Equal(t, c.want, nodename.IsWithin(c.path, c.of), "%s within %s", c.path, c.of)
	}
	require.Equal(t, "all.fit", nodename.Below("train", "train.all.fit"))
	require.Equal(t, "all.fit", nodename.Below("train", "all.fit"))
	require.Equal(t, "fit", nodename.Shorter("all.fit"))
	require.Empty(t, nodename.Shorter("all"))
}
