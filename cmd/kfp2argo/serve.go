package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/local"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/serve"
	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/serve/posted"
)

const longServe = `Serve serves KFP's REST API, v2beta1, on a cluster that has only Argo:
kfp.Client works with it as with Kubeflow Pipelines, and each run is a Workflow.
It has no state of its own; experiments, pipelines and recurring runs are in the
cluster. With --local it needs no cluster: runs are processes of this machine.

Without authentication it serves one namespace with its own rights, and listens
on this machine only. With --auth token each caller acts with its own bearer
token; with --auth header it acts as the user that a gateway names.

See docs/server.md.`

const exampleServe = `  # On a laptop, with the cluster and the namespace of kubectl
  kfp2argo serve --pipeline-root s3://bucket/pipelines

  # Without a cluster, on this machine
  kfp2argo serve --local

  # In a cluster, for two teams
  kfp2argo serve --auth token --listen :8888 -n team-a -n team-b`

// serveFlags are the flags of serve.
type serveFlags struct {
	flags
	translation *pflag.FlagSet
	place       place
	given       givenFlags
	listen      string
	namespaces  []string
	auth        string
	userHeader  string
	hosts       []string
	origins     []string
	store       string
	base        string
}

// The ways to keep pipelines.
const (
	storeConfigMaps = "configmaps"
	storeKubernetes = "kubernetes"
)

