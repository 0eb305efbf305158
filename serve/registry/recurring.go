package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const (
	recurringKind = "RecurringRun"
	// recurringAnnotation holds what a CronWorkflow cannot say, as JSON.
	recurringAnnotation = prefix + "recurring-run"
	// history is how many runs Argo keeps of a recurring run. By default it
	// deletes all but a few.
	history = 10_000
	// late is how late a run may start that Argo has missed while its controller
	// was away. Of several it starts one.
	late = 600
	// maxCronName is what Argo takes, with room for what the API server adds.
	maxCronName = 46
)

// RecurringRun starts runs by a clock.
type RecurringRun struct {
	ID, Name, Namespace      string
	DisplayName, Description string
	ExperimentID             string
	Version                  VersionRef
	Pipeline                 string
	ServiceAccount           string
	Parameters               map[string]json.RawMessage
	Root                     string
	Created                  time.Time
	Enabled                  bool
	Trigger                  Trigger
	// MaxConcurrency is how many of its runs there are at once, one to ten.
	MaxConcurrency int64
	// NoCatchup is as it was given: Argo starts at most one missed run.
	NoCatchup bool
	// Newest says that each run is of the newest version of the pipeline; Version
	// is what that was when the recurring run was last renewed. Given is what the
	// caller gave, to make others of. Problem says why it could not be renewed.
	Newest  bool
	Given   Given
	Problem string
	// Spec is the compiled pipeline. Lists leave it out.
	Spec []byte
}

// Given is what the caller of a recurring run gave for its runs.
type Given struct {
	Parameters     map[string]json.RawMessage `json:"parameters,omitempty"`
	Root           string                     `json:"root,omitempty"`
	ServiceAccount string                     `json:"service_account,omitempty"`
}

// recurringNote is the annotation.
type recurringNote struct {
	Trigger        Trigger `json:"trigger"`
	MaxConcurrency int64   `json:"max_concurrency"`
	NoCatchup      bool    `json:"no_catchup"`
	Newest         bool    `json:"newest,omitempty"`
	Given          Given   `json:"given,omitzero"`
	Problem        string  `json:"problem,omitempty"`
}

// text is the note as JSON.
func (n recurringNote) text() (string, error) {
	text, err := json.Marshal(n)
	if err != nil {
		return "", fmt.Errorf("the trigger: %w", err)
	}
	return string(text), nil
}

// NewRecurringRun is what a recurring run is made of: what each of its runs is,
// and when.
type NewRecurringRun struct {
	NewRun
	Trigger        Trigger
	MaxConcurrency int64
	NoCatchup      bool
	Enabled        bool
	// Newest says that each run is to be of the newest version of the pipeline,
	// with what was Given.
	Newest bool
	Given  Given
}

// CreateRecurringRun creates a recurring run.
func (v *View) CreateRecurringRun(ctx context.Context, n NewRecurringRun) (*RecurringRun, error) {
	if n.DisplayName == "" {
		return nil, invalid("a recurring run needs a display_name")
	}
	home, err := v.Home(ctx, n.ExperimentID, n.Namespace)
	if err != nil {
		return nil, err
	}
	object, err := cronWorkflow(n)
	if err != nil {
		return nil, err
	}
	mark(&object.ObjectMeta, home.ID, n.NewRun)
	note := recurringNote{Trigger: n.Trigger, MaxConcurrency: n.MaxConcurrency, NoCatchup: n.NoCatchup}
	if n.Newest {
		note.Newest, note.Given = true, n.Given
	}
	if object.Annotations[recurringAnnotation], err = note.text(); err != nil {
		return nil, err
	}
	owned, err := v.attach(ctx, home.Namespace, object.Annotations, n.Spec)
	if err != nil {
		return nil, err
	}
	object.Spec.WorkflowMetadata = metadataOfRuns(object.ObjectMeta)
	object.Namespace = home.Namespace
	limit, err := v.limit(ctx, home.Namespace, object, n.MaxConcurrency)
	if err != nil {
		return nil, v.discarding(ctx, err, owned)
	}
	created := &wfv1.CronWorkflow{}
	if err := v.create(ctx, cronWorkflows, object, created); err != nil {
		return nil, fmt.Errorf("creating the CronWorkflow: %w", v.discarding(ctx, err, owned, limit))
	}
	for _, c := range []*corev1.ConfigMap{owned, limit} {
		if err := v.own(ctx, c, "CronWorkflow", created.ObjectMeta); err != nil {
			return nil, err
		}
	}
	return recurringOf(created), nil
}

