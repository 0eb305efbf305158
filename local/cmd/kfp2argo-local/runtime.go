package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/local/cgroup"
	"github.com/kfp2argo/kfp2argo/local/container"
	"github.com/kfp2argo/kfp2argo/local/kubelet"
	"github.com/kfp2argo/kfp2argo/local/process"
	"github.com/kfp2argo/kfp2argo/local/sandbox"
)

// Ways to run programs, beside the command lines for containers.
const (
	processes = "process"
	automatic = "auto"
)

// choose returns what runs containers, and notes in the engine's options what it
// is.
func (o *options) choose(ctx context.Context, box *sandbox.Sandbox) (kubelet.Runtime, error) {
	ways := []string{o.runtime}
	if o.runtime == automatic {
		ways = append([]string{processes}, container.Commands...)
	}
	var troubles []error
	for _, way := range ways {
		r, err := o.open(ctx, way, box)
		if err == nil {
			o.engine.RuntimeName = way
			return r, nil
		}
		troubles = append(troubles, err)
	}
	return nil, errors.Join(troubles...)
}

// open returns a runtime that works here.
func (o *options) open(ctx context.Context, way string, box *sandbox.Sandbox) (kubelet.Runtime, error) {
	isOurs := func(image string) bool { return repository(image) == repository(o.image) }
	if way != processes {
		if !slices.Contains(container.Commands, way) {
			return nil, fmt.Errorf("there is no runtime %q: it is %s, %s or %s", way, processes, strings.Join(container.Commands, ", "), automatic)
		}
		r := &container.Runtime{Command: way, Owner: o.engine.Dir, Programs: podPrograms(o.programs), IsOurs: isOurs}
		if err := r.Check(ctx); err != nil {
			return nil, err
		}
		var err error
		if r.Enforces, err = r.Limits(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", way, err)
		}
		o.engine.Enforces = r.Enforces
		return r, nil
	}
	if err := box.Check(); err != nil {
		return nil, err
	}
	// Without groups there are no limits, which kfp2argo says to who asks for some.
	if groups, err := cgroup.Open(); err != nil {
		fmt.Fprintln(o.engine.Log, "kfp2argo-local: limits of CPU and memory are not enforced:", err)
	} else {
		box.Groups, o.engine.Enforces = groups, groups.Enforces
	}
	cache := filepath.Join(o.engine.Dir, "cache")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, err
	}
	return &process.Runtime{Sandbox: box, Programs: podPrograms(o.programs), IsOurs: isOurs, Cache: cache, Environ: os.Environ()}, nil
}
