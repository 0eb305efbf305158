package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	clientretry "k8s.io/client-go/util/retry"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// RenewRecurringRun lets a recurring run start runs of another version of its
// pipeline. Runs that are there stay as they are.
func (v *View) RenewRecurringRun(ctx context.Context, r *RecurringRun, n NewRun) error {
	marks := map[string]string{}
	maps.Copy(marks, n.Workflow.Annotations)
	owned, err := v.attach(ctx, r.Namespace, marks, n.Spec)
	if err != nil {
		return err
	}
	changed, err := v.changeCron(ctx, r.ID, func(c *wfv1.CronWorkflow) {
		n.DisplayName, n.Description = c.Annotations[TitleAnnotation], c.Annotations[DescriptionAnnotation]
		experiment := c.Labels[ExperimentLabel]
		c.Labels = maps.Clone(n.Workflow.Labels)
		for _, name := range pipelineAnnotations() {
			delete(c.Annotations, name)
		}
		maps.Copy(c.Annotations, marks)
		mark(&c.ObjectMeta, experiment, n)
		limit := limitOf(c.Spec.WorkflowSpec)
		c.Spec.WorkflowSpec = *n.Workflow.Spec.DeepCopy()
		if limit != nil {
			addLimit(&c.Spec.WorkflowSpec, limit)
		}
		c.Spec.WorkflowMetadata = metadataOfRuns(c.ObjectMeta)
		note(c, "")
	})
	if err != nil {
		return v.discarding(ctx, err, owned)
	}
	// The pipeline before stays: runs name it.
	return v.own(ctx, owned, "CronWorkflow", changed.ObjectMeta)
}

// NoteProblem says on a recurring run why it cannot be renewed.
func (v *View) NoteProblem(ctx context.Context, r *RecurringRun, problem string) error {
	_, err := v.changeCron(ctx, r.ID, func(c *wfv1.CronWorkflow) { note(c, problem) })
	return err
}

// note writes a problem, or none, into the note of a CronWorkflow.
func note(c *wfv1.CronWorkflow, problem string) {
	var n recurringNote
	if json.Unmarshal([]byte(c.Annotations[recurringAnnotation]), &n) != nil {
		return // it was edited
	}
	n.Problem = problem
	if text, err := n.text(); err == nil {
		c.Annotations[recurringAnnotation] = text
	}
}

// pipelineAnnotations are those that tell of the pipeline, and so change with it.
func pipelineAnnotations() []string {
	return []string{PipelineAnnotation, VersionAnnotation, TextsAnnotation, MacrosAnnotation, contract.DigestAnnotation, SpecAnnotation, SpecFromAnnotation}
}

// changeCron changes a CronWorkflow, and does so again where another change has
// come before.
func (v *View) changeCron(ctx context.Context, id string, change func(*wfv1.CronWorkflow)) (changed *wfv1.CronWorkflow, err error) {
	err = clientretry.RetryOnConflict(clientretry.DefaultRetry, func() error {
		c, err := v.cron(ctx, id)
		if err != nil {
			return err
		}
		change(c)
		c.TypeMeta, changed = cronType(), &wfv1.CronWorkflow{}
		if err := v.update(ctx, cronWorkflows, c, changed); err != nil {
			return fmt.Errorf("changing the CronWorkflow: %w", err)
		}
		return nil
	})
	return changed, err
}
