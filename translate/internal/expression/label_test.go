package expression_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// TestLabels reads labels from the names of nodes.
func TestLabels(t *testing.T) {
	for node, want := range map[string]struct{ task, iteration string }{
		"w.hello.fit":                          {"fit", ""},
		"w.fit":                                {"fit", ""},
		"w.hello.fit(1)":                       {"fit", ""},
		"w.onExit[0].report":                   {"report", ""},
		"w.hello.train-all.iteration(3:3).fit": {"train-all.fit", "3"},
		"w.hello.train-all.iteration(3:3).fit(0)":        {"train-all.fit", "3"},
		"w.hello.train-all.iteration(3:3)":               {"train-all", "3"},
		"w.hello.train-all.fit(12:12)":                   {"train-all.fit", "12"},
		"w.hello.train-all.fit(12:12)(0)":                {"train-all.fit", "12"},
		"w.hello.train-all.fit(12:12).look-up(0)":        {"train-all.fit.look-up", "12"},
		"w.hello.train-all.re-iteration(3:3)":            {"train-all.re-iteration", "3"},
		"w.hello.rows.iteration(0:0).cells.label(12:12)": {"rows.cells.label", "0-12"},
		"w.hello." + strings.Repeat("a", 30) + "." + strings.Repeat("b", 30) + ".fit(4:4)": {
			strings.Repeat("a", 28) + "." + strings.Repeat("b", 30) + ".fit", "4",
		},
	} {
		env := map[string]any{
			"node": map[string]any{"name": node},
			"sprig": map[string]any{
				"regexReplaceAll": func(pattern, text, by string) string {
					return regexp.MustCompile(pattern).ReplaceAllString(text, by)
				},
				"trunc": func(n int, text string) string { return text[max(0, len(text)+n):] },
			},
		}
		require.Equal(t, want.task, evaluated(t, expression.TaskLabel("hello").String(), env), node)
		require.Equal(t, want.iteration, evaluated(t, expression.IterationLabel().String(), env), node)
	}
}

// TestReadsOfItem counts what decides whether a task can be repeated.
func TestReadsOfItem(t *testing.T) {
	of := expression.Items{Text: expression.Input("list")}
	for name, c := range map[string]struct {
		p        expression.Parameter
		reads    int
		declares bool
	}{
		"an input":          {expression.Input("item"), 0, false},
		"an item":           {of.Item(), 1, false},
		"one of fixed ones": {expression.ItemOfTexts([]string{"1", "2"}), 1, false},
		"a member in a pod": {expression.MemberInPod(of.Item(), []any{"k"}), 1, false},
		"a member":          {expression.Member(of.Item(), []any{"k"}), 2, true},
		"an item or text":   {expression.OrElse(of.Item(), expression.Known("x")), 1, true},
	} {
		require.Equal(t, c.reads, c.p.ReadsOfItem(), name)
		require.Equal(t, c.declares, c.p.DeclaresVariables(), name)
	}
}
