package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/lineage"
)

const longOutputs = `Outputs prints the outputs of the pipeline: parameters as plain text, artifacts
as their URIs. Without RUN it prints those of the latest run of the namespace.`

const longGet = `Get lists the tasks of a run, prints the inputs and outputs of a task, or
downloads one of its artifacts to DEST: a new file or directory, or a directory
that exists. The default is the current directory. If the name is that of a
parameter, get prints its value. Without RUN, as in /prepare/data, the run is
the latest of the namespace.

It reads the store from here: the settings of the bucket are those of the run's
pipeline root, credentials are KFP2ARGO_S3_ACCESS_KEY and
KFP2ARGO_S3_SECRET_KEY, or what AWS's own tools take.`

const exampleGet = `  kfp2argo get training-x7k2p
  kfp2argo get training-x7k2p/train-all-0.fit
  kfp2argo get training-x7k2p/train-all-0.fit/model
  kfp2argo get training-x7k2p/prepare/data /tmp/data

  # Of the latest run
  kfp2argo get /prepare/data`

// inspection is a look at a run that exists.
type inspection struct {
	connection place
	output     string
}

func (f *inspection) add(command *cobra.Command) *cobra.Command {
	set := command.Flags()
	set.SortFlags = false
	set.StringVarP(&f.output, "output", "o", "text", "print as `FORMAT`: text or json")
	f.connection.add(set)
	addNamespace(set, &f.connection.Connection)
	return command
}

func newOutputsCommand(s streams) *cobra.Command {
	var f inspection
	return f.add(&cobra.Command{
		Use:     "outputs [flags] [RUN]",
		Short:   "Print the outputs of a run",
		Long:    longOutputs,
		Example: "  kfp2argo outputs training-x7k2p",
		Args:    oneRun,
		RunE: func(c *cobra.Command, args []string) error {
			return f.outputs(c.Context(), s, first(args))
		},
	})
}

func (f *inspection) outputs(ctx context.Context, s streams, run string) error {
	if err := requireFormat(f.output, "text", "json"); err != nil {
		return err
	}
	cluster, err := f.connection.connect(ctx, s)
	if err != nil {
		return err
	}
	if run, err = runOrLatest(ctx, s, cluster, run); err != nil {
		return err
	}
	workflow, err := cluster.Get(ctx, run)
	if err != nil {
		return err
	}
	values, err := cluster.Store(workflow).Outputs(ctx, workflow)
	if err != nil {
		return err
	}
	if f.output == "json" {
		return writeJSON(s.out, values)
	}
	switch {
	case !workflow.Status.Phase.Completed():
		fmt.Fprintf(s.err, "kfp2argo: run %s has not ended yet\n", run)
	case len(values) == 0:
		fmt.Fprintf(s.err, "kfp2argo: run %s has no outputs: it is %s\n", run, strings.ToLower(string(workflow.Status.Phase)))
	}
	return writeValues(s.out, "", values)
}