// cronWorkflow makes the CronWorkflow of a translated pipeline.
func cronWorkflow(n NewRecurringRun) (*wfv1.CronWorkflow, error) {
	schedule, err := n.Trigger.schedule()
	if err != nil {
		return nil, err
	}
	window, err := n.Trigger.window()
	if err != nil {
		return nil, err
	}
	if n.MaxConcurrency < 1 || n.MaxConcurrency > 10 {
		return nil, invalid("max_concurrency is %d; it can be 1 to 10", n.MaxConcurrency)
	}
	policy := wfv1.AllowConcurrent
	if n.MaxConcurrency == 1 {
		policy = wfv1.ForbidConcurrent
	}
	keep, deadline := int32(history), int64(late)
	name := strings.TrimSuffix(n.Workflow.GenerateName, "-")
	return &wfv1.CronWorkflow{
		TypeMeta: cronType(),
		ObjectMeta: metav1.ObjectMeta{
			GenerateName: strings.TrimRight(name[:min(len(name), maxCronName)], "-.") + "-",
			Labels:       n.Workflow.Labels,
			Annotations:  n.Workflow.Annotations,
		},
		Spec: wfv1.CronWorkflowSpec{
			Schedules: []string{schedule}, Timezone: "Etc/UTC", When: window, ConcurrencyPolicy: policy, Suspend: !n.Enabled,
			SuccessfulJobsHistoryLimit: &keep, FailedJobsHistoryLimit: &keep, StartingDeadlineSeconds: &deadline,
			WorkflowSpec: *n.Workflow.Spec.DeepCopy(),
		},
	}, nil
}

// cronWorkflows is the plural of CronWorkflow, which is the kind of cronType.
const cronWorkflows = "cronworkflows"

func cronType() metav1.TypeMeta {
	return metav1.TypeMeta{APIVersion: wfv1.SchemeGroupVersion.String(), Kind: "CronWorkflow"}
}

// metadataOfRuns is what each run is marked with. Argo evaluates tags in it, so
// that free text stays away.
func metadataOfRuns(of metav1.ObjectMeta) *metav1.ObjectMeta {
	meta := &metav1.ObjectMeta{Labels: of.Labels, Annotations: map[string]string{}}
	for _, name := range pipelineAnnotations() {
		if value := of.Annotations[name]; value != "" && !strings.Contains(value, "{{") {
			meta.Annotations[name] = value
		}
	}
	return meta
}

// limit lets no more runs of a recurring run go on at once than it may have: the
// others wait. Also where that is one: Argo's own policy holds by what its
// controller has seen, and one that is slow starts a second run now and then.
func (v *View) limit(ctx context.Context, namespace string, object *wfv1.CronWorkflow, runs int64) (*corev1.ConfigMap, error) {
	c, err := v.core.ConfigMaps(namespace).Create(ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{GenerateName: limitPrefix, Labels: map[string]string{KindLabel: "limit"}},
		Data:       map[string]string{"runs": strconv.FormatInt(runs, 10)},
	}, metav1.CreateOptions{})
	if err != nil {
		return nil, fmt.Errorf("storing the limit of concurrent runs: %w", err)
	}
	key := corev1.ConfigMapKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: c.Name}, Key: "runs"}
	addLimit(&object.Spec.WorkflowSpec, &wfv1.SemaphoreRef{ConfigMapKeyRef: &key})
	return c, nil
}

// limitPrefix begins the names of the ConfigMaps with limits.
const limitPrefix = "kfp2argo-limit-"

// addLimit adds a limit to those that the pipeline itself has.
func addLimit(spec *wfv1.WorkflowSpec, limit *wfv1.SemaphoreRef) {
	if spec.Synchronization == nil {
		spec.Synchronization = &wfv1.Synchronization{}
	}
	spec.Synchronization.Semaphores = append(spec.Synchronization.Semaphores, limit)
}

// limitOf returns the limit of the runs of a recurring run, or nil.
func limitOf(spec wfv1.WorkflowSpec) *wfv1.SemaphoreRef {
	if spec.Synchronization == nil {
		return nil
	}
	for _, s := range spec.Synchronization.Semaphores {
		if s.ConfigMapKeyRef != nil && strings.HasPrefix(s.ConfigMapKeyRef.Name, limitPrefix) {
			return s
		}
	}
	return nil
}