// basePath is what --base-path takes: no slash follows another, for that would
// lead to another host.
var basePath = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)+$`)

// servedFlags are those of the translation that hold for all runs.
func servedFlags() []string {
	return []string{
		"pipeline-root", "store-secret", "store-config", "store-volume", "service-account", "image", "launcher-path", "patch",
		"no-cache", "cache-max-age", "cache-check", "log-limit", "inline-limit", "pod-security", "user", "service-account-token", "env", "ca-bundle",
		"driver-requests", "driver-limits", "max-size",
	}
}

func newServeCommand(s streams) *cobra.Command {
	var f serveFlags
	command := &cobra.Command{
		Use:     "serve [flags]",
		Short:   "Serve KFP's REST API over Argo",
		Long:    longServe,
		Example: exampleServe,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			return f.run(ctx, s)
		},
	}
	f.add(command.Flags())
	return command
}

func (f *serveFlags) add(set *pflag.FlagSet) {
	set.SortFlags = false
	set.StringVar(&f.listen, "listen", "localhost:8888", "listen at `ADDRESS`; :8888 is all addresses of this machine")
	set.StringArrayVarP(&f.namespaces, "namespace", "n", nil, "serve `NAMESPACE` (repeatable with --auth; default: that of the context)")
	set.StringVar(&f.auth, "auth", string(access.None), "tell callers apart by `MODE`: none, token or header")
	set.StringVar(&f.userHeader, "user-header", access.UserHeader, "take the user from `HEADER`, with --auth header")
	set.StringArrayVar(&f.hosts, "allowed-host", nil, "answer requests to the host `NAME`, too, without --auth (repeatable)")
	set.StringArrayVar(&f.origins, "allowed-origin", nil, "let pages of `ORIGIN`, such as https://ui.example.com, change something (repeatable)")
	set.StringVar(&f.base, "base-path", "", "write links of pages for a proxy that has the server below `PATH`, such as /pipeline")
	set.StringVar(&f.store, "pipeline-store", storeConfigMaps, "keep pipelines that are uploaded as `KIND`: configmaps, or kubernetes for KFP's own objects")
	f.place.add(set)
	f.place.addMachine(set)
	f.given.add(set)
	f.translation = pflag.NewFlagSet("", pflag.ContinueOnError)
	f.addChoices(f.translation)
	for _, name := range servedFlags() {
		set.AddFlag(f.translation.Lookup(name))
	}
}

func (f *serveFlags) run(ctx context.Context, s streams) error {
	log := slog.New(slog.NewJSONHandler(s.err, nil))
	site, err := f.start(ctx, s, log)
	if err != nil {
		return err
	}
	log.Info("serving", "address", site.listener.Addr().String(), "namespaces", strings.Join(f.namespaces, ","), "auth", f.auth)
	fmt.Fprintln(s.out, site.address())
	return site.run(ctx)
}

// site is a server that listens.
type site struct {
	server   *serve.Server
	listener net.Listener
	// engine is the address of the engine of this machine, or empty.
	engine string
}

// start completes the flags and makes the server, which listens then.
func (f *serveFlags) start(ctx context.Context, s streams, log *slog.Logger) (*site, error) {
	if !slices.Contains(access.Modes(), access.Mode(f.auth)) {
		return nil, usageError{fmt.Errorf("--auth is %q; it can be none, token or header", f.auth)}
	}
	if f.base != "" && !basePath.MatchString(f.base) {
		return nil, usageError{fmt.Errorf("--base-path is %q; it begins with a slash and does not end with one, such as /pipeline", f.base)}
	}
	if f.store != storeConfigMaps && f.store != storeKubernetes {
		return nil, usageError{fmt.Errorf("--pipeline-store is %q; it can be configmaps or kubernetes", f.store)}
	}
	if err := errors.Join(f.complete(f.translation), f.readOthers(s, "")); err != nil {
		return nil, err
	}
	return f.site(ctx, s, log)
}

// site makes the server of flags that are complete.
func (f *serveFlags) site(ctx context.Context, s streams, log *slog.Logger) (*site, error) {
	cluster, environment, err := f.cluster(ctx, s)
	if err != nil {
		return nil, err
	}
	records, err := f.records(s, environment)
	if err != nil {
		return nil, err
	}
	argo, err := f.place.argoServer(s)
	if err != nil {
		return nil, err
	}
	server, err := serve.New(serve.Config{
		Cluster: cluster, Namespaces: f.namespaces, Auth: access.Mode(f.auth), UserHeader: f.userHeader,
		AllowedHosts: f.hosts, AllowedOrigins: f.origins, Base: f.base, PipelineObjects: f.store == storeKubernetes, Options: f.options, Records: records, Complete: argo.Complete, Log: log,
	})
	if err != nil {
		return nil, usageError{err}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.listen)
	if err != nil {
		return nil, err
	}
	started := &site{server: server, listener: listener}
	if f.place.local {
		started.engine = cluster.Host
	}
	return started, nil
}

func (s *site) address() string { return "http://" + s.listener.Addr().String() }

// run serves until the context ends, or the engine of this machine does.
func (s *site) run(ctx context.Context) error {
	if s.engine == "" {
		return s.server.Run(ctx, s.listener)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return local.Gone(ctx, s.engine) })
	work.Go(func() error {
		defer stop()
		return s.server.Run(ctx, s.listener)
	})
	return work.Wait()
}

// records are below the pipeline root that the server has, seen with the
// credentials of its environment, or of this machine. A root that only pods see
// has none here.
func (f *serveFlags) records(s streams, environment live.Environment) (*serve.Records, error) {
	root := f.options.Store.Root
	if f.place.local && f.options.Store.Volume.Claim == localClaim {
		dir, err := f.place.artifacts(s)
		if err != nil {
			return nil, err
		}
		root = "file://" + filepath.ToSlash(dir)
	}
	if root == "" {
		return nil, nil
	}
	opened, err := store.Open(root, s.getenv)
	if err != nil {
		return nil, fmt.Errorf("the pipeline root: %w", err)
	}
	return &serve.Records{
		Archive: runs.In(opened),
		Keep: func(ctx context.Context, w *wfv1.Workflow, pipeline []byte) (runs.Summary, error) {
			return keepServed(ctx, live.OpenStore(w, environment), w, pipeline)
		},
	}, nil
}

// keepServed records a run that has ended, with its pipeline. A run whose store
// cannot be seen from here has no record.
func keepServed(ctx context.Context, from *live.Store, w *wfv1.Workflow, pipeline []byte) (runs.Summary, error) {
	r, err := from.Keep(ctx, w)
	var unreachable *live.UnreachableError
	switch {
	case errors.Is(err, live.ErrNoRoot), errors.As(err, &unreachable):
		return runs.Summary{}, nil
	case err != nil || len(pipeline) == 0:
		return runs.Summary{}, err
	}
	archive, err := from.Archive()
	if err != nil {
		return runs.Summary{}, err
	}
	text, err := posted.JSON(pipeline)
	if err != nil {
		return r.Summary, err
	}
	_, err = archive.WritePipeline(ctx, r.Pipeline, text)
	return r.Summary, err
}

// cluster finds the cluster, the namespace where none is given, and what can be
// seen of the stores of runs. On this machine it starts what runs Workflows.
func (f *serveFlags) cluster(ctx context.Context, s streams) (*rest.Config, live.Environment, error) {
	environment := live.Environment{Getenv: s.getenv}
	if err := errors.Join(f.place.check(), f.given.check(f.place.local)); err != nil {
		return nil, environment, err
	}
	if f.place.local {
		var err error
		if environment, err = f.here(ctx, s); err != nil {
			return nil, environment, err
		}
	}
	config, namespace, err := f.place.Load()
	if clientcmd.IsEmptyConfig(err) {
		return nil, environment, live.ErrNoCluster
	}
	if err != nil {
		return nil, environment, fmt.Errorf("finding the cluster: %w", err)
	}
	if len(f.namespaces) == 0 {
		f.namespaces = []string{namespace}
	}
	return config, environment, nil
}

// here starts what runs Workflows on this machine. There are no users and no
// rights there.
func (f *serveFlags) here(ctx context.Context, s streams) (live.Environment, error) {
	if access.Mode(f.auth) != access.None {
		return live.Environment{}, usageError{errors.New("--auth has no meaning with --local: this machine has no users that could be asked about")}
	}
	if f.store == storeKubernetes {
		return live.Environment{}, usageError{errors.New("--pipeline-store has no meaning with --local: this machine has no resource definitions of KFP's")}
	}
	if err := stayHere(&f.options); err != nil {
		return live.Environment{}, err
	}
	if len(f.namespaces) == 0 {
		f.namespaces = []string{localNamespace}
	}
	f.place.Namespace = f.namespaces[0]
	cluster, err := f.place.connect(ctx, s)
	if err != nil {
		return live.Environment{}, err
	}
	return cluster.Environment, f.given.put(ctx, cluster)
}
