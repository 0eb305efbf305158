//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"path"
	"strings"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/kind"
)

// named gives what is translated a name.
func named(name string) option {
	return option{translate: func(o *translate.Options) { o.Name = name }}
}

// referring makes a Workflow that only refers to a template.
func referring(template kind.Ref) option {
	return option{translate: func(o *translate.Options) { o.Template, o.GenerateName = &template, "refers-" }}
}

// giving gives an argument at translation.
func giving(name, value string) option {
	return option{translate: func(o *translate.Options) {
		if o.Arguments == nil {
			o.Arguments = map[string]string{}
		}
		o.Arguments[name] = value
	}}
}

// TestKinds submits each kind to the API server and runs what can run of it.
func TestKinds(t *testing.T) {
	t.Parallel()
	t.Run("WorkflowTemplate", templateRuns)
	t.Run("ClusterWorkflowTemplate", clusterTemplateIsTaken)
	t.Run("run settings", templateWithRunSettings)
	t.Run("arguments", templateArguments)
	t.Run("CronWorkflow", cronFires)
	t.Run("CronWorkflow of a template", cronOfTemplateFires)
}

// templateRuns runs a template twice: as it is, and with an argument. Nothing
// of the Workflows is their own, as `templateReferencing: Strict` wants it.
func templateRuns(t *testing.T) {
	t.Parallel()
	c := connect(t)
	template := c.createTemplate(t, examples+"hello.yaml", patching("workflow: {metadata: {labels: {team: ml}}}"))
	ref := kind.Ref{Name: template.Name}
	r := refer(t, examples+"hello.yaml", referring(ref))
	r.requirePhase(wfv1.WorkflowSucceeded, 2)
	require.Equal(t, "HELLO, WORLD!", r.result("Output"))
	require.Equal(t, "ml", r.workflow.Labels["team"])
	require.Equal(t, "hello", r.workflow.Annotations["kfp2argo.dev/pipeline"])
	require.Empty(t, r.workflow.Spec.Templates)
	r.requireOnePodPerTask()

	r = refer(t, examples+"hello.yaml", referring(ref), giving("recipient", "{{=1+1}} $(X)"))
	r.requirePhase(wfv1.WorkflowSucceeded, 2)
	require.Equal(t, "HELLO, {{=1+1}} $(X)!", r.result("Output"))
}

// clusterTemplateIsTaken creates a template for all namespaces. Whether the
// controller may read it is a matter of its rights.
func clusterTemplateIsTaken(t *testing.T) {
	t.Parallel()
	c := connect(t)
	made, err := kind.ClusterTemplate(translated(t, examples+"hello.yaml", c.root(t), []option{named(unique("kinds"))}))
	require.NoError(t, err)
	client := c.workflows.ArgoprojV1alpha1().ClusterWorkflowTemplates()
	created := &wfv1.ClusterWorkflowTemplate{}
	c.create(t, "clusterworkflowtemplates", made, created)
	t.Cleanup(func() { deleted(t, client.Delete(context.Background(), created.Name, metav1.DeleteOptions{})) })
	require.Equal(t, made.Spec, created.Spec)

	r := refer(t, examples+"hello.yaml", referring(kind.Ref{Name: created.Name, Cluster: true}))
	r.requirePhase(wfv1.WorkflowSucceeded, 2)
}

