package main

import (
	"context"
	"fmt"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/spf13/cobra"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
)

// change is a command that changes a run.
type change struct {
	name, short, long string
	// done is what is said of the run then.
	done string
	do   func(ctx context.Context, s streams, c *live.Cluster, run string) error
}

// changes are the commands that change a run.
func changes() []change {
	return []change{
		{
			name: "retry", short: "Run again what has failed in a run", done: "goes on",
			long: `Retry lets a run that has failed, or was stopped, go on. Tasks that have
succeeded stay as they are; failed tasks run again with all tasks after them,
exit tasks too. Of a loop only the failed iterations run again. The run keeps
its name.`,
			do: func(ctx context.Context, s streams, c *live.Cluster, run string) error {
				return c.Retry(ctx, run, s.now())
			},
		},
		{
			name: "stop", short: "Stop a run; exit tasks still run", done: "is asked to stop",
			long: `Stop asks Argo to stop a run: it starts no further tasks, ends those that run,
and runs the exit tasks.`,
			do: shutdown(wfv1.ShutdownStrategyStop),
		},
		{
			name: "terminate", short: "Terminate a run at once", done: "is asked to end",
			long: `Terminate asks Argo to end a run at once. Exit tasks do not run.`,
			do:   shutdown(wfv1.ShutdownStrategyTerminate),
		},
		{
			name: "delete", short: "Delete a run", done: "is deleted",
			long: `Delete deletes a run with its pods. Its artifacts and records stay in the store,
so that other runs can use what it has made.`,
			do: func(ctx context.Context, _ streams, c *live.Cluster, run string) error { return c.Delete(ctx, run) },
		},
	}
}

// shutdown asks Argo to end a run that goes on.
func shutdown(how wfv1.ShutdownStrategy) func(context.Context, streams, *live.Cluster, string) error {
	return func(ctx context.Context, _ streams, c *live.Cluster, run string) error {
		w, err := c.Get(ctx, run)
		if err != nil {
			return err
		}
		if w.Status.Phase.Completed() {
			return fmt.Errorf("run %s has ended already: %s", run, w.Status.Phase)
		}
		return c.Shutdown(ctx, run, how)
	}
}

// command makes the command.
func (f change) command(s streams) *cobra.Command {
	var connection place
	command := &cobra.Command{
		Use:     f.name + " [flags] RUN",
		Short:   f.short,
		Long:    f.long,
		Example: "  kfp2argo " + f.name + " training-x7k2p",
		Args:    exactly(1, "the name of a run"),
		RunE: func(c *cobra.Command, args []string) error {
			cluster, err := connection.connect(c.Context(), s)
			if err != nil {
				return err
			}
			if err := f.do(c.Context(), s, cluster, args[0]); err != nil {
				return err
			}
			_, err = fmt.Fprintf(s.out, "run %s %s\n", args[0], f.done)
			return err
		},
	}
	set := command.Flags()
	set.SortFlags = false
	connection.add(set)
	addNamespace(set, &connection.Connection)
	return command
}
