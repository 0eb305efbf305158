package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

const longRuns = `Runs lists runs, the newest first: those that the cluster still has, and with
--pipeline-root also those that only the store remembers. Without a cluster it
lists the latter alone.

The record of a run is written by who sees its end: kfp2argo run and watch, and
kfp2argo serve. With --record this command does so, for all runs of the cluster
that have ended and have no record. A run whose end nobody saw has the state
Unknown once the cluster has forgotten it.`

const exampleRuns = `  # The last runs of a namespace
  kfp2argo runs -n team-a

  # Those of the store too, as JSON
  kfp2argo runs -n team-a -o json \
    --pipeline-root 's3://bucket/pipelines?region=eu-west-1'

  # Record what has ended, as a job that comes again would
  kfp2argo runs -n team-a --record`

type runsFlags struct {
	connection     place
	root, pipeline string
	limit          int
	format         string
	record         bool
}

func newRunsCommand(s streams) *cobra.Command {
	var f runsFlags
	command := &cobra.Command{
		Use:     "runs [flags]",
		Short:   "List runs, also those that only the store still has",
		Long:    longRuns,
		Example: exampleRuns,
		Args:    exactly(0, "no arguments"),
		RunE:    func(c *cobra.Command, _ []string) error { return f.run(c.Context(), s) },
	}
	set := command.Flags()
	set.SortFlags = false
	set.StringVar(&f.root, rootFlag, "", "list the runs that are recorded under `URI` too")
	set.StringVar(&f.pipeline, "pipeline", "", "list runs of the pipeline `NAME` only")
	set.IntVar(&f.limit, "limit", 50, "list `N` runs at most; 0 is for all")
	set.StringVarP(&f.format, "output", "o", "table", "print as `FORMAT`: table, wide or json")
	set.BoolVar(&f.record, "record", false, "record those runs of the cluster that have ended in their stores, where they are not")
	f.connection.add(set)
	set.StringVarP(&f.connection.Namespace, "namespace", "n", "", "list the runs of `NAMESPACE` (default: that of the context)")
	return command
}

func (f runsFlags) run(ctx context.Context, s streams) error {
	if f.limit < 0 {
		return usageError{fmt.Errorf("--limit is %d; it can be 0 and more", f.limit)}
	}
	if err := requireFormat(f.format, "table", "wide", "json"); err != nil {
		return err
	}
	found, err := f.find(ctx, s)
	if found == nil && err != nil {
		return err
	}
	return errors.Join(f.print(s, found), err)
}

// find returns the runs that are to be listed. With an error they may not be
// all.
func (f runsFlags) find(ctx context.Context, s streams) ([]live.Found, error) {
	cluster, err := f.connection.connect(ctx, s)
	if err != nil && (!errors.Is(err, live.ErrNoCluster) || f.root == "" || f.record) {
		return nil, err
	}
	stored, err := f.stored(ctx, s)
	if err != nil {
		return nil, err
	}
	if cluster == nil {
		return f.chosen(live.Merge(nil, stored)), nil
	}
	workflows, err := cluster.List(ctx)
	if err != nil {
		return nil, err
	}
	found := f.chosen(live.Merge(workflows, stored))
	if !f.record {
		return found, nil
	}
	kept, err := keepAll(ctx, cluster, found)
	for i, r := range found {
		if summary, ok := kept[r.UID]; ok {
			found[i].Summary, found[i].Stored = summary, true
		}
	}
	return found, err
}

// stored returns the last runs that the store remembers. An entry of its index
// that cannot be read is named and passed over.
func (f runsFlags) stored(ctx context.Context, s streams) ([]runs.Summary, error) {
	if f.root == "" {
		return nil, nil
	}
	opened, err := store.Open(f.root, s.getenv)
	if err != nil {
		return nil, err
	}
	var all []runs.Summary
	for summary, err := range runs.In(opened).List(ctx) {
		switch {
		case err != nil && summary.UID == "":
			return nil, err
		case err != nil:
			fmt.Fprintf(s.err, "kfp2argo: passed over: %v\n", err)
			continue
		case f.pipeline == "" || f.pipeline == summary.Pipeline:
			all = append(all, summary)
		}
		if f.limit > 0 && len(all) == f.limit {
			break
		}
	}
	return all, nil
}

// chosen drops what the flags leave out.
func (f runsFlags) chosen(found []live.Found) []live.Found {
	found = slices.DeleteFunc(found, func(r live.Found) bool { return f.pipeline != "" && r.Pipeline != f.pipeline })
	if f.limit > 0 && len(found) > f.limit {
		found = found[:f.limit]
	}
	return found
}

// runItem is a run as JSON.
type runItem struct {
	runs.Summary
	// Cluster says that the cluster has the run, Stored that the store has the
	// record of it.
	Cluster bool `json:"cluster"`
	Stored  bool `json:"stored"`
}

func (f runsFlags) print(s streams, found []live.Found) error {
	if f.format == "json" {
		items := []runItem{}
		for _, r := range found {
			items = append(items, runItem{r.Summary, r.Workflow != nil, r.Stored})
		}
		return writeJSON(s.out, items)
	}
	head := []string{"RUN", "PIPELINE", "STATE", "AGE", "TOOK", "KEPT", "METRICS"}
	if f.format == "wide" {
		head = append(head, "NAMESPACE", "UID", "CREATED", "VERSION")
	}
	rows := [][]string{head}
	for _, r := range found {
		duration := ""
		if !r.Started.IsZero() && r.State != runs.Unknown {
			duration = took(r.Started, r.Started.Add(r.Duration(s.now())))
		}
		row := []string{r.Name, r.Pipeline, string(r.State), age(s.now(), r.Created), duration, kept(r), metricsText(r.Metrics)}
		if f.format == "wide" {
			row = append(row, r.Namespace, r.UID, stamp(r.Created), r.Digest)
		}
		rows = append(rows, row)
	}
	return writeTable(s.out, rows)
}

// kept says where a run is.
func kept(r live.Found) string {
	switch {
	case r.Workflow == nil:
		return "store"
	case r.Stored:
		return "both"
	}
	return "cluster"
}

// metricsText shows the first metrics of a run.
func metricsText(metrics []runs.Metric) string {
	const most = 3
	var texts []string
	for _, m := range metrics[:min(len(metrics), most)] {
		texts = append(texts, m.Name+"="+strconv.FormatFloat(m.Value, 'g', 5, 64))
	}
	if more := len(metrics) - most; more > 0 {
		texts = append(texts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(texts, " ")
}
