package live

import (
	"cmp"
	"slices"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/runtime/runs"
)

// Found is a run that the cluster has, or only the store remembers.
type Found struct {
	runs.Summary
	// Workflow is nil for a run that the cluster has not.
	Workflow *wfv1.Workflow
	// Stored says that the store has the record of the whole run.
	Stored bool
}

// Merge puts together the runs of a cluster and those that a store remembers,
// newest first. What the cluster says of a run's state is newer.
func Merge(workflows []wfv1.Workflow, stored []runs.Summary) []Found {
	all := map[string]Found{}
	for _, s := range stored {
		all[s.UID] = Found{Summary: s, Stored: s.State != runs.Unknown}
	}
	for i := range workflows {
		w := &workflows[i]
		f := Found{Summary: Summarize(w), Workflow: w}
		if known, ok := all[f.UID]; ok && known.Stored {
			f.Summary, f.Stored = known.Summary, true
		}
		all[f.UID] = f
	}
	found := make([]Found, 0, len(all))
	for _, f := range all {
		found = append(found, f)
	}
	slices.SortFunc(found, func(a, b Found) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.UID, b.UID))
	})
	return found
}
