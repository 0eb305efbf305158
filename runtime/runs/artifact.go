package runs

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/kfp2argo/kfp2argo/runtime/place"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// inside reads the URI of an artifact. For one elsewhere than below the root the
// error is [store.ErrNotFound]: who can write it into a record may not be allowed
// to read what is there.
func (a *Archive) inside(artifact string) (store.URI, error) {
	uri, err := store.ParseURI(artifact)
	if err != nil {
		return uri, errors.Join(err, store.ErrNotFound)
	}
	if _, ok := place.Below(a.root.String(), uri.String()); !ok {
		return uri, fmt.Errorf("the artifact at %s: %w", uri, store.ErrNotFound)
	}
	return uri, nil
}

// ReadArtifact returns an artifact below the root that is one object of at most
// [store.MaxSmall] bytes.
func (a *Archive) ReadArtifact(ctx context.Context, artifact string) ([]byte, error) {
	uri, err := a.inside(artifact)
	if err != nil {
		return nil, err
	}
	return a.store.Read(ctx, uri)
}

// FetchArtifact writes an artifact below the root to the path local: one object
// as a file, a tree as a directory.
func (a *Archive) FetchArtifact(ctx context.Context, artifact, local string) error {
	uri, err := a.inside(artifact)
	if err != nil {
		return err
	}
	return a.store.Download(ctx, uri, local)
}

// ArtifactObjects yields the objects of an artifact that is a tree, and none for
// one that is a single object. It yields an error once, as the last.
func (a *Archive) ArtifactObjects(ctx context.Context, artifact string) iter.Seq2[store.Object, error] {
	uri, err := a.inside(artifact)
	if err != nil {
		return func(yield func(store.Object, error) bool) { yield(store.Object{}, err) }
	}
	return a.store.List(ctx, uri)
}
