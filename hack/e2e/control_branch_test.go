//go:build e2e

package e2e

import (
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
)

// TestOneOf takes a branch, and a branch within a branch. A third choice and a
// fourth, which gets into a branch and no further, have no outputs.
func TestOneOf(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"one_of.yaml")
	r.requirePhase(wfv1.WorkflowSucceeded, 3)
	r.requireTasks("one-of", `
		fallback                                          Succeeded
		fallback.never                                    Skipped
		first                                             Succeeded
		first.branches                                    Succeeded
		first.branches.left                               Succeeded
		first.branches.left.say                           Succeeded
		first.branches.right                              Skipped
		fourth                                            Succeeded
		fourth.branches                                   Succeeded
		fourth.branches.left                              Skipped
		fourth.branches.right                             Succeeded
		fourth.branches.right.deep-branches               Succeeded
		fourth.branches.right.deep-branches.deep          Skipped
		fourth.branches.right.deep-branches.deeper        Skipped
		second                                            Succeeded
		second.branches                                   Succeeded
		second.branches.left                              Skipped
		second.branches.right                             Succeeded
		second.branches.right.deep-branches               Succeeded
		second.branches.right.deep-branches.deep          Succeeded
		second.branches.right.deep-branches.deep.say      Succeeded
		second.branches.right.deep-branches.deeper        Skipped
		show                                              Succeeded
		strict                                            Skipped
		third                                             Succeeded
		third.branches                                    Succeeded
		third.branches.left                               Skipped
		third.branches.right                              Skipped
	`)
	require.Equal(t, "left;deep;no third;no fourth;file of left;file of deep;no third file;no fourth file;", r.result("seen"))
	require.Equal(t, "deep", r.result("text"))
	require.Empty(t, r.result("none"))
	require.Equal(t, "file of deep", r.object(r.uris(r.result("file"))[0]))
	require.Equal(t, `"nothing said"`, r.input("one-of.fallback", "text"))
}

// TestOneOfWithoutBranch takes no branch at all: who can do without an output
// gets none, and who cannot says which one it lacks.
func TestOneOfWithoutBranch(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"one_of.yaml",
		submitting("first", "none"), submitting("second", "lost"), submitting("strict", "true"))
	r.requirePhase(wfv1.WorkflowFailed, 3)
	require.Equal(t, wfv1.NodeSucceeded, r.node("one-of.show").Phase)
	require.Equal(t, "no first;no second;no third;no fourth;no first file;no second file;no third file;no fourth file;",
		r.text("one-of.show", "seen"))
	for task, lacks := range map[string]string{
		"one-of.strict.need-file": `input artifact "file": it has no value`,
		"one-of.strict.need-text": `input parameter "text": it has no value`,
	} {
		node := r.node(task)
		require.Equal(t, wfv1.NodeFailed, node.Phase, task)
		require.Contains(t, node.Message, lacks)
	}
}

// TestConditionOnAbsent has a condition on an input without a value: the task
// fails and says which input that is. With a value the condition decides.
func TestConditionOnAbsent(t *testing.T) {
	t.Parallel()
	r := runPipeline(t, cases+"condition_absent.yaml")
	r.requirePhase(wfv1.WorkflowError, 0)
	require.Contains(t, r.node("condition-absent.condition-1").Message, `the condition of task "condition-1": input "cfg" has no value`)
	r = runPipeline(t, cases+"condition_absent.yaml", submitting("cfg", "x"))
	r.requirePhase(wfv1.WorkflowSucceeded, 1)
	r = runPipeline(t, cases+"condition_absent.yaml", submitting("cfg", "y"))
	r.requirePhase(wfv1.WorkflowSucceeded, 0)
}
