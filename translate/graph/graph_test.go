package graph_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/graph"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/trace"
)

const repository = "../.."

// formats are the writers by the ends of the goldens' names.
var formats = map[string]func(*graph.Graph, io.Writer) error{
	".mmd": (*graph.Graph).Mermaid, ".dot": (*graph.Graph).DOT, ".svg": (*graph.Graph).SVG,
}

func resolve(t testing.TB, path string) *translate.Pipeline {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	p, _, err := translate.Resolve(diag.Source{Name: path, Text: text})
	require.NoError(t, err)
	return p
}

func example(t testing.TB, name string) *graph.Graph {
	t.Helper()
	p := resolve(t, filepath.Join(repository, "examples", name+".yaml"))
	require.NotNil(t, p)
	return graph.Build(p)
}

func written(t testing.TB, g *graph.Graph, format string) string {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, formats[format](g, &text))
	return text.String()
}

// pipelines lists the pipelines of the repository, and those of the reference
// material, which must be there where CI is set.
func pipelines(t testing.TB) []string {
	t.Helper()
	var found []string
	for _, folder := range []string{repository + "/examples", repository + "/testdata/pipelines", repository + "/../shared/corpus"} {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && filepath.Ext(path) == ".yaml" {
				found = append(found, path)
			}
			return err
		})
		if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") == "" {
			continue
		}
		require.NoError(t, err)
	}
	require.Greater(t, len(found), 40)
	return found
}

func TestGoldens(t *testing.T) {
	for _, name := range []string{"exit_handler", "importers", "training"} {
		for format := range formats {
			t.Run(name+format, func(t *testing.T) { compare(t, name+format, written(t, example(t, name), format)) })
		}
	}
}

func compare(t *testing.T, name, got string) {
	t.Helper()
	golden := filepath.Join("testdata", name)
	if strings.HasPrefix(name, "training") && strings.HasSuffix(name, ".svg") {
		golden = filepath.Join(repository, "docs", name) // it illustrates docs/graph.md
	}
	goldentest.Compare(t, golden, got)
}

// TestAll draws all pipelines that there are, twice.
func TestAll(t *testing.T) {
	drawn := 0
	for _, path := range pipelines(t) {
		p := resolve(t, path)
		if p == nil {
			continue // not a pipeline that can be translated
		}
		drawn++
		for format := range formats {
			text := written(t, graph.Build(p), format)
			require.Equal(t, text, written(t, graph.Build(p), format), path)
			if format == ".svg" {
				requireXML(t, text)
				require.Equal(t, strings.Count(text, "<text "), strings.Count(text, " textLength="), path)
				folded := graph.Build(p)
				folded.Fold(1, func([]string) bool { return false })
				requireXML(t, written(t, folded, format))
			}
		}
	}
	require.Greater(t, drawn, 40)
}

func requireXML(t testing.TB, text string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			require.NoError(t, err, text)
		}
	}
}

func TestEdges(t *testing.T) {
	require.ElementsMatch(t, []string{
		"source -> ingest source",
		"ingest -> item Output",
		"item -> preprocess split",
		"ingest -> preprocess raw:Dataset",
		"preprocess -> train data:Dataset",
		"train -> [if train.Output > threshold] Output",
		"threshold -> [if train.Output > threshold] threshold",
		"train -> evaluate model:Model",
		"deploy_to_prod -> [if deploy_to_prod == true] deploy_to_prod",
		"evaluate -> deploy evaluation",
		"train -> deploy model:Model",
		"[exit handler: exit-handler-1] -> clean-up status",
	}, graph.EdgeTexts(example(t, "training")))
}

// TestBranches has conditions in words again that KFP has written as negations.
func TestBranches(t *testing.T) {
	text := written(t, example(t, "conditions"), ".dot")
	for _, title := range []string{"if int(number.Output) > 10", "elif int(number.Output) > 5", "else", "one of", `if mode == 'it's \"on\"'`} {
		require.Contains(t, text, `label="`+title+`"`)
	}
}

// TestLoops has loops over lists of all kinds.
func TestLoops(t *testing.T) {
	text := written(t, example(t, "loops"), ".mmd")
	for _, title := range []string{
		"for each of split.Output, 3 at a time", "for each of names", "for each of #91;#34;x#34;, #34;y#34;#93;",
	} {
		require.Contains(t, text, title)
	}
}

