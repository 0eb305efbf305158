package registry

import (
	"bytes"
	"context"
	"errors"
	"io"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kfp2argo/kfp2argo/internal/emissary"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// Log returns what the program of an attempt wrote: out of its pod while that is
// there, and then out of the store, without the lines that Argo's emissary has
// written. With follow it goes on while the program does.
func (v *View) Log(ctx context.Context, d *Detail, of runs.Attempt, follow bool) (io.ReadCloser, error) {
	options := &corev1.PodLogOptions{Container: contract.ProgramContainer, Follow: follow}
	text, err := v.core.Pods(d.Namespace).GetLogs(of.Pod, options).Stream(ctx)
	switch {
	case err == nil:
		return emissary.Without(text), nil
	case !apierrors.IsNotFound(err):
		return nil, err
	}
	missing := &NotFoundError{"Log of pod", of.Pod}
	if v.registry.History == nil {
		return nil, missing
	}
	kept, err := v.registry.History.archive.ReadLog(ctx, d.identity(), of)
	if errors.Is(err, store.ErrNotFound) {
		err = missing
	}
	return io.NopCloser(bytes.NewReader(kept)), err
}
