package budget

import (
	"math"
	"os"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// golden reads a translated Workflow.
func golden(t *testing.T, name string) *wfv1.Workflow {
	t.Helper()
	text, err := os.ReadFile("../../../testdata/workflows/" + name + ".yaml")
	require.NoError(t, err)
	var workflow wfv1.Workflow
	require.NoError(t, yaml.Unmarshal(text, &workflow))
	workflow.Name = "run-x7k2p"
	return &workflow
}

// TestSample compares what the sample says with all records.
func TestSample(t *testing.T) {
	for _, name := range []string{"loop_many", "loops", "collected", "loop_artifacts", "training"} {
		t.Run(name, func(t *testing.T) {
			workflow, assumed := golden(t, name), Assumptions{Items: 50}
			sampled := predict(workflow, assumed, sample)
			whole := predict(workflow, assumed, func(int) int { return math.MaxInt })
			require.False(t, whole.AtLeast)
			require.Equal(t, whole.Nodes, sampled.Nodes)
			require.InEpsilon(t, whole.Bytes, sampled.Bytes, 0.03)
			require.InEpsilon(t, whole.Compressed, sampled.Compressed, 0.2)
		})
	}
}

// TestWideSample does so for a loop that is wide, whose lists of nodes count.
func TestWideSample(t *testing.T) {
	for _, least := range []bool{false, true} {
		workflow := golden(t, "loop_many")
		loop := workflow.GetTemplateByName("each")
		loop.DAG.Tasks[0].WithParam = ""
		for len(loop.DAG.Tasks[0].WithItems) < 1200 {
			loop.DAG.Tasks[0].WithItems = append(loop.DAG.Tasks[0].WithItems, wfv1.Item{Value: []byte("1")})
		}
		sampled := predict(workflow, Assumptions{Least: least}, sample)
		whole := predict(workflow, Assumptions{Least: least}, func(int) int { return math.MaxInt })
		require.False(t, whole.AtLeast)
		require.Equal(t, whole.Nodes, sampled.Nodes)
		require.InEpsilon(t, whole.Bytes, sampled.Bytes, 0.01)
		require.InEpsilon(t, whole.Compressed, sampled.Compressed, 0.2)
	}
}

func TestGraph(t *testing.T) {
	tasks := []wfv1.DAGTask{
		{Name: "c", Depends: "(a.Succeeded || a.Failed) && b-2.Succeeded"},
		{Name: "b-2", Dependencies: []string{"a"}},
		{Name: "a"},
	}
	g := newGraph(tasks)
	require.Equal(t, []string{"a", "b-2"}, g.before(&tasks[0]))
	require.Equal(t, []*wfv1.DAGTask{&tasks[2], &tasks[1], &tasks[0]}, g.sorted(tasks))
}