// recurringOf reads a recurring run from a CronWorkflow. It is nil if that is
// none of kfp2argo's. One that was made in another way has no trigger of KFP's.
func recurringOf(c *wfv1.CronWorkflow) *RecurringRun {
	pipeline, ours := c.Annotations[PipelineAnnotation]
	if !ours {
		return nil
	}
	r := &RecurringRun{
		ID: string(c.UID), Name: c.Name, Namespace: c.Namespace,
		DisplayName: c.Annotations[TitleAnnotation], Description: c.Annotations[DescriptionAnnotation],
		ExperimentID: c.Labels[ExperimentLabel], Pipeline: pipeline,
		ServiceAccount: c.Spec.WorkflowSpec.ServiceAccountName, Created: c.CreationTimestamp.Time, Enabled: !c.Spec.Suspend,
	}
	if r.DisplayName == "" {
		r.DisplayName = c.Name
	}
	if r.ExperimentID == "" {
		r.ExperimentID = DefaultExperimentID(c.Namespace)
	}
	r.Version.PipelineID, r.Version.VersionID, _ = strings.Cut(c.Annotations[VersionAnnotation], "/")
	var note recurringNote
	if json.Unmarshal([]byte(c.Annotations[recurringAnnotation]), &note) == nil {
		r.Trigger, r.MaxConcurrency, r.NoCatchup = note.Trigger, note.MaxConcurrency, note.NoCatchup
		r.Newest, r.Given, r.Problem = note.Newest, note.Given, note.Problem
	}
	r.Parameters, r.Root = parametersOf(c.Spec.WorkflowSpec.Arguments, c.Annotations[TextsAnnotation])
	return r
}

// RecurringRuns lists the recurring runs of a namespace, in no order.
func (v *View) RecurringRuns(ctx context.Context, namespace string) ([]*RecurringRun, error) {
	namespace, err := v.Namespace(ctx, namespace)
	if err != nil {
		return nil, err
	}
	objects, err := v.workflows.CronWorkflows(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("listing the recurring runs: %w", err)
	}
	all := []*RecurringRun{}
	for i := range objects.Items {
		if r := recurringOf(&objects.Items[i]); r != nil {
			all = append(all, r)
		}
	}
	return all, nil
}

// RecurringRun returns a recurring run with its pipeline.
func (v *View) RecurringRun(ctx context.Context, id string) (*RecurringRun, error) {
	c, err := v.cron(ctx, id)
	if err != nil {
		return nil, err
	}
	r := recurringOf(c)
	r.Spec, err = v.attached(ctx, c.ObjectMeta)
	return r, err
}

// cron finds the CronWorkflow of a recurring run. There are few, so that they
// are read.
func (v *View) cron(ctx context.Context, id string) (*wfv1.CronWorkflow, error) {
	var found *wfv1.CronWorkflow
	err := v.locate(ctx, recurringKind, id, func(namespace string) error {
		objects, err := v.workflows.CronWorkflows(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return err
		}
		for i := range objects.Items {
			if c := &objects.Items[i]; (string(c.UID) == id || c.Name == id) && recurringOf(c) != nil {
				found = c
				return nil
			}
		}
		return &NotFoundError{recurringKind, id}
	})
	return found, err
}

// EnableRecurringRun lets a recurring run start runs, or no more.
func (v *View) EnableRecurringRun(ctx context.Context, id string, enable bool) error {
	c, err := v.cron(ctx, id)
	if err != nil {
		return err
	}
	return v.suspend(ctx, c.Namespace, c.Name, !enable)
}

func (v *View) suspend(ctx context.Context, namespace, name string, suspend bool) error {
	patch := fmt.Appendf(nil, `{"spec":{"suspend":%t}}`, suspend)
	if _, err := v.workflows.CronWorkflows(namespace).Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return fmt.Errorf("changing the CronWorkflow: %w", err)
	}
	return nil
}

// DeleteRecurringRun deletes a recurring run. Its runs stay, unless they are to
// go with it.
func (v *View) DeleteRecurringRun(ctx context.Context, id string, withRuns bool) error {
	c, err := v.cron(ctx, id)
	if err != nil {
		return err
	}
	policy := metav1.DeletePropagationOrphan
	if withRuns {
		policy = metav1.DeletePropagationBackground
	}
	options := metav1.DeleteOptions{PropagationPolicy: &policy, Preconditions: metav1.NewUIDPreconditions(string(c.UID))}
	if err := v.workflows.CronWorkflows(c.Namespace).Delete(ctx, c.Name, options); err != nil {
		return fmt.Errorf("deleting the CronWorkflow: %w", err)
	}
	return nil
}
