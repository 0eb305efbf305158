//go:build e2e

package e2e

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// document is a pipeline as its YAML has it.
type document map[string]any

// object returns the mapping at a path of keys, which it makes where it is
// missing.
func (d document) object(keys ...string) document {
	at := d
	for _, key := range keys {
		below, ok := at[key].(map[string]any)
		if !ok {
			below = map[string]any{}
			at[key] = below
		}
		at = below
	}
	return at
}

// variant is a pipeline in which something goes otherwise.
type variant struct {
	name string
	// change changes the pipeline, where it is not nil.
	change func(document)
	// arguments are submitted with it.
	arguments []option
	// may lists how the run may end.
	may []wfv1.WorkflowPhase
}

var (
	succeeds = []wfv1.WorkflowPhase{wfv1.WorkflowSucceeded}
	fails    = []wfv1.WorkflowPhase{wfv1.WorkflowFailed, wfv1.WorkflowError}
	// gate opens the branch with the program.
	gate = submitting("gate", "true")
)

// TestNoHang runs a pipeline of all forms with one thing changed, for each thing
// that can be changed. All that it asks is that each run ends, and not in the
// wrong way. There is a pod only where the program is said to run.
func TestNoHang(t *testing.T) {
	t.Parallel()
	const file = cases + "all_forms.yaml"
	all := append(variants(readDocument(t, file)),
		variant{name: "as it is", may: succeeds},
		variant{name: "program fails", arguments: []option{gate}, may: fails, change: func(d document) {
			d.object("deploymentSpec", "executors", "exec-say", "container")["command"] = []any{"sh", "-c", "exit 1"}
		}},
		variant{name: "no words", arguments: []option{submitting("words", "[]")}, may: succeeds},
		variant{name: "words absent", arguments: []option{submitting("words", "")}, may: succeeds},
		variant{name: "words are no list", arguments: []option{submitting("words", "{{words}}")}, may: fails},
	)
	// They all run at once and have the same time. Each subtest waits for one.
	deadline := time.Now().Add(runTime)
	runs := map[string]*run{}
	for _, v := range all {
		d := readDocument(t, file)
		if v.change != nil {
			v.change(d)
		}
		runs[v.name] = submit(t, d.write(t), v.arguments...)
	}
	for _, v := range all {
		t.Run(v.name, func(t *testing.T) {
			r := runs[v.name]
			r.t = t
			t.Cleanup(r.reportFailure)
			r.waitFor(max(time.Until(deadline), time.Second))
			require.Contains(t, v.may, r.workflow.Status.Phase)
		})
	}
}

// variants changes each task of a pipeline in turn: it is skipped; it fails,
// because its condition cannot be evaluated, which takes no pod; it loops over
// nothing.
func variants(d document) []variant {
	var all []variant
	for _, path := range tasks(d) {
		where := path[len(path)-4] + "." + path[len(path)-1]
		add := func(what string, may []wfv1.WorkflowPhase, change func(task document)) {
			v := variant{name: what + " " + where, may: may, change: func(d document) { change(d.object(path...)) }}
			if strings.HasPrefix(where, "comp-yes.") {
				v.arguments = []option{gate}
			}
			all = append(all, v)
		}
		add("skip", succeeds, func(task document) { task.object("triggerPolicy")["condition"] = "false" })
		add("fail", fails, func(task document) { task.object("triggerPolicy")["condition"] = "int('x') == 1" })
		if _, loops := d.object(path...)["parameterIterator"]; loops {
			add("empty", succeeds, func(task document) { task.object("parameterIterator")["items"] = map[string]any{"raw": "[]"} })
		}
	}
	return all
}

func readDocument(t *testing.T, file string) document {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var d document
	require.NoError(t, yaml.Unmarshal(text, &d))
	return d
}

// write writes the pipeline to a file of the test.
func (d document) write(t *testing.T) string {
	t.Helper()
	text, err := yaml.Marshal(d)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "pipeline.yaml")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	return file
}

// tasks lists the paths of all tasks of a pipeline.
func tasks(d document) [][]string {
	components := [][]string{{"root"}}
	for _, name := range slices.Sorted(maps.Keys(d.object("components"))) {
		components = append(components, []string{"components", name})
	}
	var all [][]string
	for _, component := range components {
		if _, ok := d.object(component...)["dag"]; !ok {
			continue
		}
		path := slices.Concat(component, []string{"dag", "tasks"})
		for _, name := range slices.Sorted(maps.Keys(d.object(path...))) {
			all = append(all, slices.Concat(path, []string{name}))
		}
	}
	return all
}
