package retry_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/util/file"
	"github.com/stretchr/testify/require"
	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/serve/retry"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

const templates = `
metadata: {name: run, resourceVersion: "7", labels: {workflows.argoproj.io/completed: "true", workflows.argoproj.io/phase: Failed, team: a}}
spec:
  entrypoint: main
  shutdown: Stop
  activeDeadlineSeconds: 0
  templates:
  - name: main
    dag:
      tasks:
      - {name: first, template: pod}
      - {name: loop, template: body, depends: first.Succeeded}
      - {name: group, template: group, depends: first && !loop.Daemoned}
      - {name: last, template: pod, depends: "(group.Succeeded||group.Failed)"}
      - {name: aside, template: pod, dependencies: [first]}
      - {name: after-aside, template: pod, dependencies: [aside]}
  - name: group
    dag:
      tasks:
      - {name: one, template: pod}
      - {name: two, template: pod, depends: one}
      - {name: three, template: pod}
  - {name: pod, container: {image: x}}
  - name: body
    dag:
      tasks: [{name: inner, template: pod}]
`

// failed makes a Workflow that has failed, of lines with the name of a node
// without that of the Workflow, its type, its phase.
func failed(t *testing.T, lines string) *wfv1.Workflow {
	t.Helper()
	var w wfv1.Workflow
	require.NoError(t, yaml.Unmarshal([]byte(templates), &w))
	w.Status.Phase, w.Status.Message, w.Status.Nodes = wfv1.WorkflowFailed, "child failed", wfv1.Nodes{}
	w.Status.TaskResultsCompletionStatus = map[string]bool{}
	for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		f := strings.Fields(line)
		name := "run" + strings.TrimSuffix(f[0], "/")
		n := wfv1.NodeStatus{ID: name, Name: name, Type: wfv1.NodeType(f[1]), Phase: wfv1.NodePhase(f[2]), TemplateName: "pod", Message: "as it was"}
		if at := strings.LastIndex(name, "."); at > 0 {
			n.BoundaryID = name[:at]
		}
		switch {
		case name == "run":
			n.TemplateName = "main"
		case n.Type == wfv1.NodeTypeDAG:
			n.TemplateName = strings.NewReplacer("run.group", "group", "run.loop", "body").Replace(name)
			n.TemplateName, _, _ = strings.Cut(n.TemplateName, "(")
		}
		w.Status.Nodes[n.ID] = n
		w.Status.TaskResultsCompletionStatus[n.ID] = true
	}
	ids := []string{}
	for id := range w.Status.Nodes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	root := w.Status.Nodes["run"]
	root.Children = ids
	w.Status.Nodes["run"] = root
	return &w
}