// TestMembers names the members of items in conditions and lists.
func TestMembers(t *testing.T) {
	text := written(t, graph.Build(resolve(t, filepath.Join(repository, "testdata", "pipelines", "loop_nested.yaml"))), ".mmd")
	for _, title := range []string{`["for each of item.cells"]`, `["if item.name #61;#61; item.name"]`} {
		require.Contains(t, text, title)
	}
}

// TestManyInputs merges inputs that go the same ways, and names on an edge.
func TestManyInputs(t *testing.T) {
	text := written(t, example(t, "parameter_types"), ".mmd")
	require.Contains(t, text, `(["4 inputs"])`)
	require.Contains(t, text, `-->|"4 parameters"|`)
}

// TestNames has tasks whose names mean something to the formats.
func TestNames(t *testing.T) {
	p := resolve(t, filepath.Join(repository, "examples", "hello.yaml"))
	tasks := trace.Of(p).Pipeline.Root.Body.(*pipeline.DAG).Tasks
	tasks[0].Spec.TaskInfo.Name.Value = "\"a\" [b] {c} <d> &amp; #1; | \\n `e`\x00\xff *f* 日本"
	tasks[1].Spec.TaskInfo.Name.Value = "end"
	g := graph.Build(p)
	mermaid := written(t, g, ".mmd")
	require.Contains(t, mermaid, `["#34;a#34; #91;b#93; #123;c#125; #60;d#62; #38;amp#59; #35;1#59; #124; #92;n #96;e#96;`)
	require.Contains(t, mermaid, `["end"]`)
	require.Contains(t, written(t, g, ".dot"), `label="\"a\" [b] {c} <d> &amp;amp; #1; | \\n `)
	requireXML(t, written(t, g, ".svg"))
}

// TestNothing draws a pipeline without tasks.
func TestNothing(t *testing.T) {
	g := graph.BuildModel(&pipeline.Pipeline{Name: "empty", Root: &pipeline.Component{Body: &pipeline.DAG{}}})
	for format := range formats {
		requireXML(t, written(t, g, ".svg"))
		require.NotEmpty(t, written(t, g, format))
	}
}

// TestInline draws a picture for a page: its tasks are links, and it has no style
// of its own.
func TestInline(t *testing.T) {
	var text bytes.Buffer
	link := func(path []string) string {
		if path[len(path)-1] == "ingest" {
			return ""
		}
		return "/tasks/" + strings.Join(path, "/") + `?"<&`
	}
	require.NoError(t, example(t, "training").Inline(&text, link))
	requireXML(t, text.String())
	require.NotContains(t, text.String(), "<style")
	require.Contains(t, text.String(), `<a href="/tasks/exit-handler-1/for-loop-2/preprocess?&#34;&lt;&amp;"><title>`)
	require.NotContains(t, text.String(), "ingest?")
	require.Contains(t, written(t, example(t, "training"), ".svg"), "<style>\n"+graph.Style()+"</style>")
}

// TestFold draws what is inside of groups only where it is asked for, or all are few.
func TestFold(t *testing.T) {
	folded := func(most int, open ...string) *graph.Graph {
		g := example(t, "training")
		g.Fold(most, func(path []string) bool { return slices.Contains(open, strings.Join(path, ".")) })
		return g
	}
	whole := graph.EdgeTexts(example(t, "training"))
	require.Equal(t, whole, graph.EdgeTexts(folded(100)))
	require.Equal(t, whole, graph.EdgeTexts(folded(5, "exit-handler-1", "exit-handler-1.for-loop-2", "exit-handler-1.condition-3", "exit-handler-1.condition-3.condition-4")))
	require.Equal(t, []string{
		"source -> [exit handler: exit-handler-1] source",
		"threshold -> [exit handler: exit-handler-1] threshold",
		"deploy_to_prod -> [exit handler: exit-handler-1] deploy_to_prod",
		"[exit handler: exit-handler-1] -> clean-up status",
	}, graph.EdgeTexts(folded(5)))
	text := written(t, folded(5), ".svg")
	requireXML(t, text)
	require.Contains(t, text, ">5 tasks</text>")
	require.Contains(t, text, "6 tasks: exit handler: exit-handler-1, clean-up</desc>")
	require.NotContains(t, text, ">ingest</text>")
	text = written(t, folded(5, "exit-handler-1"), ".svg")
	require.Contains(t, text, ">ingest</text>")
	require.NotContains(t, text, ">preprocess</text>")
}
