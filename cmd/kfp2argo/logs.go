package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
)

const longLogs = `Logs prints what the programs of a run's tasks have written, task by task, or those
of one task and of all inside it. A task is named as watch names it, with dots
between: all.train-all-0.fit.

With -f it goes on until the run ends; then lines come as they are written.`

const exampleLogs = `  kfp2argo logs training-x7k2p
  kfp2argo logs training-x7k2p train-all-0.fit -f
  kfp2argo logs training-x7k2p prepare --driver`

func newLogsCommand(s streams) *cobra.Command {
	var connection place
	var o live.LogOptions
	var driver bool
	var output string
	command := &cobra.Command{
		Use:     "logs [flags] RUN [TASK]",
		Short:   "Print what the tasks of a run have written",
		Long:    longLogs,
		Example: exampleLogs,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 || args[0] == "" {
				return usageError{fmt.Errorf("expected a run, and a task if one is meant, not %q", args)}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := requireFormat(output, "text", "json"); err != nil {
				return err
			}
			cluster, err := connection.connect(c.Context(), s)
			if err != nil {
				return err
			}
			o.Run, o.Container = args[0], live.Program
			if len(args) > 1 {
				o.Task = args[1]
			}
			if driver {
				o.Container = live.Driver
			}
			return cluster.Logs(c.Context(), o, lineWriter(s, output, o.Task != ""))
		},
	}
	set := command.Flags()
	set.SortFlags = false
	set.BoolVarP(&o.Follow, "follow", "f", false, "go on until the run ends")
	set.BoolVar(&driver, "driver", false, "print what the driver has written, which looks into the cache and fetches inputs")
	set.StringVarP(&output, "output", "o", "text", "write `FORMAT`: text, or json, an object a line")
	connection.add(set)
	addNamespace(set, &connection.Connection)
	return command
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