// templateWithRunSettings runs templates with an exit handler, a deadline and a
// time to live, and a workspace: all that a Workflow takes from its template.
func templateWithRunSettings(t *testing.T) {
	t.Parallel()
	c := connect(t)
	template := c.createTemplate(t, examples+"exit_handler.yaml")
	r := refer(t, examples+"exit_handler.yaml", referring(kind.Ref{Name: template.Name}), giving("fail", "true"))
	require.Equal(t, wfv1.WorkflowFailed, r.workflow.Status.Phase)
	require.NotEmpty(t, r.workflow.Status.StoredWorkflowSpec.OnExit)

	template = c.createTemplate(t, cases+"run_settings.yaml", alone(), unhurried())
	r = refer(t, cases+"run_settings.yaml", referring(kind.Ref{Name: template.Name}))
	r.requirePhase(wfv1.WorkflowSucceeded, 1)
	require.EqualValues(t, 600, *r.workflow.Status.StoredWorkflowSpec.ActiveDeadlineSeconds)
	// Argo 3.7 may come to it late, at its next look at all Workflows.
	require.EqualValues(t, 5, *r.workflow.Status.StoredWorkflowSpec.TTLStrategy.SecondsAfterSuccess)

	key := "e2e/" + session + "/" + t.Name() + "/data"
	c.putObject(t, c.bucket, key+"/one", "1")
	template = c.createTemplate(t, cases+"workspace.yaml", withLeastRights(t), asRoot())
	r = refer(t, cases+"workspace.yaml", referring(kind.Ref{Name: template.Name}), giving("uri", "s3://"+c.bucket+"/"+key))
	r.requirePhase(wfv1.WorkflowSucceeded, 7)
	require.Equal(t, "shared\n", r.result("found"))
	require.Nil(t, r.claim(r.workflow.Name+"-kfp-workspace"), "the workspace outlives the run")
}

// templateArguments leaves out an argument that must be given, and gives one
// that is none of the choices.
func templateArguments(t *testing.T) {
	t.Parallel()
	c := connect(t)
	template := c.createTemplate(t, cases+"choices.yaml")
	ref := referring(kind.Ref{Name: template.Name})
	r := refer(t, cases+"choices.yaml", ref, giving("fast", " true"), giving("mode", "large"))
	r.requirePhase(wfv1.WorkflowSucceeded, 1)
	for _, want := range []string{`"fast":true`, `"mode":"large"`, `"strict":true`} {
		require.Contains(t, strings.ReplaceAll(r.log("choices.tell"), " ", ""), want)
	}
	for _, test := range []struct {
		message string
		options []option
	}{
		{"fast", []option{ref}},
		{"fast", []option{ref, giving("fast", "false"), submitting("fast", "perhaps")}},
	} {
		r := validated(func() *run { return submit(t, cases+"choices.yaml", test.options...) })
		r.wait()
		require.NotEqual(t, wfv1.WorkflowSucceeded, r.workflow.Status.Phase)
		require.Contains(t, r.workflow.Status.Message, test.message)
		require.Empty(t, r.tasks())
	}
}

// refer runs a Workflow that refers to a template to its end. Argo's controller
// may not have heard of a new template yet; then it is submitted again.
func refer(t *testing.T, file string, options ...option) *run {
	t.Helper()
	bound := time.Now().Add(time.Minute)
	for {
		r := submit(t, file, options...)
		r.wait()
		if r.workflow.Status.Phase != wfv1.WorkflowError || !strings.HasSuffix(r.workflow.Status.Message, " not found") || time.Now().After(bound) {
			t.Cleanup(r.reportFailure)
			return r
		}
	}
}

// everyMinute is the schedule of the tests.
func everyMinute() kind.Schedule {
	return kind.Schedule{Cron: []string{"* * * * *"}, Timezone: "Asia/Tokyo", Concurrency: wfv1.ForbidConcurrent}
}

func cronFires(t *testing.T) {
	t.Parallel()
	c := connect(t)
	w := translated(t, examples+"nested.yaml", c.root(t), []option{named(unique("kinds")), giving("name", "Ann")})
	r := c.fire(t, w)
	require.Equal(t, wfv1.WorkflowSucceeded, r.workflow.Status.Phase, r.workflow.Status.Message)
	require.Equal(t, "nested", r.workflow.Annotations["kfp2argo.dev/pipeline"])
	// The name of a run is made when it starts; paths in the store have the task's,
	// but where the log of a node is found by its ID.
	require.NotEmpty(t, r.tasks())
	for _, n := range r.tasks() {
		require.True(t, strings.HasPrefix(n.Name, r.workflow.Name+"."), n.Name)
	}
	for _, key := range r.keys("s3://" + c.bucket + "/e2e/" + session + "/" + t.Name()) {
		if path.Base(path.Dir(key)) != "logs" {
			require.NotContains(t, key, r.workflow.Name)
		}
	}
}

