package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

const longLogs = `Logs prints the logs of a run's tasks, task by task, or those of one task and of
all tasks inside it. A task is named by its path, as watch prints it:
all.train-all-0.fit. Without RUN the run is the latest of the namespace.

With -f it goes on until the run ends; then lines come as they are written.

--tail and --since leave out the beginning of each log. Of stored logs no times
are known, and --since leaves them whole.

Of a pod that is gone, the store of the run has what its program wrote, up to
--log-limit of the translation: a line in brackets says so. With --pipeline-root
that goes for runs that the cluster has forgotten.`

const exampleLogs = `  kfp2argo logs training-x7k2p
  kfp2argo logs training-x7k2p train-all-0.fit -f
  kfp2argo logs training-x7k2p prepare --driver
  kfp2argo logs training-x7k2p --tail 20 --since 10m

  # Of a run that the cluster has forgotten
  kfp2argo logs training-x7k2p \
    --pipeline-root 's3://bucket/pipelines?region=eu-west-1'`

func newLogsCommand(s streams) *cobra.Command {
	var connection place
	var o live.LogOptions
	var driver bool
	var since time.Duration
	var output, root string
	command := &cobra.Command{
		Use:     "logs [flags] [RUN [TASK]]",
		Short:   "Print the logs of the tasks of a run",
		Long:    longLogs,
		Example: exampleLogs,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 2 || slices.Contains(args, "") {
				return usageError{fmt.Errorf("expected a run, and a task if one is meant, not %q", args)}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := errors.Join(requireFormat(output, "text", "json"), checkLogPart(o.Part.Tail, since)); err != nil {
				return err
			}
			o.Run, o.Container = first(args), live.Program
			if since > 0 {
				o.Part.Since = s.now().Add(-since)
			}
			if len(args) > 1 {
				o.Task = args[1]
			}
			if driver {
				o.Container = live.Driver
			}
			line := lineWriter(s, output, o.Task != "")
			cluster, err := connection.connect(c.Context(), s)
			if err == nil {
				o.Run, err = runOrLatest(c.Context(), s, cluster, o.Run)
			}
			if err == nil {
				err = cluster.Logs(c.Context(), o, line)
			}
			if root == "" || o.Run == "" || driver || !live.IsNoRun(err) && !errors.Is(err, live.ErrNoCluster) {
				return err
			}
			return storedLogs(c.Context(), s, root, o, line)
		},
	}
	set := command.Flags()
	set.SortFlags = false
	set.BoolVarP(&o.Follow, "follow", "f", false, "go on until the run ends")
	set.IntVar(&o.Part.Tail, "tail", 0, "print the last `N` lines of each log; 0 means all")
	set.DurationVar(&since, "since", 0, "print what was written in the last `DURATION`, such as 10m; 0 means all")
	set.BoolVar(&driver, "driver", false, "print what the driver has written, which looks into the cache and fetches inputs")
	set.StringVarP(&output, "output", "o", "text", "print as `FORMAT`: text, or json, an object a line")
	set.StringVar(&root, rootFlag, "", "look under `URI` for a run that the cluster has not")
	connection.add(set)
	addNamespace(set, &connection.Connection)
	return command
}

func checkLogPart(tail int, since time.Duration) error {
	switch {
	case tail < 0:
		return usageError{fmt.Errorf("--tail is %d; it can be 0 and more", tail)}
	case since < 0:
		return usageError{fmt.Errorf("--since is %s; it can be 0 and more", since)}
	}
	return nil
}

// storedLogs prints what the store has of a run that the cluster has not.
func storedLogs(ctx context.Context, s streams, root string, o live.LogOptions, line func(live.Line) error) error {
	opened, err := store.Open(root, s.getenv)
	if err != nil {
		return err
	}
	return live.StoredLogs(ctx, opened, o, line)
}

// lineWriter writes lines of logs. Those of a single task need no name before
// them.
func lineWriter(s streams, output string, single bool) func(live.Line) error {
	if output == "json" {
		display := live.JSONLines(s.out, s.now)
		return display.Line
	}
	first := ""
	return func(l live.Line) error {
		if first == "" {
			first = l.Source()
		}
		if single && l.Source() == first {
			_, err := fmt.Fprintln(s.out, l.Text)
			return err
		}
		_, err := fmt.Fprintf(s.out, "%s | %s\n", l.Source(), l.Text)
		return err
	}
}
