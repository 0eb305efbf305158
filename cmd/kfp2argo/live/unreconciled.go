package live

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/internal/waits"
)

// UnreconciledError says that Argo's controller has not looked at a run, or cannot read
// it: it writes a phase as soon as it does, and only its log says why not.
type UnreconciledError struct {
	Run, Namespace string
	// For is how long that has been so.
	For time.Duration
	// Postponed is whether Argo has put the run off, as too many were running. It
	// does not validate such a run later: if it cannot read an argument then, the
	// run stays so.
	Postponed bool
	// Argument is one that Argo may not be able to read, or empty.
	Argument string
}

func (e *UnreconciledError) Error() string {
	verb := "taken up"
	if e.Postponed {
		verb = "begun"
	}
	text := fmt.Sprintf("Argo has not %s the run for %s. ", verb, e.For.Round(time.Second))
	if e.Argument != "" {
		text += fmt.Sprintf("Its argument %q holds {{, which Argo reads first, and cannot if it is malformed: submit the run again by kfp2argo run. ", e.Argument)
	} else {
		text += fmt.Sprintf("Is its controller at work, and for namespace %s? ", e.Namespace)
	}
	return text + "Its log says more: kubectl -n argo logs deploy/workflow-controller | grep " + e.Run
}

// reconcileTime is how long Argo may take to look at a run. It looks at a new one at
// once, or after ten seconds if it is busy.
const reconcileTime = 15 * time.Second

func (o Options) reconcileTime() time.Duration { return cmp.Or(o.ReconcileTime, reconcileTime) }

// lookForArgo says so where Argo does not look at the run.
func (w *watcher) lookForArgo() error {
	of := w.workflow
	bound := w.options.reconcileTime()
	if of == nil || !isUnreconciled(of) || w.last.Trouble != nil || time.Since(w.began) < bound {
		return nil
	}
	w.unreconciled = &UnreconciledError{
		Run: of.Name, Namespace: of.Namespace, For: time.Since(w.began),
		Postponed: of.Status.Phase == wfv1.WorkflowPending, Argument: unreadable(of),
	}
	w.last.Trouble = w.unreconciled
	return w.display.Update(w.last)
}

// isUnreconciled says whether it is left open if Argo can read a Workflow.
func isUnreconciled(w *wfv1.Workflow) bool {
	switch w.Status.Phase {
	case wfv1.WorkflowUnknown:
		return true
	case wfv1.WorkflowPending:
		return w.Status.Message == waits.Postponed && unreadable(w) != ""
	default:
		return false
	}
}

// unreadable names an argument that may keep Argo from reading a Workflow.
func unreadable(w *wfv1.Workflow) string {
	for _, p := range w.Spec.Arguments.Parameters {
		if p.Value != nil && strings.Contains(p.Value.String(), "{{") {
			return p.Name
		}
	}
	return ""
}
