package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/local"
	"github.com/kfp2argo/kfp2argo/internal/argoserver"
	"github.com/kfp2argo/kfp2argo/translate"
)

// place says where runs are: on a cluster, or on this machine.
type place struct {
	live.Connection
	local bool
	dir   string
	gpus  int
	// runtime is how programs run on this machine; empty is as they do already,
	// or as processes.
	runtime string
	// engine is that of this machine, once it is connected to.
	engine *local.Engine
}

// add adds the flags that say which place is meant, but for the namespace.
func (p *place) add(set *pflag.FlagSet) {
	addCluster(set, &p.Connection)
	p.addLocal(set)
}

// addLocal adds the flags that say that this machine is meant.
func (p *place) addLocal(set *pflag.FlagSet) {
	set.BoolVar(&p.local, "local", false, "this machine is meant instead of a cluster; see docs/local.md")
	set.StringVar(&p.dir, "local-dir", "", "with --local, keep runs, artifacts and logs in `DIR` (default: in the user's state directory)")
}

// addMachine adds the flags for what this machine offers to pods.
func (p *place) addMachine(set *pflag.FlagSet) {
	set.StringVar(&p.runtime, "runtime", "", "with --local, run programs by `WAY`: process, which is the default, or the images by docker, podman or nerdctl; auto takes the first of them that works")
	set.IntVar(&p.gpus, "local-gpus", 0, "with --local, let pods request `N` accelerators of this machine")
}

// check refuses flags that contradict each other.
func (p *place) check() error {
	switch {
	case p.local && (p.Kubeconfig != "" || p.Context != ""):
		return usageError{errors.New("give either --local or a cluster, not both")}
	case !p.local && (p.dir != "" || p.gpus != 0 || p.runtime != ""):
		return usageError{errors.New("--local-dir, --local-gpus and --runtime are for --local")}
	case p.runtime != "" && !slices.Contains(local.Runtimes(), p.runtime):
		return usageError{fmt.Errorf("--runtime %s: it is one of %s", p.runtime, strings.Join(local.Runtimes(), ", "))}
	case p.gpus < 0:
		return usageError{errors.New("--local-gpus cannot be below 0")}
	}
	return nil
}

// connect opens the place. On this machine it starts what runs Workflows.
func (p *place) connect(ctx context.Context, s streams) (*live.Cluster, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if p.local {
		p.engine = &local.Engine{Dir: p.dir, GPUs: p.gpus, Runtime: p.runtime, Image: translate.DefaultImage(), Getenv: s.getenv, Say: s.err}
		kubeconfig, err := p.engine.Start(ctx)
		if err != nil {
			return nil, err
		}
		p.Kubeconfig = kubeconfig
	}
	cluster, err := live.Connect(p.Connection)
	if err != nil {
		return nil, err
	}
	cluster.Environment.Getenv = s.getenv
	if p.local {
		cluster.Environment.Claims = filepath.Join(filepath.Dir(p.Kubeconfig), claimsDir)
	}
	cluster.ArgoServer, err = p.argoServer(s)
	return cluster, err
}

// argoServer is the server of Argo's that the environment names, but for runs of
// this machine, which have none.
func (p *place) argoServer(s streams) (*argoserver.Server, error) {
	if p.local {
		return nil, nil
	}
	server, err := argoserver.FromEnvironment(s.getenv)
	if err != nil {
		return nil, usageError{err}
	}
	return server, nil
}

// runOrLatest returns the name of a run, for none that of the latest run, which
// it says.
func runOrLatest(ctx context.Context, s streams, c *live.Cluster, name string) (string, error) {
	if name != "" {
		return name, nil
	}
	name, err := c.Latest(ctx)
	if err == nil {
		fmt.Fprintf(s.err, "kfp2argo: the latest run is %s\n", name)
	}
	return name, err
}

// claimsDir holds what claims hold, below the directory of the engine.
const claimsDir = "claims"

// localNamespace is the default namespace of local runs.
const localNamespace = "local"

// artifacts returns the place of artifacts of local runs that have no other
// store.
func (p *place) artifacts(s streams) (string, error) {
	engine := local.Engine{Dir: p.dir, Getenv: s.getenv}
	dir, err := engine.Directory()
	return filepath.Join(dir, claimsDir, cmp.Or(p.Namespace, localNamespace), localClaim, localArtifacts), err
}
