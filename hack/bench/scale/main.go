// Scale measures large runs on a cluster: whether they end, how long they take
// against Workflows written by hand with the same pods, how large the Workflow
// becomes against what `explain` expects, and what Argo's controller uses for it.
//
//	go run ./hack/bench/scale -rows loop-500,dag-200 -o docs/benchmarks.md
//
// The cluster is that of KUBECONFIG, and its store that of the KFP2ARGO_S3_…
// variables. Each row is kept in a file when it has been measured, and is not
// measured again: so the program may be interrupted and called again.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/kfp2argo/kfp2argo/hack/bench"
)

// options say what is measured, and with what.
type options struct {
	rows, image, namespace, results, output string
	parallel, controller                    int
	again                                   bool
	patience                                time.Duration
}

// allRows are those of the page. The small ones come first: much is known when it
// is interrupted.
const allRows = "dag-200,runs-50x5,loop-500,hollow-loop-500,hollow-loop-1000,hollow-pipelines-20x10x5,hollow-loop-2000,hollow-nested-50x50,hollow-loop-5000"

func main() {
	o := options{image: os.Getenv("KFP2ARGO_IMAGE")}
	flag.StringVar(&o.rows, "rows", allRows, "what is measured: "+forms)
	flag.IntVar(&o.parallel, "parallel", 20, "how many pods run at once")
	flag.StringVar(&o.image, "image", o.image, "the image of driver and launcher; empty is the usual one")
	flag.StringVar(&o.namespace, "namespace", "kfp", "the namespace of the runs, as hack/cluster makes it")
	flag.IntVar(&o.controller, "controller", 0, "the process of Argo's controller on this machine; 0 does not measure it")
	flag.DurationVar(&o.patience, "patience", 10*time.Minute, "how long a Workflow may stay as it is before it is said to hang")
	flag.StringVar(&o.results, "results", "bin/bench-scale.json", "the file that keeps the rows")
	flag.BoolVar(&o.again, "again", false, "measure rows again that the file has")
	flag.StringVar(&o.output, "o", "", "the page to write the section into after each row; empty prints it at the end")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "scale:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	var rows []row
	for name := range strings.SplitSeq(o.rows, ",") {
		r, err := parseRow(name, o.parallel)
		if err != nil {
			return err
		}
		rows = append(rows, r)
	}
	known, err := readResults(o.results)
	if err != nil {
		return err
	}
	m, err := newMeasurer(ctx, o)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(rows, func(r row) bool { return r.hollow }) {
		remove, err := m.hollow.start(ctx)
		if err != nil {
			return err
		}
		defer func() {
			if err := remove(); err != nil {
				fmt.Fprintf(os.Stderr, "scale: removing the hollow node: %v\n", err)
			}
		}()
	}
	for _, r := range rows {
		if known.Has(r.name, m.argo) && !o.again {
			fmt.Fprintf(os.Stderr, "%s has been measured\n", r.name)
			continue
		}
		measured, err := m.row(ctx, r)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		known.Put(measured)
		if err := writeResults(o.results, known); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s: %s, %v and %v by hand\n", r.name, measured.Ends(), measured.Ours.Wall, measured.Hand.Wall)
		if o.output != "" {
			if err := write(o.output, known); err != nil {
				return err
			}
		}
	}
	return write(o.output, known)
}

// write puts the section into the page, or prints it.
func write(page string, known bench.Scale) error {
	section, err := known.Text()
	if err != nil {
		return err
	}
	return bench.Write(section, page)
}
