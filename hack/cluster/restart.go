package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/hack/cluster/process"
)

// restart kills a part of the cluster, starts it again as it was and waits until
// it serves.
func (c *cluster) restart(ctx context.Context, name string) error {
	made, err := c.readSecrets()
	if err != nil {
		return err
	}
	all := slices.Concat(c.parts(programs{}, made)...)
	i := slices.IndexFunc(all, func(p part) bool { return p.Name == name })
	if i < 0 {
		return fmt.Errorf("the cluster has no part %s; status lists them", name)
	}
	p := all[i]
	if p.Program, err = c.running(name); err != nil {
		return err
	}
	if err := c.table().Kill(ctx, name); err != nil {
		return err
	}
	return c.startGroup(ctx, []part{p})
}

// running says how a program was started that runs.
func (c *cluster) running(name string) (process.Program, error) {
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