// retried carries a plan out as the API server would.
func retried(t *testing.T, w *wfv1.Workflow) (*wfv1.Workflow, []string) {
	t.Helper()
	plan, err := retry.Of(w, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	require.NoError(t, err)
	text, err := json.Marshal(w)
	require.NoError(t, err)
	text, err = jsonpatch.MergePatch(text, plan.Patch)
	require.NoError(t, err)
	var after wfv1.Workflow
	require.NoError(t, json.Unmarshal(text, &after))
	return &after, plan.Pods
}

// TestNodes says what becomes of nodes: - is made anew, > goes on, = stays as it
// is. The node / is the Workflow's own.
func TestNodes(t *testing.T) {
	for name, nodes := range map[string]string{
		"inside a group": `
			> /            DAG       Failed
			= .first       Pod       Succeeded
			> .group       DAG       Failed
			- .group.one   Pod       Failed
			- .group.two   Pod       Omitted
			= .group.three Pod       Succeeded
			- .last        Pod       Succeeded
			= .aside       Pod       Succeeded
			= .after-aside Skipped   Skipped`,
		"at the beginning": `
			> /            DAG       Error
			- .first       Pod       Error
			- .group       DAG       Omitted
			- .aside       Pod       Omitted
			- .after-aside Pod       Omitted
			- .last        Pod       Omitted`,
		"one iteration of a loop": `
			> /                   DAG       Failed
			= .first              Pod       Succeeded
			> .loop               TaskGroup Failed
			= .loop(0:0)          DAG       Succeeded
			= .loop(0:0).inner    Pod       Succeeded
			> .loop(1:1)          DAG       Failed
			- .loop(1:1).inner    Retry     Failed
			- .loop(1:1).inner(0) Pod       Failed
			- .loop(1:1).inner(1) Pod       Failed
			- .group              DAG       Succeeded
			- .group.one          Pod       Succeeded`,
		"iterations that are pods": `
			> /             DAG       Failed
			= .first        Pod       Succeeded
			> .loop         TaskGroup Failed
			= .loop(0:0)    Retry     Succeeded
			= .loop(0:0)(0) Pod       Failed
			= .loop(0:0)(1) Pod       Succeeded
			- .loop(1:1)    Retry     Failed
			- .loop(1:1)(0) Pod       Failed`,
		"an attempt that failed before one that succeeded": `
			> /             DAG       Failed
			= .first        Retry     Succeeded
			= .first(0)     Pod       Failed
			= .first(1)     Pod       Succeeded
			- .aside        Retry     Failed
			- .aside(0)     Pod       Failed
			- .aside.onExit Pod       Succeeded`,
		"only the exit handler": `
			= /            DAG       Succeeded
			= .first       Pod       Succeeded
			- .onExit      Steps     Failed
			- .onExit[0].x Pod       Failed`,
		"terminated before anything began": `
			> /            DAG       Failed`,
		"a group that is tried again as a whole": `
			> /             DAG       Failed
			= .first        Pod       Succeeded
			- .group        Retry     Failed
			- .group(0)     DAG       Failed
			- .group(0).one Pod       Succeeded
			- .group(0).two Pod       Failed`,
		"a pod that Argo has lost": `
			> /            DAG       Failed
			= .first       Pod       Succeeded
			- .aside       Pod       Running`,
	} {
		t.Run(name, func(t *testing.T) {
			var lines []string
			want := map[string]string{}
			for line := range strings.Lines(strings.TrimSpace(nodes)) {
				fate, node, _ := strings.Cut(strings.TrimSpace(line), " ")
				lines = append(lines, node)
				want["run"+strings.TrimSuffix(strings.Fields(node)[0], "/")] = fate
			}
			before := failed(t, strings.Join(lines, "\n"))
			after, pods := retried(t, before)
			got, gone := map[string]string{}, 0
			for id, n := range before.Status.Nodes {
				now, ok := after.Status.Nodes[id]
				switch {
				case !ok:
					got[id] = "-"
					require.NotContains(t, after.Status.Nodes["run"].Children, id)
					require.NotContains(t, after.Status.TaskResultsCompletionStatus, id)
					if n.Type == wfv1.NodeTypePod {
						gone++
						require.Contains(t, pods, progress.PodName(before, n))
					}
				case now.Phase == wfv1.NodeRunning && now.Message == "":
					got[id] = ">"
				default:
					got[id] = "="
					require.Equal(t, n.Phase, now.Phase)
				}
			}
			require.Equal(t, want, got)
			require.Len(t, pods, gone)
		})
	}
}

const oneFailed = "/ DAG Failed\n.first Pod Succeeded\n.aside Pod Failed"

// TestWorkflow looks at what is not a node.
func TestWorkflow(t *testing.T) {
	w := failed(t, oneFailed)
	after, _ := retried(t, w)
	require.Equal(t, map[string]string{"workflows.argoproj.io/phase": "Running", "team": "a"}, after.Labels)
	require.Equal(t, "7", after.ResourceVersion)
	require.Equal(t, wfv1.WorkflowRunning, after.Status.Phase)
	require.Empty(t, after.Status.Message)
	require.True(t, after.Status.FinishedAt.IsZero())
	require.Empty(t, after.Spec.Shutdown)
	require.Nil(t, after.Spec.ActiveDeadlineSeconds)
	require.Equal(t, w.Spec.Templates, after.Spec.Templates)
	require.Equal(t, "False", string(after.Status.Conditions[0].Status))
}

// TestCompressed retries a Workflow whose nodes Argo has compressed.
func TestCompressed(t *testing.T) {
	w := failed(t, oneFailed)
	want, _ := retried(t, w)
	text, err := json.Marshal(w.Status.Nodes)
	require.NoError(t, err)
	w.Status.CompressedNodes, w.Status.Nodes = file.CompressEncodeString(string(text)), nil
	after, pods := retried(t, w)
	require.Len(t, pods, 1)
	got, err := progress.Nodes(after)
	require.NoError(t, err)
	require.Empty(t, after.Status.Nodes)
	require.Len(t, got, 2)
	for name, n := range got {
		require.Equal(t, want.Status.Nodes[name], n)
	}
}

// TestWorkspace begins anew where what tasks have left on a volume is gone.
func TestWorkspace(t *testing.T) {
	w := failed(t, oneFailed)
	w.Spec.VolumeClaimTemplates = []corev1.PersistentVolumeClaim{{}}
	after, pods := retried(t, w)
	require.Empty(t, after.Status.Nodes)
	require.Len(t, pods, 2)
	w.Status.PersistentVolumeClaims = []corev1.Volume{{}}
	after, _ = retried(t, w)
	require.Contains(t, after.Status.Nodes, "run.first")
}

// TestRefused retries what has not failed.
func TestRefused(t *testing.T) {
	for _, phase := range []wfv1.WorkflowPhase{"", wfv1.WorkflowPending, wfv1.WorkflowRunning, wfv1.WorkflowSucceeded} {
		w := failed(t, oneFailed)
		w.Status.Phase = phase
		_, err := retry.Of(w, time.Now())
		var wrong *retry.NotFailedError
		require.ErrorAs(t, err, &wrong)
		require.ErrorContains(t, err, cmp.Or(string(phase), "has not begun"))
	}
	w := failed(t, oneFailed)
	w.Status.Nodes, w.Status.OffloadNodeStatusVersion = nil, "1"
	_, err := retry.Of(w, time.Now())
	var elsewhere *progress.OffloadedError
	require.ErrorAs(t, err, &elsewhere)
}