// writeValues writes values, a line each unless they have more.
func writeValues(w io.Writer, indent string, values live.Values) error {
	var rows [][]string
	var long []string
	for _, name := range values.Names() {
		text := values[name].Text()
		if strings.Contains(text, "\n") || len(text) > maxCell {
			long = append(long, name)
			continue
		}
		row := []string{indent + name, text}
		if kind := values[name].Type(); kind != "" {
			row = append(row, kind)
		}
		rows = append(rows, row)
		for _, m := range values[name].Metrics() {
			rows = append(rows, []string{indent + "  " + m.Name, live.MetricText(m)})
		}
	}
	if err := writeTable(w, rows); err != nil {
		return err
	}
	for _, name := range long {
		text := strings.TrimRight(values[name].Text(), "\n")
		fmt.Fprintf(w, "%s%s\n", indent, lineage.Printable(name))
		for line := range strings.SplitSeq(text, "\n") {
			if _, err := fmt.Fprintf(w, "%s    %s\n", indent, lineage.Printable(line)); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxCell is how long a value in a table may be.
const maxCell = 200

func newGetCommand(s streams) *cobra.Command {
	var f inspection
	return f.add(&cobra.Command{
		Use:     "get [flags] [RUN][/TASK[/NAME]] [DEST]",
		Short:   "Show the tasks of a run, or one of them, or download an artifact",
		Long:    longGet,
		Example: exampleGet,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 2 {
				return usageError{fmt.Errorf("expected RUN/TASK/ARTIFACT, and a place if one is meant, not %q", args)}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return f.get(c.Context(), s, args)
		},
	})
}

func (f *inspection) get(ctx context.Context, s streams, args []string) error {
	if err := requireFormat(f.output, "text", "json"); err != nil {
		return err
	}
	parts := strings.SplitN(first(args), "/", 3)
	switch {
	case len(parts) < 3 && len(args) > 1:
		return usageError{errors.New("only an artifact can be downloaded: RUN/TASK/ARTIFACT")}
	case len(parts) == 1 || len(parts) == 2 && parts[1] == "":
		return f.getRun(ctx, s, parts[0])
	case parts[1] == "":
		return usageError{fmt.Errorf("expected RUN/TASK/NAME, not %q", args[0])}
	}
	cluster, err := f.connection.connect(ctx, s)
	if err != nil {
		return err
	}
	run, err := runOrLatest(ctx, s, cluster, parts[0])
	if err != nil {
		return err
	}
	workflow, err := cluster.Get(ctx, run)
	if err != nil {
		return err
	}
	store := cluster.Store(workflow)
	task, err := store.Task(ctx, workflow, parts[1])
	if err != nil {
		return err
	}
	if len(parts) == 2 {
		return f.printTask(s, task)
	}
	return f.fetch(ctx, s, store, task, append(parts[2:], args[1:]...))
}

// printTask prints all that is known of a task.
func (f *inspection) printTask(s streams, t *live.Task) error {
	if f.output == "json" {
		return writeJSON(s.out, describe(t, s.now()))
	}
	d := describe(t, s.now())
	rows := [][]string{{"Task:", d.Task}, {"State:", d.State}}
	if d.Cached {
		rows = append(rows, []string{"Cached:", "yes"})
	}
	if d.Started != nil {
		rows = append(rows, []string{"Started:", stamp(*d.Started)}, []string{"Took:", took(*d.Started, d.Started.Add(secondsOf(d.Seconds)))})
	}
	if t.Message != "" {
		rows = append(rows, []string{"Message:", t.Message})
	}
	for i, pod := range d.Pods {
		name := ""
		if i == 0 {
			name = "Pods:"
		}
		rows = append(rows, []string{name, pod})
	}
	if err := writeTable(s.out, rows); err != nil {
		return err
	}
	for _, part := range []struct {
		title  string
		values live.Values
	}{{"Inputs", t.Inputs}, {"Outputs", t.Outputs}} {
		if len(part.values) == 0 {
			continue
		}
		fmt.Fprintf(s.out, "\n%s:\n", part.title)
		if err := writeValues(s.out, "  ", part.values); err != nil {
			return err
		}
	}
	return nil
}

// fetch prints or downloads what has a name, an output or else an input; to is
// that name and a place, if one is given.
func (f *inspection) fetch(ctx context.Context, s streams, store *live.Store, t *live.Task, to []string) error {
	value, ok := t.Outputs[to[0]]
	if !ok {
		value, ok = t.Inputs[to[0]]
	}
	switch {
	case !ok:
		return fmt.Errorf("task %s has no %q; it has %s", t.Path, to[0], listed(append(t.Outputs.Names(), t.Inputs.Names()...)))
	case value.Trouble != "":
		return errors.New(value.Trouble)
	case f.output == "json":
		return writeJSON(s.out, value)
	case value.Artifacts == nil && len(to) > 1:
		return usageError{fmt.Errorf("%q is a parameter, which is printed and not downloaded", to[0])}
	case value.Artifacts == nil:
		_, err := fmt.Fprintln(s.out, value.Text())
		return err
	}
	places, err := store.Download(ctx, value.Artifacts, destination(value.Artifacts, to))
	for _, place := range places {
		fmt.Fprintln(s.out, place)
	}
	return err
}

// destination is where artifacts go. A list of them without a place goes to a
// directory of its name.
func destination(artifacts []contract.RuntimeArtifact, to []string) string {
	switch {
	case len(to) > 1:
		return to[1]
	case len(artifacts) == 1:
		return "."
	}
	return path.Base(to[0])
}
