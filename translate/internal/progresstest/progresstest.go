// Package progresstest makes Workflows that have run, for tests.
package progresstest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Began returns when all runs begin.
func Began() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }

// Ran gives a Workflow the nodes that Argo would have made. A line of the text is
// one node: its name without that of the Workflow, its type, its phase, the
// seconds after Began in which it started and finished, or a dash, and a
// message. The first line is the Workflow itself.
func Ran(t testing.TB, w *wfv1.Workflow, nodes string) {
	t.Helper()
	w.Status.Nodes = wfv1.Nodes{}
	for i, line := range strings.Split(strings.TrimSpace(nodes), "\n") {
		fields := strings.Fields(line)
		require.GreaterOrEqual(t, len(fields), 3, line)
		n := wfv1.NodeStatus{
			ID:         fmt.Sprintf("%s-%d", w.Name, i),
			Name:       w.Name + "." + fields[0],
			Type:       wfv1.NodeType(fields[1]),
			Phase:      wfv1.NodePhase(fields[2]),
			StartedAt:  second(fields, 3),
			FinishedAt: second(fields, 4),
			// It is that of the task in all pipelines of the tests.
			TemplateName: strings.TrimRight(fields[0][strings.LastIndex(fields[0], ".")+1:], "()0123456789:"),
		}
		if len(fields) > 5 {
			n.Message = strings.Join(fields[5:], " ")
		}
		if i == 0 {
			n.Name = w.Name
			w.Status.Phase, w.Status.StartedAt, w.Status.FinishedAt = wfv1.WorkflowPhase(n.Phase), n.StartedAt, n.FinishedAt
		}
		w.Status.Nodes[n.ID] = n
	}
}

func second(fields []string, at int) metav1.Time {
	if len(fields) <= at || fields[at] == "-" {
		return metav1.Time{}
	}
	after, err := time.ParseDuration(fields[at] + "s")
	if err != nil {
		panic(err)
	}
	return metav1.Time{Time: Began().Add(after)}
}
