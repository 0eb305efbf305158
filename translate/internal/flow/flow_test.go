package flow_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/check"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/flow"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// resolved reads a pipeline that must have no mistakes.
func resolved(t *testing.T, file string) *pipeline.Pipeline {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return resolvedText(t, string(text))
}

func resolvedText(t *testing.T, text string) *pipeline.Pipeline {
	t.Helper()
	source := diag.Source{Name: "pipeline.yaml", Text: []byte(text)}
	var report diag.Report
	p := pipeline.Resolve(document.Read(source, &report), source, &report)
	require.NotNil(t, p, "%v", report.Diagnostics())
	check.Pipeline(p, nil, source, &report)
	require.False(t, report.HasErrors(), "%v", report.Diagnostics())
	return p
}

// told names a place as the tables of the tests do.
func told(p flow.Place) string { //nolint:gocyclo // a case for each kind of place
	name := func(name string, artifact bool) string {
		if artifact {
			return name + "*"
		}
		return name
	}
	of := func(c *pipeline.Component) string {
		if c.Key == "" {
			return "pipeline"
		}
		return strings.TrimPrefix(c.Key, "comp-")
	}
	switch p := p.(type) {
	case flow.Constant:
		return "constant " + string(p.Binding.Source.(pipeline.Constant).Value)
	case flow.Default:
		return "default " + string(p.Parameter.Default)
	case flow.Items:
		return "items of " + p.Task.Key
	case flow.Submitted:
		return "submitted " + name(p.Name, p.Artifact)
	case flow.Status:
		return "status of " + p.Task.Key
	case flow.Input:
		return "input " + of(p.Component) + "." + name(p.Name, p.Artifact)
	case flow.Argument:
		return "argument " + p.Task.Key + "." + name(p.Name, p.Artifact)
	case flow.Output:
		return "output " + of(p.Component) + "." + name(p.Name, p.Artifact)
	case flow.Result:
		return "result " + p.Task.Key + "." + name(p.Name, p.Artifact)
	case flow.Body:
		return "body of " + p.Task.Key
	case flow.Condition:
		return "condition of " + p.Task.Key
	case flow.Loop:
		return "loop of " + p.Task.Key
	case flow.Setting:
		return p.Setting.Kind.String()
	case flow.Texts:
		return "texts of " + p.Task.Key
	}
	panic(fmt.Sprintf("unknown place %T", p))
}

func toldSet(set flow.Set) []string {
	var all []string
	for p := range set {
		all = append(all, told(p))
	}
	slices.Sort(all)
	return all
}

// words are the ways from one place to another.
var words = map[flow.How]string{
	flow.Whole: "whole", flow.Selected: "selected", flow.Item: "item", flow.Mentioned: "mentioned",
	flow.Alternative: "alternative", flow.Fallback: "fallback", flow.Collected: "collected", flow.Computed: "computed",
}

// TestEdges compares the edges between places with a list of them.
func TestEdges(t *testing.T) {
	g := flow.Of(resolved(t, "testdata/ways.yaml"))
	var all []string
	for _, p := range g.Places() {
		for _, e := range g.OutOf(p) {
			require.Contains(t, g.Into(e.To), e)
			all = append(all, fmt.Sprintf("%s: %s -> %s", words[e.How], told(e.From), told(e.To)))
		}
	}
	slices.Sort(all)
	goldentest.Compare(t, "testdata/ways.txt", []byte(strings.Join(all, "\n")+"\n"))
}

// TestQuestions compares what is asked of the same pipeline with the places that
// answer with yes.
func TestQuestions(t *testing.T) {
	g := flow.Of(resolved(t, "testdata/ways.yaml"))
	var all strings.Builder
	for _, q := range []struct {
		name string
		set  flow.Set
	}{
		{"may be no string", g.MayBeNoString()},
		{"may fail", g.MayFail()},
		{"is read", g.Read()},
		{"is read by Argo", g.ReadByArgo()},
		{"is made by Argo", g.MadeByArgo()},
		{"is made by tasks", g.MadeByTasks()},
	} {
		fmt.Fprintf(&all, "## %s\n%s\n\n", q.name, strings.Join(toldSet(q.set), "\n"))
	}
	goldentest.Compare(t, "testdata/questions.txt", []byte(all.String()))
}
