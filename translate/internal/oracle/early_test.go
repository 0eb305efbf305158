package oracle_test

import (
	"encoding/json"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/workflow/common"
	"github.com/stretchr/testify/require"
)

// requireTasksAreAwaited starts each DAG of a Workflow as Argo does: it puts
// what it knows by then into the whole template. What reads of tasks must stay
// as it is until they have run, whether or not the DAG is itself a task.
func requireTasksAreAwaited(t *testing.T, workflow *wfv1.Workflow) {
	t.Helper()
	for _, of := range workflow.Spec.Templates {
		if of.DAG == nil {
			continue
		}
		for _, local := range []common.Parameters{{"node.name": "a.b"}, {"node.name": "a.b", "tasks.name": of.Name}} {
			started, err := common.ProcessArgs(&of, given(of), global(), local, false, "", nil)
			require.NoError(t, err)
			require.Equal(t, readOfTasks(t, &of), readOfTasks(t, started), of.Name)
		}
	}
}

func TestWhatIsTakenEarlyIsFound(t *testing.T) {
	template := wfv1.Template{Name: "a", DAG: &wfv1.DAGTemplate{Tasks: []wfv1.DAGTask{{
		Name: "b",
		Arguments: wfv1.Arguments{Parameters: []wfv1.Parameter{{
			Name: "c", Value: wfv1.AnyStringPtr("{{=get(tasks['d'], 'outputs') == nil ? '' : 'some'}}"),
		}}},
	}}}}
	require.Len(t, readOfTasks(t, &template), 1)
	local := common.Parameters{"tasks.name": "a"}
	started, err := common.ProcessArgs(&template, &wfv1.Arguments{}, global(), local, false, "", nil)
	require.NoError(t, err)
	require.Empty(t, readOfTasks(t, started))
}

// given gives a value to each input of a template.
func given(of wfv1.Template) *wfv1.Arguments {
	var all wfv1.Arguments
	for _, p := range of.Inputs.Parameters {
		p.Value = wfv1.AnyStringPtr(`"text"`)
		all.Parameters = append(all.Parameters, p)
	}
	return &all
}

// readOfTasks lists the tags of a DAG that read of tasks.
func readOfTasks(t *testing.T, of *wfv1.Template) []string {
	t.Helper()
	text, err := json.Marshal(of.DAG)
	require.NoError(t, err)
	var all []string
	for _, match := range tag.FindAllString(string(text), -1) {
		if strings.Contains(match, "tasks['") {
			all = append(all, match)
		}
	}
	return all
}
