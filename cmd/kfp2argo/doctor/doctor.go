// Package doctor looks whether a cluster has what translated pipelines need.
//
// It asks the API server, runs the smallest possible pipeline, translated with
// the same options as others will be, and has a Job look at the store from a pod
// of the same shape. Each thing becomes a [contract.Finding] with what to do.
package doctor

import (
	"context"
	"time"

	argo "github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned"
	"k8s.io/client-go/kubernetes"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate"
)

// Clients talk to one cluster.
type Clients struct {
	Kubernetes kubernetes.Interface
	Workflows  argo.Interface
}

// Options say what to look at.
type Options struct {
	// Trial is what is run.
	Trial *Trial
	// Translation is what it was translated with; its Namespace must be given.
	Translation translate.Options
	// Claims is for pipelines that create and delete claims.
	Claims bool
	// Timeout is how long a pod may take to end, and PickUp how long the
	// controller may take to see a Workflow.
	Timeout, PickUp time.Duration
	// Keep leaves what was run in the cluster.
	Keep bool
	// Report is called with each finding, in order.
	Report func(contract.Finding)
}

// Examine looks at a cluster and reports whether nothing has failed. What
// cannot work because of what was found before is not looked at.
func Examine(ctx context.Context, clients Clients, options Options) bool {
	e := &examiner{Options: options, Clients: clients, namespace: options.Translation.Namespace}
	if e.server(ctx) && e.rights(ctx) && e.definitions(ctx) && e.podSecurity(ctx) && e.serviceAccount(ctx) {
		e.runs(ctx)
	}
	return !e.failed
}

// examiner is an examination under way.
type examiner struct {
	Options
	Clients
	namespace string
	failed    bool
}

// runs runs the Job and the Workflow at the same time, and then looks what
// became of each.
func (e *examiner) runs(ctx context.Context) {
	workflow := e.startWorkflow(ctx)
	job := e.startJob(ctx)
	if workflow != nil {
		e.followWorkflow(ctx, workflow)
	}
	if job != nil {
		e.followJob(ctx, job)
	}
}

func (e *examiner) ok(check, found string) {
	e.Report(contract.Finding{Check: check, Status: contract.StatusOK, Found: found})
}

func (e *examiner) warn(check, found, advice string) {
	e.Report(contract.Finding{Check: check, Status: contract.StatusWarning, Found: found, Advice: advice})
}

func (e *examiner) fail(check, found, advice string) {
	e.failed = true
	e.Report(contract.Finding{Check: check, Status: contract.StatusFailure, Found: found, Advice: advice})
}
