package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/hack/cluster/process"
)

// node is what restart calls the node, which is several parts.
const node = "node"

// restart kills a part of the cluster, starts it again as it was and waits until
// it serves. The node is killed with all its containers, as one that loses its
// power: what is on its disk stays.
func (c *cluster) restart(ctx context.Context, name string) error {
	names := []string{name}
	if name == node {
		names = []string{"containerd", "kubelet"}
	}
	var parts []part
	for _, name := range names {
		p, err := c.running(name)
		if err != nil {
			return err
		}
		parts = append(parts, p)
	}
	for _, p := range slices.Backward(parts) {
		if err := c.table().Kill(ctx, p.Name); err != nil {
			return err
		}
	}
	if name == node {
		if err := errors.Join(killCgroup(ctx, cgroup), killCgroup(ctx, runtimeCgroup)); err != nil {
			return err
		}
	}
	for _, p := range parts {
		if err := c.startAgain(ctx, p); err != nil {
			return err
		}
	}
	return c.trackRuntime()
}

// startAgain starts a part again as often as it ends by itself, as systemd would: the
// kubelet ends when containerd has not yet found what it had.
func (c *cluster) startAgain(ctx context.Context, p part) error {
	var err error
	for range 10 {
		err = c.startGroup(ctx, []part{p})
		if _, runs := c.table().Find(p.Name); err == nil || runs {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	return err
}

// running finds a part that runs, with the program as it was started.
func (c *cluster) running(name string) (part, error) {
	made, err := c.readSecrets()
	if err != nil {
		return part{}, err
	}
	all := slices.Concat(c.parts(programs{}, made)...)
	i := slices.IndexFunc(all, func(p part) bool { return p.Name == name })
	if i < 0 {
		return part{}, fmt.Errorf("the cluster has no part %s; status lists them", name)
	}
	p := all[i]
	p.Program, err = c.program(name)
	return p, err
}

// program says how a program was started that runs.
func (c *cluster) program(name string) (process.Program, error) {
	pid, ok := c.table().Find(name)
	if !ok {
		return process.Program{}, fmt.Errorf("%s is not up", name)
	}
	args, err := readList(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return process.Program{}, err
	}
	if name == postgresPart {
		args = asPostgres(args...) // it has become the program that it began
	}
	env, err := readList(fmt.Sprintf("/proc/%d/environ", pid))
	return process.Program{Name: name, Args: args, Env: env}, err
}

// readList reads texts that each end with a NUL.
func readList(file string) ([]string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(string(data), "\x00"), "\x00"), nil
}
