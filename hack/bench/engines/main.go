// Engines measures how long pipelines take on this machine alone, by
// kfp2argo-local, and on a cluster that runs on the same machine: the same
// pipelines, by the same command, one engine after the other.
//
//	go run ./hack/bench/engines -o docs/benchmarks.md
//
// The cluster is that of KUBECONFIG, and its store that of the KFP2ARGO_S3_…
// variables. The result is a section of the page.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/kfp2argo/kfp2argo/hack/bench"
)

// options say what is measured, and with what.
type options struct {
	bin, hello, python, image string
	rounds, largest, cluster  int
	output                    string
}

func main() {
	o := options{image: os.Getenv("KFP2ARGO_IMAGE")}
	flag.StringVar(&o.bin, "bin", "bin", "the directory of kfp2argo and kfp2argo-local")
	flag.StringVar(&o.hello, "hello", "examples/hello.yaml", "the pipeline that is called hello")
	flag.StringVar(&o.python, "python", "hack/testimage", "what stands in for the packages that it installs, as in the cluster's image")
	flag.IntVar(&o.rounds, "rounds", 3, "how often each pipeline runs, but for those above 100 pods, which run once")
	flag.IntVar(&o.largest, "largest", 1000, "the largest loop")
	flag.IntVar(&o.cluster, "cluster", 100, "the largest loop that runs on the cluster; 0 uses no cluster")
	flag.StringVar(&o.output, "o", "", "the page to write the section into")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "engines:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) (err error) {
	dir, err := os.MkdirTemp("/var/tmp", "kfp2argo-engines-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if o.python, err = filepath.Abs(o.python); err != nil {
		return err
	}
	pipelines, err := o.pipelines(dir)
	if err != nil {
		return err
	}
	r := bench.Engines{
		Date: time.Now().UTC().Format(time.DateOnly), Machine: bench.Machine(), Rounds: o.rounds, OnCluster: o.cluster,
	}
	var starts []time.Duration
	for _, p := range pipelines {
		row, started, err := o.measure(ctx, dir, p)
		if err != nil {
			return fmt.Errorf("%s: %w", p.what, err)
		}
		r.Runs, starts = append(r.Runs, row), append(starts, started...)
		fmt.Fprintf(os.Stderr, "%s: %v here, %v on the cluster\n", row.What, row.Here.Wall, row.Cluster)
	}
	r.Start = bench.Median(starts)
	section, err := r.Text()
	if err != nil {
		return err
	}
	return bench.Write(section, o.output)
}

// measure runs a pipeline on each engine in turn. It returns how long the local
// one took to start, too.
func (o options) measure(ctx context.Context, dir string, p pipeline) (bench.EngineRun, []time.Duration, error) {
	rounds := o.rounds
	if p.pods > 100 {
		rounds = 1
	}
	var here []bench.Cost
	var starts, cluster []time.Duration
	for round := range rounds {
		cost, start, err := o.here(ctx, filepath.Join(dir, fmt.Sprintf("%s-%d", p.name, round)), p)
		if err != nil {
			return bench.EngineRun{}, nil, err
		}
		here, starts = append(here, cost), append(starts, start)
		if p.pods > o.cluster {
			continue
		}
		took, err := o.onCluster(ctx, p)
		if err != nil {
			return bench.EngineRun{}, nil, err
		}
		cluster = append(cluster, took)
	}
	row := bench.EngineRun{What: p.what, Pods: p.pods, Here: bench.Medians(here)}
	if len(cluster) > 0 {
		row.Cluster = bench.Median(cluster)
	}
	return row, starts, nil
}
