//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"os/exec"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestArgumentsWithTags gives texts that Argo fills in where it finds them. The
// second task and the loop start after Argo has stored the Workflow.
func TestArgumentsWithTags(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		option option
		want   string
	}{
		"default":   {want: "A {{workflow.name}} {{=2*3}} {{ x }} B"},
		"malformed": {option: giving("t", "{{=1 +}} {{=<% %>=}} {{"), want: "{{=1 +}} {{=<% %>=}} {{"},
		"another argument": {
			option: giving("t", "{{workflow.parameters.l}} $(HOSTNAME)"), want: "{{workflow.parameters.l}} $(HOSTNAME)",
		},
		"submitted":         {option: submitting("t", "Dear {{ name }}, {% if %} {{"), want: "Dear {{ name }}, {% if %} {{"},
		"submitted escaped": {option: submitting("t", `{\u007bworkflow.uid}}`), want: "{{workflow.uid}}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := runPipeline(t, cases+"arguments_late.yaml", c.option)
			r.requirePhase(wfv1.WorkflowSucceeded, 4)
			for _, task := range []string{"first", "second"} {
				require.Contains(t, r.log("arguments-late."+task), "MSG:"+c.want+"\n", task)
			}
			require.Contains(t, r.log("arguments-late.for-loop-1.echo(0:0)"), "MSG:{{workflow.uid}}\n")
			require.Contains(t, r.log("arguments-late.for-loop-1.echo(1:1)"), "MSG:{{=1+1}}\n")
		})
	}
}

// TestArgumentsRefused submits, past this translator, what would not arrive as
// it is. The run ends before it begins, and says why.
func TestArgumentsRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"{{workflow.name}}", "{{=1 +}}", "{{=", "{{=<% %>=}} Dear <% name %>"} {
		r := validated(func() *run { return startPipeline(t, cases+"arguments_late.yaml", submitting("t", text)) })
		r.wait()
		r.requirePhase(wfv1.WorkflowFailed, 0)
		require.Contains(t, r.workflow.Status.Message, "workflow.parameters.t has a tag that Argo would fill in", text)
	}
}

// validated starts a run, and again where Argo has put it off, until Argo has
// validated it.
func validated(start func() *run) *run {
	r := start()
	for try := 1; r.postponed() && try < 5; try++ {
		r.discard()
		r = start()
	}
	return r
}

// postponed waits until Argo has looked at a run, and says whether it has put it
// off. It does so now and then though there is no limit of runs, as it can look at
// a new run before it has counted it, and does not validate such a run.
func (r *run) postponed() bool {
	r.t.Helper()
	r.follow(runTime, "Argo looks at it", func(w *wfv1.Workflow) bool { return w.Status.Phase != wfv1.WorkflowUnknown })
	return r.workflow.Status.Phase == wfv1.WorkflowPending
}

// TestArgumentsPostponed submits such arguments where a namespace is at its limit
// of runs. Argo does not validate what it has put off. Then the first condition
// ends the run, or, where Argo cannot read the argument, kfp2argo watch says why
// the run does not begin.
func TestArgumentsPostponed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text  string
		check func(*run)
	}{
		"a tag": {text: "{{workflow.name}}", check: func(r *run) {
			r.wait()
			r.requirePhase(wfv1.WorkflowError, 0)
			require.Contains(r.t, r.node("arguments-late").Message, "{{workflow.parameters.t has a tag that Argo would fill in}}")
		}},
		"a malformed tag": {text: "{{=1 +}}", check: func(r *run) {
			p := buildProgram(r.t)
			p.prints(`Argo has not begun the run for`, "watch", r.workflow.Name, "-n", r.workflow.Namespace)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limited := limitedNamespace(t)
			first := suspended(t, limited)
			r := startPipeline(t, cases+"arguments_late.yaml", in(limited), submitting("t", c.text))
			require.True(t, r.postponed())
			first.discard()
			c.check(r)
		})
	}
}

// limitedNamespace makes a namespace in which one run at a time may run.
func limitedNamespace(t *testing.T) string {
	t.Helper()
	namespaces := connect(t).kubernetes.CoreV1().Namespaces()
	made, err := namespaces.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "kfp-limited-", Labels: map[string]string{"workflows.argoproj.io/parallelism-limit": "1"},
	}}, metav1.CreateOptions{})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, namespaces.Delete(context.Background(), made.Name, metav1.DeleteOptions{}))
	})
	return made.Name
}

// suspended starts a run that waits, and is running.
func suspended(t *testing.T, namespace string) *run {
	t.Helper()
	c := connect(t)
	waits := wfv1.Workflow{ObjectMeta: metav1.ObjectMeta{GenerateName: "suspended-"}, Spec: wfv1.WorkflowSpec{
		Entrypoint: "waits", Templates: []wfv1.Template{{Name: "waits", Suspend: &wfv1.SuspendTemplate{}}},
	}}
	created, err := c.workflows.ArgoprojV1alpha1().Workflows(namespace).Create(t.Context(), &waits, metav1.CreateOptions{})
	require.NoError(t, err)
	r := &run{cluster: c, t: t, workflow: created}
	t.Cleanup(r.discard)
	r.follow(runTime, "it runs", func(w *wfv1.Workflow) bool { return w.Status.Phase == wfv1.WorkflowRunning })
	return r
}

// prints runs the program until it has printed a text, and then stops it.
func (p program) prints(text string, args ...string) {
	p.t.Helper()
	ctx, stop := context.WithTimeout(p.t.Context(), runTime)
	defer stop()
	command := exec.CommandContext(ctx, p.path, args...)
	out, err := command.StdoutPipe()
	require.NoError(p.t, err)
	command.Stderr = command.Stdout
	require.NoError(p.t, command.Start())
	lines := bufio.NewScanner(out)
	found := false
	for !found && lines.Scan() {
		p.t.Log(lines.Text())
		found = strings.Contains(lines.Text(), text)
	}
	stop()
	_ = command.Wait() // ended by us
	require.True(p.t, found, "%v does not print %q", args, text)
}
