package emit

import (
	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/plan"
)

// claim writes a template in which Argo itself creates or deletes a claim.
func claim(c *plan.Claim) wfv1.Template {
	t := wfv1.Template{Name: c.Name, Resource: &wfv1.ResourceTemplate{Action: "create", Manifest: c.Manifest}}
	if c.Action == pipeline.DeleteClaim {
		t.Resource.Action = "delete"
		// Argo would take a claim that is not there for deleted, and wait for
		// the pods that still use it.
		t.Resource.Flags = []string{"--ignore-not-found=false", "--wait=false"}
	}
	for _, name := range c.Inputs {
		t.Inputs.Parameters = append(t.Inputs.Parameters, wfv1.Parameter{Name: name})
	}
	for _, name := range c.Outputs {
		t.Outputs.Parameters = append(t.Outputs.Parameters, wfv1.Parameter{
			Name:      name,
			ValueFrom: &wfv1.ValueFrom{JSONPath: `"{.metadata.name}"`, Default: wfv1.AnyStringPtr("")},
		})
	}
	if c.Retry != nil {
		t.RetryStrategy = retryStrategy(c.Retry)
	}
	return t
}
