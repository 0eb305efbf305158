//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
)

// allItems are items of every kind, such as loop_items.yaml holds.
const allItems = `["plain", "", "{{item}}", "{{=1+1}} {{workflow.name}}", "$(HOME) $$ $HOME",
	"she said \"hi\" and 'bye' \\ {}", "naïve 日本語 🚀 \u007f", "a\n\tb ", "<&>", "3", "true", "null", "[1]",
	3, 3.5, -0.25, 1e21, 1e-9, 9007199254740991, true, false, null, [], [[1, ["{{item}}"]], {"a": [null, "$(X)"]}],
	{}, {"k": {"q\"uo": "{{{{", "z": 1.0}}]`

// TestLoopItems compares the items that iterations get, as JSON, with those of
// the lists: one in the document, an argument, one that a program made, and one
// that is in a string. The argument is written as kfp2argo writes one, without
// tags; one with tags is refused, which TestArgumentsRefused shows.
func TestLoopItems(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"loop_items.yaml", submitting("items", strings.ReplaceAll(allItems, "{{", `{\u007b`)))
	r.requirePhase(wfv1.WorkflowSucceeded, 3)
	want := r.canonical(allItems)
	for _, loop := range []string{"from-document", "from-argument", "from-program"} {
		require.Equal(t, want, r.items("loop-items."+loop, "item"), loop)
	}
	require.Equal(t, r.canonical(`["{{item}}", [1, "$(X)"], {"a": "it's"}]`), r.items("loop-items.from-text", "item"))
	require.Empty(t, r.iterations("loop-items.empty"))
	require.Equal(t, wfv1.NodeSucceeded, r.node("loop-items.empty").Phase)
	require.Equal(t, "["+strings.Join(want, ",")+"]", r.input("loop-items.from-program.iteration(0:0)", "items"),
		"the body can use the whole list")
	require.Equal(t, r.canonical(`[
		"{{item}} {{=1+1}} $(HOME) $$ \"a\" 'b' \\ é🚀",
		"{\"n\":[null,1e+21,\"{{item}} $(HOME)\"]}"
	]`), r.canonical(r.result("told")))
}

// TestLoopMany runs an iteration for each of a thousand items.
func TestLoopMany(t *testing.T) {
	t.Parallel()
	const count = 1000
	var items []int
	for i := range count {
		items = append(items, i)
	}
	text, err := json.Marshal(items)
	require.NoError(t, err)
	r := runPipeline(t, cases+"loop_many.yaml", submitting("items", string(text)))
	r.requirePhase(wfv1.WorkflowSucceeded, 0)
	require.Equal(t, string(text), "["+strings.Join(r.items("loop-many.each", "items-loop-item"), ",")+"]")
	require.Equal(t, "[]", r.result("told"))
}

func TestLoopEmpty(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"loop_many.yaml", submitting("items", "[]"))
	r.requirePhase(wfv1.WorkflowSucceeded, 0)
	require.Empty(t, r.iterations("loop-many.each"))
	require.Equal(t, "[]", r.result("told"))
}

// TestLoopNested goes three loops deep into structs. In the body of the
// outermost, a pipeline loops over the whole list once more.
func TestLoopNested(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"loop_nested.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 2)
	r.requireLabels("loop-nested", "rows.cells.numbers.large.label 0-1-0", "rows.cells.numbers.large.label 2-1-0")
	require.JSONEq(t, `[[[], ["a3"]], [], [[], ["c4"]]]`, r.result("labels"))
	require.Equal(t, []string{"s3://bucket/a", "s3://bucket/b", "s3://bucket/c"}, r.uris(r.result("file")))
	r.requireTasks("loop-nested.rows.iteration(0:0)", `
		cells                                                              Succeeded
		cells.iteration(0:0)                                               Succeeded
		cells.iteration(0:0).numbers                                       Succeeded
		cells.iteration(0:0).numbers.iteration(0:0)                        Succeeded
		cells.iteration(0:0).numbers.iteration(0:0).large                  Skipped
		cells.iteration(0:0).numbers.iteration(1:1)                        Succeeded
		cells.iteration(0:0).numbers.iteration(1:1).large                  Skipped
		cells.iteration(1:1)                                               Succeeded
		cells.iteration(1:1).numbers                                       Succeeded
		cells.iteration(1:1).numbers.iteration(0:0)                        Succeeded
		cells.iteration(1:1).numbers.iteration(0:0).large                  Succeeded
		cells.iteration(1:1).numbers.iteration(0:0).large.label            Succeeded
		pipeline                                                           Succeeded
		pipeline.others                                                    Succeeded
		pipeline.others.iteration(0:0)                                     Succeeded
		pipeline.others.iteration(0:0).same                                Succeeded
		pipeline.others.iteration(0:0).same.import                         Succeeded
		pipeline.others.iteration(1:1)                                     Succeeded
		pipeline.others.iteration(1:1).same                                Skipped
		pipeline.others.iteration(2:2)                                     Succeeded
		pipeline.others.iteration(2:2).same                                Skipped
	`)
	r.requireAfter("loop-nested.after", "loop-nested.rows")
}

