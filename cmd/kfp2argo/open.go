package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os/exec"
	"os/signal"
	"syscall"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/cli/browser"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/translate"
)

const longOpen = `Open shows a run in a browser, without RUN the latest of the namespace. A run
whose Workflow is gone is named by its ID.

With --server it is on the pages of that kfp2argo serve. Otherwise open serves
pages of its own, on this machine only, until Ctrl-C.

The browser is what BROWSER says, or that of the system.`

const exampleOpen = `  # The latest run of the namespace of kubectl
  kfp2argo open

  # A run of this machine
  kfp2argo open --local shell-4hc2l

  # On the team's server
  kfp2argo open training-x7k2p --server https://pipelines.example.com`

// openFlags are the flags of open.
type openFlags struct {
	serving   serveFlags
	server    string
	noBrowser bool
}

// shownFlags are those of serve that say which runs there are.
func shownFlags() []string {
	return []string{"kubeconfig", "context", "local", "local-dir", "pipeline-root", "store-secret", "store-config", "store-volume"}
}

func newOpenCommand(s streams) *cobra.Command {
	var f openFlags
	var connection live.Connection
	command := &cobra.Command{
		Use:     "open [flags] [RUN]",
		Short:   "Show a run in a browser",
		Long:    longOpen,
		Example: exampleOpen,
		Args:    oneRun,
		RunE: func(c *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM)
			defer stop()
			if connection.Namespace != "" {
				f.serving.namespaces = []string{connection.Namespace}
			}
			return f.run(ctx, s, first(args))
		},
	}
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.serving.add(all)
	set := command.Flags()
	set.SortFlags = false
	set.StringVar(&f.server, "server", "", "show the run on the kfp2argo serve at `URL`")
	set.BoolVar(&f.noBrowser, "no-browser", false, "only print the address")
	addNamespace(set, &connection)
	for _, name := range shownFlags() {
		set.AddFlag(all.Lookup(name))
	}
	return command
}

func (f *openFlags) run(ctx context.Context, s streams, run string) error {
	if f.server != "" {
		return f.onServer(ctx, s, run)
	}
	f.serving.listen = ownPages
	site, err := f.serving.start(ctx, s, quiet(s))
	if err != nil {
		return err
	}
	defer site.listener.Close() // the server closes it, too, once it runs
	f.serving.place.Namespace = f.serving.namespaces[0]
	cluster, err := live.Connect(f.serving.place.Connection)
	if err != nil {
		return err
	}
	page, err := pageOf(ctx, s, cluster, site.address(), run)
	if err != nil {
		return err
	}
	work, ctx := errgroup.WithContext(ctx)
	work.Go(func() error { return site.run(ctx) })
	work.Go(func() error { return showPage(ctx, s, page, f.noBrowser) })
	return work.Wait()
}

// ownPages is where pages are served that only their user is to see.
const ownPages = "localhost:0"

// quiet logs what is wrong, and not each request.
func quiet(s streams) *slog.Logger {
	return slog.New(slog.NewJSONHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// checkOpen refuses flags of run that contradict each other.
func (f *runFlags) checkOpen() error {
	switch {
	case f.open && f.detach:
		return usageError{errors.New("--open shows the run while it is watched: leave out --detach, or see 'kfp2argo open'")}
	case f.open && f.server != "":
		return checkServer(f.server)
	}
	return nil
}

// openBeside shows a run in a browser, too, while it is shown. Pages of its own it
// serves on after the end, until Ctrl-C.
func (f *runFlags) openBeside(ctx context.Context, s streams, created *wfv1.Workflow, show func() error) error {
	onPage := s
	onPage.out = s.err // where the progress is, there may be JSON
	if f.server != "" {
		page, err := url.JoinPath(f.server, "runs", string(created.UID))
		return errors.Join(err, showPage(ctx, onPage, page, false), show())
	}
	at := f.connection
	if at.local {
		at.Kubeconfig = "" // that of the engine, which is found again
	}
	serving := serveFlags{place: at, listen: ownPages, auth: string(access.None), namespaces: []string{created.Namespace}}
	serving.options = translate.Options{Namespace: created.Namespace, Store: f.options.Store, Cache: f.options.Cache, Pods: f.options.Pods}
	site, err := serving.site(ctx, s, quiet(s))
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- site.run(ctx) }()
	shown := errors.Join(showPage(ctx, onPage, site.address()+"/runs/"+string(created.UID), false), show())
	interrupted, done := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer done()
	fmt.Fprintln(s.err, "kfp2argo: the pages are there until Ctrl-C")
	select {
	case <-interrupted.Done():
		stop()
		return errors.Join(shown, <-served)
	case err := <-served:
		stop()
		return errors.Join(shown, err)
	}
}

// onServer shows a run on a server that serves already.
func (f *openFlags) onServer(ctx context.Context, s streams, run string) error {
	if err := checkServer(f.server); err != nil {
		return err
	}
	f.serving.place.Namespace = first(f.serving.namespaces)
	cluster, err := f.serving.place.connect(ctx, s)
	if err != nil {
		return err
	}
	page, err := pageOf(ctx, s, cluster, f.server, run)
	if err != nil {
		return err
	}
	return showPage(ctx, s, page, f.noBrowser)
}

func checkServer(address string) error {
	if server, err := url.Parse(address); err != nil || server.Scheme != "http" && server.Scheme != "https" || server.Host == "" {
		return usageError{fmt.Errorf("--server is %q; it is an address such as https://pipelines.example.com", address)}
	}
	return nil
}

// pageOf is the address of the page of a run. Of a run that the cluster does not
// have, the name is taken for its ID.
func pageOf(ctx context.Context, s streams, c *live.Cluster, server, run string) (string, error) {
	run, err := runOrLatest(ctx, s, c, run)
	if err != nil {
		return "", err
	}
	id := run
	switch w, err := c.Get(ctx, run); {
	case err == nil:
		id = string(w.UID)
	case !apierrors.IsNotFound(err):
		return "", err
	}
	return url.JoinPath(server, "runs", id)
}

// showPage prints the address of a page, and has the browser show it. Without a
// browser the address is enough.
func showPage(ctx context.Context, s streams, page string, noBrowser bool) error {
	fmt.Fprintln(s.out, page)
	if noBrowser {
		return nil
	}
	if err := browse(ctx, s, page); err != nil {
		fmt.Fprintf(s.err, "kfp2argo: no browser can be started: %v\n", err)
	}
	return nil
}

// browse has the user's browser show a page.
func browse(ctx context.Context, s streams, page string) error {
	if program := s.getenv("BROWSER"); program != "" {
		return exec.CommandContext(context.WithoutCancel(ctx), program, page).Start()
	}
	err := browser.OpenURL(page)
	if errors.Is(err, exec.ErrNotFound) {
		return errors.New("this machine has none")
	}
	return err
}
