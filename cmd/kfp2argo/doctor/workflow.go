package doctor

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
)

const runCheck = "a run"

// tooSlow is the advice where nothing is known to be wrong.
const tooSlow = "give it a longer --timeout, or see what it hangs at with --keep"

// startWorkflow starts the smallest possible pipeline.
func (e *examiner) startWorkflow(ctx context.Context) *wfv1.Workflow {
	workflow := e.Trial.Workflow.DeepCopy()
	workflow.Spec.ActiveDeadlineSeconds = ptr(int64((e.Timeout + e.PickUp).Seconds()) + 1)
	workflow, err := e.Workflows.ArgoprojV1alpha1().Workflows(e.namespace).Create(ctx, workflow, metav1.CreateOptions{})
	if err != nil {
		e.fail(runCheck, "starting a Workflow: "+err.Error(), e.advice(err.Error()))
		return nil
	}
	return workflow
}

// followWorkflow waits for the Workflow and reports what became of it.
func (e *examiner) followWorkflow(ctx context.Context, workflow *wfv1.Workflow) {
	defer e.removeWorkflow(context.WithoutCancel(ctx), workflow.Name)
	if !e.pickedUp(ctx, workflow.Name) {
		return
	}
	var trouble *obstacle
	var pods []corev1.Pod
	err := wait.PollUntilContextTimeout(ctx, pollTime, e.Timeout, true, func(ctx context.Context) (done bool, err error) {
		if workflow, err = e.get(ctx, workflow.Name); err != nil {
			return false, err
		}
		if pods, err = e.podsOf(ctx, "workflows.argoproj.io/workflow", workflow.Name); err != nil {
			return false, err
		}
		trouble = e.obstacles(ctx, pods)
		return workflow.Status.Fulfilled() || trouble != nil && trouble.final, nil
	})
	e.version(ctx, pods)
	switch {
	case workflow != nil && workflow.Status.Fulfilled():
		e.reportRun(workflow)
	case trouble != nil:
		e.fail(runCheck, "its pod does not start: "+trouble.message, trouble.advice)
	case wait.Interrupted(err):
		message := "it did not end within " + e.Timeout.String()
		if text := messageOf(workflow); text != "" {
			message += ": " + text
		}
		e.fail(runCheck, message, cmp.Or(e.advice(message), tooSlow))
	default:
		e.fail(runCheck, "following the Workflow: "+err.Error(), "")
	}
}

func (e *examiner) get(ctx context.Context, name string) (*wfv1.Workflow, error) {
	return e.Workflows.ArgoprojV1alpha1().Workflows(e.namespace).Get(ctx, name, metav1.GetOptions{})
}

// pickedUp waits until the controller has seen the Workflow.
func (e *examiner) pickedUp(ctx context.Context, name string) bool {
	const check = "Argo's controller"
	started := time.Now()
	err := wait.PollUntilContextTimeout(ctx, pollTime, e.PickUp, true, func(ctx context.Context) (bool, error) {
		workflow, err := e.get(ctx, name)
		return err == nil && workflow.Status.Phase != "", err
	})
	switch {
	case wait.Interrupted(err):
		e.fail(check, fmt.Sprintf("has not picked up a Workflow within %v", e.PickUp),
			fmt.Sprintf("let a workflow-controller run that watches namespace %s (--namespaced, --managed-namespace) and has no instanceID, or set its label with --patch", e.namespace))
		return false
	case err != nil:
		e.fail(check, err.Error(), "")
		return false
	}
	e.ok(check, fmt.Sprintf("has picked up a Workflow within %v", time.Since(started).Round(time.Second)+time.Second))
	return true
}

// reportRun reports how the run ended.
func (e *examiner) reportRun(w *wfv1.Workflow) {
	if w.Status.Phase != wfv1.WorkflowSucceeded {
		message := messageOf(w)
		e.fail(runCheck, fmt.Sprintf("it has ended as %s: %s", w.Status.Phase, message), e.advice(message))
		return
	}
	for _, n := range w.Status.Nodes {
		if n.Type != wfv1.NodeTypePod || n.Outputs == nil {
			continue
		}
		for _, p := range n.Outputs.Parameters {
			if p.Name == "status" && p.Value != nil && p.Value.String() == `"ok"` {
				e.ok(runCheck, fmt.Sprintf("one task in %v, and its output has arrived", w.Status.FinishedAt.Sub(w.Status.StartedAt.Time)))
				return
			}
		}
	}
	e.fail(runCheck, "it has succeeded, but its output did not arrive", rbacAdvice(e.namespace))
}

// messageOf joins what the nodes of a Workflow and itself have to say, each once.
func messageOf(w *wfv1.Workflow) string {
	if w == nil {
		return ""
	}
	var all []string
	add := func(text string) {
		if text != "" && !slices.Contains(all, text) && !strings.HasPrefix(text, "child '") {
			all = append(all, text)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(w.Status.Nodes)) {
		if n := w.Status.Nodes[id]; n.Type == wfv1.NodeTypePod {
			add(n.Message)
		}
	}
	if len(all) == 0 {
		add(w.Status.Message)
	}
	return strings.Join(all, "; ")
}

func (e *examiner) removeWorkflow(ctx context.Context, name string) {
	if e.Keep {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, cleanTime)
	defer cancel()
	if err := e.Workflows.ArgoprojV1alpha1().Workflows(e.namespace).Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
		e.warn("clean-up", err.Error(), "Argo removes the Workflow in an hour")
	}
}