// TestMissingKey asks structs for members: one that they do not have, and one
// that is null, which is as good as no value.
func TestMissingKey(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"missing_key.yaml")
	require.Contains(t, []wfv1.WorkflowPhase{wfv1.WorkflowFailed, wfv1.WorkflowError}, r.workflow.Status.Phase)
	require.Len(t, r.tasks(), 6)
	for task, message := range map[string]string{
		"iteration(0:0).program":       `input parameter "text": the value it is taken from has no member ["text"]`,
		"iteration(0:0).look":          `input artifact "file": the value it is taken from has no member ["uri"]`,
		"iteration(1:1).look":          `input artifact "file": input "uri" of importer "import" has no value`,
		"iteration(0:0).pipeline.tell": `input parameter "text": the value it is taken from has no member ["inner"]["text"]`,
		"iteration(1:1).program":       `input parameter "text": it has no value`,
		"iteration(1:1).pipeline.tell": `input parameter "text": it has no value`,
	} {
		node := r.node("missing-key.each." + task)
		require.Equal(t, wfv1.NodeFailed, node.Phase, task)
		require.Contains(t, node.Message, message, task)
	}
	loop := r.node("missing-key.each.iteration(0:0).loop")
	require.True(t, loop.FailedOrError())
	require.Contains(t, r.node("missing-key.each.iteration(0:0).loop.iteration").Message,
		`input "texts" of task "loop": the value it is taken from has no member ["texts"]`)
	require.Equal(t, wfv1.NodeSucceeded, r.node("missing-key.each.iteration(1:1).loop").Phase)
}

// TestCollected compares the lists that loops make with what is in them. Of no
// loop are more than two iterations at work at once.
func TestCollected(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"collected.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 7)
	for output, want := range map[string]string{
		"squares": "[1,4,16,49]",
		"none":    "[]",
		"skipped": "[]",
		"rows":    "[[25],[],[],[36]]",
		"seen":    `[[1,4,16,49],[],[[25],[],[],[36]],"[[25],[],[],[36]]"]`,
	} {
		require.Equal(t, want, r.result(output), output)
	}
	require.Equal(t, []string{"1", "4", "16", "49"}, r.items("collected.further", "item"))
	require.Equal(t, []string{"[25]", "[]", "[]", "[36]"}, r.items("collected.further-rows", "item"))
	require.Empty(t, r.iterations("collected.further-none"))
	require.Equal(t, wfv1.NodeSucceeded, r.node("collected.further-none").Phase)
	// Without the limit all five begin at once. Where pods last for less than a
	// second, two that ran together cannot be told from two in a row.
	require.LessOrEqual(t, atOnce(r.iterations("collected.squares.numbers")), 2)
}

func TestLoopArtifacts(t *testing.T) {
	t.Parallel()
	c := connect(t)
	for _, name := range []string{"a", "b", "c"} {
		c.putObject(t, "pipelines", "loop/"+name, "text "+name)
	}
	r := runPipeline(t, cases+"loop_artifacts.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 3)
	files := []string{"s3://pipelines/loop/a", "s3://pipelines/loop/c"}
	require.Equal(t, files, r.uris(r.result("files")))
	require.Equal(t, "[]", r.result("none"))
	require.JSONEq(t, `["text a", "text c"]`, r.result("texts"))
	require.Empty(t, r.iterations("loop-artifacts.read-none"))
	require.Len(t, r.iterations("loop-artifacts.see-one"), 1)
	require.Equal(t, files[:1], r.uris(r.input("loop-artifacts.see-one.iteration(0:0)", "file")))
	var input struct {
		Inputs struct {
			Artifacts map[string]struct{ Artifacts []struct{ URI string } }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(r.output("loop-artifacts.read-all", "input")), &input))
	var got []string
	for _, a := range input.Inputs.Artifacts["files"].Artifacts {
		got = append(got, a.URI)
	}
	require.Equal(t, files, got)
	require.Contains(t, input.Inputs.Artifacts, "none")
	require.Empty(t, input.Inputs.Artifacts["none"].Artifacts)
}
