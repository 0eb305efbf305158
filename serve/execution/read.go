package execution

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// Read returns a run by its ID, or by the name of its Workflow.
func Read(ctx context.Context, view *registry.View, id string) (*Run, error) {
	d, err := view.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	tasks, err := view.Filled(ctx, d)
	if err != nil {
		return nil, err
	}
	return Of(d, tasks), nil
}

// ByNumbers returns the runs with some [RunNumber]s, in their order: for each none
// or one, and very rarely more.
func ByNumbers(ctx context.Context, view *registry.View, numbers []uint32) ([]*Run, error) {
	if len(numbers) == 0 {
		return nil, nil
	}
	place := map[uint32]int{}
	for i, number := range slices.Backward(numbers) {
		place[number] = i
	}
	found, err := view.RunsWhere(ctx, func(r *registry.Run) bool {
		_, ok := place[RunNumber(r.ID)]
		return ok
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b *registry.Run) int {
		return cmp.Compare(place[RunNumber(a.ID)], place[RunNumber(b.ID)])
	})
	return readAll(ctx, view, found)
}

// MaxNewest is how many runs a list of artifacts or tasks is of.
const MaxNewest = 100

// Newest returns the newest runs of the namespaces that the caller may see, or of
// one, the newest first: at most [MaxNewest].
func Newest(ctx context.Context, view *registry.View, namespace string) ([]*Run, error) {
	found, err := view.RunsWhere(ctx, func(r *registry.Run) bool { return namespace == "" || r.Namespace == namespace })
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b *registry.Run) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
	})
	return readAll(ctx, view, found[:min(len(found), MaxNewest)])
}

// maxReads is how many runs are read at once.
const maxReads = 8

// readAll reads runs, in their order, without those that are gone meanwhile.
func readAll(ctx context.Context, view *registry.View, runs []*registry.Run) ([]*Run, error) {
	read := make([]*Run, len(runs))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxReads)
	for i, r := range runs {
		group.Go(func() error {
			one, err := Read(ctx, view, r.ID)
			var missing *registry.NotFoundError
			if errors.As(err, &missing) {
				return nil
			}
			read[i] = one
			return err
		})
	}
	err := group.Wait()
	return slices.DeleteFunc(read, func(r *Run) bool { return r == nil }), err
}
