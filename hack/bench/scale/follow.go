package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/util/file"

	"github.com/kfp2argo/kfp2argo/hack/bench"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// pollTime is how often Workflows are read. Argo's own clock, by which runs are
// measured, counts seconds.
const pollTime = time.Second

// follower follows Workflows that run at once to their ends.
type follower struct {
	// pods is how many each must have had at its end.
	pods     int
	patience time.Duration
	now      func() time.Time

	measured       bench.ScaleRun
	created, ended time.Time
}

// follow reads Workflows until all have ended, or one hangs.
func (f *follower) follow(ctx context.Context, get func(context.Context, string) (*wfv1.Workflow, error), names []string) error {
	f.measured.Ended = bench.Succeeded
	version, changed := map[string]string{}, map[string]time.Time{}
	ticks := time.NewTicker(pollTime)
	defer ticks.Stop()
	for {
		var left []string
		for _, name := range names {
			w, err := get(ctx, name)
			if err != nil {
				return err
			}
			if err := f.see(w); err != nil {
				return err
			}
			if w.Status.Phase.Completed() {
				continue
			}
			if w.ResourceVersion != version[name] {
				version[name], changed[name] = w.ResourceVersion, f.now()
			} else if f.now().Sub(changed[name]) >= f.patience {
				f.measured.Ended = fmt.Sprintf("hangs: nothing has changed for %v", f.patience)
				return nil
			}
			left = append(left, name)
		}
		if names = left; len(names) == 0 {
			f.measured.Wall = f.ended.Sub(f.created)
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticks.C:
		}
	}
}

// see notes how a Workflow stands.
func (f *follower) see(w *wfv1.Workflow) error {
	n, err := size(w)
	if err != nil {
		return err
	}
	f.measured.Largest = max(f.measured.Largest, n)
	if created := w.CreationTimestamp.Time; f.created.IsZero() || created.Before(f.created) {
		f.created = created
	}
	if !w.Status.Phase.Completed() {
		return nil
	}
	if w.Status.FinishedAt.After(f.ended) {
		f.ended = w.Status.FinishedAt.Time
	}
	return f.end(w)
}

// end notes how a Workflow has ended, and its state.
func (f *follower) end(w *wfv1.Workflow) error {
	nodes, err := progress.Nodes(w)
	if err != nil {
		return err
	}
	pods, byID := 0, wfv1.Nodes{}
	for _, n := range nodes {
		byID[n.ID] = n
		if n.Type == wfv1.NodeTypePod {
			pods++
		}
	}
	alone := w.DeepCopy()
	alone.ManagedFields = nil
	final, err := size(alone)
	if err != nil {
		return err
	}
	f.measured.Final = max(f.measured.Final, final)
	text, err := json.Marshal(byID)
	if err != nil {
		return err
	}
	f.measured.Pods, f.measured.Nodes, f.measured.Compressed = pods, len(nodes), len(file.CompressEncodeString(string(text)))
	switch {
	case w.Status.Phase != wfv1.WorkflowSucceeded:
		f.measured.Ended = fmt.Sprintf("%s: %s", w.Status.Phase, w.Status.Message)
	case pods != f.pods:
		f.measured.Ended = fmt.Sprintf("%d pods of %d", pods, f.pods)
	}
	return nil
}
