package lineage

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/runtime/place"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// Cache lists the entries of the cache, in the order of the store.
func (a *Archive) Cache(ctx context.Context) ([]Place, error) {
	if a.pipeline != "" {
		below, err := a.root.Join(place.Cache(a.pipeline)...)
		if err != nil {
			return nil, err
		}
		return a.list(ctx, []store.URI{below}, Place.inCache)
	}
	directories, err := a.directories(ctx, place.Folder.MayHaveCache)
	if err != nil {
		return nil, err
	}
	return a.list(ctx, directories, Place.inCache)
}

// Records lists the records of the tasks of all runs, in the order of the
// store.
func (a *Archive) Records(ctx context.Context) ([]Place, error) {
	directories, err := a.directories(ctx, place.Folder.MayHaveRecords)
	if err != nil {
		return nil, err
	}
	return a.list(ctx, directories, Place.ofRun)
}

// recordsOf lists the records among which those of a run are, by its name or UID.
// The directory of a run has its UID; names are in the records only.
func (a *Archive) recordsOf(ctx context.Context, run string) ([]Place, error) {
	if !place.IsUID(run) {
		return a.Records(ctx)
	}
	directories, err := a.directories(ctx, func(f place.Folder) bool { return f.MayHaveRecords() && f.MayBeOf(run) })
	if err != nil {
		return nil, err
	}
	return a.list(ctx, directories, Place.ofRun)
}

func (p Place) inCache() bool { return p.Key != "" }
func (p Place) ofRun() bool   { return p.Attempt != "" }

// directories returns the directories in which there may be what is wanted. It
// lists directories only: what tasks have left is not looked at, however much it
// is.
func (a *Archive) directories(ctx context.Context, wanted func(place.Folder) bool) ([]store.URI, error) {
	pipelines := []string{a.pipeline}
	if a.pipeline == "" {
		var err error
		if pipelines, err = a.folders(ctx); err != nil {
			return nil, err
		}
	}
	found := make([][]store.URI, len(pipelines))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxAtOnce)
	for i, pipeline := range pipelines {
		group.Go(func() error {
			names, err := a.folders(ctx, pipeline)
			if err != nil {
				return err
			}
			for _, name := range names {
				f := place.FolderOf(pipeline, name)
				if !wanted(f) {
					continue
				}
				uri, err := a.root.Join(f.Path()...)
				if err != nil {
					return err
				}
				found[i] = append(found[i], uri)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}

// folders lists the directories right below one of the root.
func (a *Archive) folders(ctx context.Context, directory ...string) ([]string, error) {
	uri := a.root
	if len(directory) > 0 {
		var err error
		if uri, err = a.root.Join(directory...); err != nil {
			return nil, err
		}
	}
	var names []string
	for name, err := range a.store.Folders(ctx, uri) {
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// list lists the places in directories that are wanted, several directories at
// the same time.
func (a *Archive) list(ctx context.Context, directories []store.URI, wanted func(Place) bool) ([]Place, error) {
	found := make([][]Place, len(directories))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxAtOnce)
	for i, directory := range directories {
		group.Go(func() error {
			for object, err := range a.store.List(ctx, directory) {
				if err != nil {
					return err
				}
				if p, ok := a.place(object.URI); ok && wanted(p) {
					found[i] = append(found[i], p)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}