func cronOfTemplateFires(t *testing.T) {
	t.Parallel()
	c := connect(t)
	template := c.createTemplate(t, examples+"artifacts.yaml")
	w := translated(t, examples+"artifacts.yaml", c.root(t), []option{
		referring(kind.Ref{Name: template.Name}), named(unique("kinds")), giving("rows", "7"),
	})
	r := c.fire(t, w)
	require.Equal(t, wfv1.WorkflowSucceeded, r.workflow.Status.Phase, r.workflow.Status.Message)
	require.NotEmpty(t, r.keys("s3://"+c.bucket+"/e2e/"+session+"/"+t.Name()+"/artifacts/"+string(r.workflow.UID)))
}

// createTemplate makes a pipeline a WorkflowTemplate of its own name, until the
// test ends.
func (c cluster) createTemplate(t *testing.T, file string, options ...option) *wfv1.WorkflowTemplate {
	t.Helper()
	w := translated(t, file, c.root(t), append([]option{named(unique("kinds"))}, options...))
	for _, o := range options {
		if o.submit != nil {
			o.submit(w)
		}
	}
	made, err := kind.Template(w)
	require.NoError(t, err)
	client := c.workflows.ArgoprojV1alpha1().WorkflowTemplates(made.Namespace)
	created := &wfv1.WorkflowTemplate{}
	c.create(t, "workflowtemplates", made, created)
	t.Cleanup(func() { deleted(t, client.Delete(context.Background(), created.Name, metav1.DeleteOptions{})) })
	require.Equal(t, made.Spec, created.Spec, "the API server has dropped something")
	return created
}

// fire makes a Workflow a CronWorkflow, waits for its first run to end, and
// deletes it with its runs.
func (c cluster) fire(t *testing.T, w *wfv1.Workflow) *run {
	t.Helper()
	made, err := kind.Cron(w, everyMinute())
	require.NoError(t, err)
	client := c.workflows.ArgoprojV1alpha1().CronWorkflows(made.Namespace)
	created := &wfv1.CronWorkflow{}
	c.create(t, "cronworkflows", made, created)
	t.Cleanup(func() {
		background := metav1.DeletePropagationBackground
		deleted(t, client.Delete(context.Background(), created.Name, metav1.DeleteOptions{PropagationPolicy: &background}))
	})
	r := &run{cluster: c, t: t, workflow: c.firstRun(t, created)}
	t.Cleanup(r.reportFailure)
	suspend := []byte(`{"spec":{"suspend":true}}`)
	_, err = client.Patch(t.Context(), created.Name, "application/merge-patch+json", suspend, metav1.PatchOptions{})
	require.NoError(t, err)
	r.wait()
	r.requireOnePodPerTask()
	return r
}

// firstRun waits for the Workflow that a CronWorkflow starts.
func (c cluster) firstRun(t *testing.T, cron *wfv1.CronWorkflow) *wfv1.Workflow {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	client := c.workflows.ArgoprojV1alpha1().Workflows(cron.Namespace)
	for ctx.Err() == nil {
		watch, err := client.Watch(ctx, metav1.ListOptions{LabelSelector: "workflows.argoproj.io/cron-workflow=" + cron.Name})
		require.NoError(t, err)
		for event := range watch.ResultChan() {
			if w, ok := event.Object.(*wfv1.Workflow); ok {
				watch.Stop()
				return w
			}
		}
	}
	now, err := c.workflows.ArgoprojV1alpha1().CronWorkflows(cron.Namespace).Get(t.Context(), cron.Name, metav1.GetOptions{})
	require.NoError(t, err)
	require.Fail(t, "the CronWorkflow has started nothing", "%+v", now.Status)
	return nil
}

// create submits an object as people do: as it is printed, and so that the API
// server refuses what it does not know.
func (c cluster) create(t *testing.T, resource string, object interface {
	runtime.Object
	GetNamespace() string
}, created runtime.Object) {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, translate.Print(&text, object, "a test"))
	namespace := object.GetNamespace()
	require.NoError(t, c.workflows.ArgoprojV1alpha1().RESTClient().Post().NamespaceIfScoped(namespace, namespace != "").Resource(resource).
		Param("fieldValidation", "Strict").SetHeader("Content-Type", "application/yaml").Body(text.Bytes()).Do(t.Context()).Into(created))
}

func deleted(t *testing.T, err error) {
	t.Helper()
	if err != nil && !apierrors.IsNotFound(err) {
		t.Error(err)
	}
}
