package kind

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
	_ "time/tzdata" // the zones are Argo's, whatever this machine has

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/robfig/cron/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Schedule says when a CronWorkflow starts runs. Only Cron must be given.
type Schedule struct {
	// Cron lists schedules such as `0 5 * * *` or `@daily`; a run starts at
	// the times of each.
	Cron []string
	// Timezone is that of the schedules, such as Europe/Berlin. Where it is
	// empty, it is that of Argo's controller.
	Timezone string
	// Concurrency says what happens where the run before has not ended yet.
	// Argo's default is to allow both.
	Concurrency wfv1.ConcurrencyPolicy
	// StartingDeadline is how late a run may start that Argo has missed, in
	// whole seconds. Zero starts none late.
	StartingDeadline time.Duration
	// Suspend starts no runs until the CronWorkflow is resumed.
	Suspend bool
}

// Check says what of a schedule Argo would not take, or not as it is meant. It
// reads schedules by the code that Argo itself reads them with.
func (s Schedule) Check() error {
	var problems []error
	if len(s.Cron) == 0 {
		problems = append(problems, errors.New("a CronWorkflow needs a schedule"))
	}
	for _, text := range s.Cron {
		if strings.Contains(text, "TZ=") {
			problems = append(problems, fmt.Errorf("the schedule %q: the time zone is a field of its own", text))
		} else if _, err := cron.ParseStandard(text); err != nil {
			problems = append(problems, fmt.Errorf("the schedule %q: %w", text, err))
		}
	}
	if _, err := time.LoadLocation(s.Timezone); err != nil {
		problems = append(problems, fmt.Errorf("the time zone: %w", err))
	}
	switch s.Concurrency {
	case "", wfv1.AllowConcurrent, wfv1.ForbidConcurrent, wfv1.ReplaceConcurrent:
	default:
		problems = append(problems, fmt.Errorf("the concurrency policy is %q; it can be Allow, Forbid or Replace", s.Concurrency))
	}
	if d := s.StartingDeadline; d < 0 || d%time.Second != 0 || d.Seconds() > math.MaxInt32 {
		problems = append(problems, fmt.Errorf("the starting deadline %v is no whole number of seconds from now on", d))
	}
	return errors.Join(problems...)
}

// Cron makes a CronWorkflow of a Workflow, or of a [Reference]. It has the
// name of the Workflow, or else the prefix of one without its dash; the labels
// and annotations of the Workflow are on it and on each of its runs. The
// error says what of the schedule or the name Argo would not take, and which
// arguments have no value: nothing sets them.
func Cron(w *wfv1.Workflow, s Schedule) (*wfv1.CronWorkflow, error) {
	meta, err := named(w, maxCronName)
	if err != nil {
		err = fmt.Errorf("the CronWorkflow: %w", err)
	}
	if err := errors.Join(s.Check(), err, unset(w)); err != nil {
		return nil, err
	}
	c := &wfv1.CronWorkflow{TypeMeta: typeOf("CronWorkflow"), ObjectMeta: meta, Spec: wfv1.CronWorkflowSpec{
		Schedules:         s.Cron,
		Timezone:          s.Timezone,
		ConcurrencyPolicy: s.Concurrency,
		Suspend:           s.Suspend,
		WorkflowSpec:      w.Spec,
	}}
	if s.StartingDeadline > 0 {
		seconds := int64(s.StartingDeadline / time.Second)
		c.Spec.StartingDeadlineSeconds = &seconds
	}
	if len(w.Labels)+len(w.Annotations) > 0 {
		c.Spec.WorkflowMetadata = &metav1.ObjectMeta{Labels: w.Labels, Annotations: w.Annotations}
	}
	return c, nil
}

// unset says which arguments of a Workflow have no value.
func unset(w *wfv1.Workflow) error {
	var names []string
	for _, p := range w.Spec.Arguments.Parameters {
		if p.Value == nil {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("a CronWorkflow has nobody to give arguments: these have no value: %s", strings.Join(names, ", "))
}
