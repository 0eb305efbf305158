// Load measures kfp2argo serve with many runs in a cluster: how long it takes to
// list, filter, get and create, from a cold start and warm, with clients that wait
// for runs at the same time, and how much memory it takes. It makes a namespace
// with finished Workflows, which Argo's controller leaves alone, and removes it.
//
//	go run ./hack/bench/load --runs 10000
//
// The cluster is that of KUBECONFIG. The result is a section of docs/benchmarks.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/kfp2argo/kfp2argo/hack/bench"
)

// options say how much is measured.
type options struct {
	program, output      string
	runs, clients, calls int
}

func main() {
	var o options
	flag.StringVar(&o.program, "program", "bin/kfp2argo", "the server's program")
	flag.IntVar(&o.runs, "runs", 10_000, "how many runs there are")
	flag.IntVar(&o.clients, "clients", 200, "how many clients wait for runs")
	flag.IntVar(&o.calls, "calls", 200, "how often each call is made")
	flag.StringVar(&o.output, "o", "", "the page to write the section into")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	c, err := openCluster(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.remove(context.WithoutCancel(ctx))) }()
	if err := c.fill(ctx, o.runs); err != nil {
		return err
	}
	cold, err := startServer(ctx, o.program, c.namespace)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cold.stop()) }()
	measured, err := report(ctx, cold, o)
	if err != nil {
		return err
	}
	section, err := measured.Text()
	if err != nil {
		return err
	}
	return bench.Write(section, o.output)
}
