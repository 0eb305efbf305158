package pagestest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/posted"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// eachGroup is how many tasks are in each of the pipelines that a large one consists
// of: Argo takes no more than 200.
const eachGroup = 100

// LargePipeline is a compiled pipeline of many tasks, one after the other in groups.
func LargePipeline(tasks int) []byte {
	var root, nested strings.Builder
	for i := range tasks {
		group := i / eachGroup
		if i%eachGroup == 0 {
			fmt.Fprintf(&root, "      group-%d: {componentRef: {name: comp-group-%d}}\n", group, group)
			fmt.Fprintf(&nested, "  comp-group-%d:\n    dag:\n      tasks:\n", group)
		}
		after := ""
		if i%eachGroup > 0 {
			after = fmt.Sprintf(", dependentTasks: [task-%d]", i-1)
		}
		fmt.Fprintf(&nested, "        task-%d: {componentRef: {name: comp-work}, inputs: {parameters: {n: {runtimeValue: {constant: %d}}}}%s}\n", i, i, after)
	}
	return []byte("pipelineInfo: {name: large}\nschemaVersion: 2.1.0\nsdkVersion: kfp-2.13.0\nroot:\n  dag:\n    tasks:\n" + root.String() +
		"components:\n  comp-work:\n    executorLabel: exec-work\n    inputDefinitions: {parameters: {n: {parameterType: NUMBER_INTEGER}}}\n" + nested.String() +
		"deploymentSpec:\n  executors:\n    exec-work:\n      container: {image: python:3.11, command: [echo, \"{{$.inputs.parameters['n']}}\"]}\n")
}

// Large is a run of [LargePipeline] of which so many tasks have ended, and have
// succeeded but for some; the next one of each group runs. It returns its ID.
func (w *World) Large(tasks, done int, failed ...int) string {
	w.t.Helper()
	text := LargePipeline(tasks)
	options := w.Options()
	options.MaxSize = -1
	translated, err := posted.Translate(posted.Name, text, posted.Settings{}, options)
	require.NoError(w.t, err)
	run := translated.Workflow
	const name = "large-live"
	run.Name, run.Namespace, run.UID = name, Namespace, types.UID(ID(name))
	run.APIVersion, run.Kind = "argoproj.io/v1alpha1", "Workflow"
	run.CreationTimestamp = metav1.NewTime(Began())
	if run.Annotations == nil {
		run.Annotations = map[string]string{}
	}
	run.Annotations[registry.TitleAnnotation] = fmt.Sprintf("A run of %d tasks", tasks)
	run.Annotations[registry.SpecAnnotation] = packed(text)
	run.Status = wfv1.WorkflowStatus{Phase: wfv1.WorkflowRunning, StartedAt: metav1.NewTime(Began()), Nodes: wfv1.Nodes{}}
	node := func(path string, kind wfv1.NodeType, phase wfv1.NodePhase, from, to int) {
		id := fmt.Sprintf("%s-%d", name, len(run.Status.Nodes))
		n := wfv1.NodeStatus{ID: id, Name: path, DisplayName: path[strings.LastIndexByte(path, '.')+1:], Type: kind, Phase: phase, StartedAt: at(from)}
		if phase != wfv1.NodeRunning {
			n.FinishedAt = at(to)
		}
		if phase == wfv1.NodeFailed {
			n.Message = "main: Error (exit code 1)"
		}
		run.Status.Nodes[id] = n
	}
	node(name, wfv1.NodeTypeDAG, wfv1.NodeRunning, 0, 0)
	groups := (tasks + eachGroup - 1) / eachGroup
	for g := range groups {
		group := fmt.Sprintf("%s.group-%d", name, g)
		node(group, wfv1.NodeTypeDAG, wfv1.NodeRunning, 0, 0)
		here := done / groups
		for i := range min(here+1, eachGroup) {
			phase := wfv1.NodeSucceeded
			switch {
			case i == here:
				phase = wfv1.NodeRunning
			case slices.Contains(failed, g*eachGroup+i):
				phase = wfv1.NodeFailed
			}
			node(fmt.Sprintf("%s.task-%d", group, g*eachGroup+i), wfv1.NodeTypePod, phase, i*20, i*20+19)
		}
	}
	w.Put(workflows, run)
	return string(run.UID)
}

func at(seconds int) metav1.Time {
	return metav1.NewTime(Began().Add(time.Duration(seconds) * time.Second))
}

// Summaries puts so many runs into the index of the store, with metrics.
func (w *World) Summaries(n int) {
	w.t.Helper()
	for i := range n {
		name := fmt.Sprintf("indexed-%05d", i)
		began := Began().Add(time.Duration(i) * time.Minute)
		require.NoError(w.t, w.archive.Change(w.t.Context(), runs.Summary{
			Version: runs.Version, Identity: runs.Identity{Pipeline: "training", Name: name, Namespace: Namespace, UID: ID(name), Created: began},
			Status:      runs.Status{State: runs.Succeeded, Started: began, Finished: began.Add(time.Hour)},
			Metrics:     []runs.Metric{{Task: "train", Artifact: "metrics", Name: "accuracy", Value: float64(i%97) / 97}, {Task: "train", Artifact: "metrics", Name: "loss", Value: float64(i%89) / 89}},
			Annotations: map[string]string{registry.TitleAnnotation: fmt.Sprintf("Indexed %d", i), contract.PipelineAnnotation: "training"},
		}))
	}
}
