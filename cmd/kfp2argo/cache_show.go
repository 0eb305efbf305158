package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/runtime/lineage"
	"github.com/kfp2argo/kfp2argo/runtime/record"
)

// namesOfRecords says how the commands take a record.
const namesOfRecords = `A record is named by its key or what the key begins with, by its URI, or by the
run and the task, such as hello-x7k2p/train-all.fit, which an attempt may
follow.`

type showFlags struct {
	archive *archiveFlags
	format  string
}

func newShowCommand(s streams, archive *archiveFlags) *cobra.Command {
	f := showFlags{archive: archive}
	command := &cobra.Command{
		Use:   "show RECORD",
		Short: "Show a record: inputs, outputs, whether its artifacts exist",
		Long: `Show prints a record for people, who see of long values the beginning, or as it
is stored.

` + namesOfRecords,
		Args: exactly(1, "one record"),
		RunE: func(c *cobra.Command, args []string) error { return f.show(c.Context(), s, args[0]) },
	}
	command.Flags().StringVarP(&f.format, "output", "o", "text", "print as `FORMAT`: text, json or yaml")
	return command
}

func (f showFlags) show(ctx context.Context, s streams, name string) error {
	if err := requireFormat(f.format, "text", "json", "yaml"); err != nil {
		return err
	}
	archive, err := f.archive.open(s)
	if err != nil {
		return err
	}
	entry, err := archive.Find(ctx, name)
	if err != nil {
		return err
	}
	if f.format != "text" {
		return f.raw(ctx, s, archive, entry)
	}
	outputs, err := archive.Outputs(ctx, entry.Task)
	if err != nil {
		return err
	}
	return writeRecord(s.out, entry, outputs)
}

// raw prints the record as it is stored.
func (f showFlags) raw(ctx context.Context, s streams, archive *lineage.Archive, entry lineage.Entry) error {
	text, err := archive.Raw(ctx, entry.Place)
	if err != nil {
		return err
	}
	if f.format == "yaml" {
		if text, err = yaml.JSONToYAML(text); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintf(s.out, "%s\n", strings.TrimSuffix(string(text), "\n"))
	return err
}

// writeRecord prints a record for people.
func writeRecord(w io.Writer, e lineage.Entry, outputs map[string]lineage.Presence) error {
	if err := writeTable(w, headRows(e)); err != nil {
		return err
	}
	writeCommand(w, e.Task.Inputs.Command)
	for _, part := range []struct {
		title string
		rows  [][]string
	}{
		{"Input parameters", valueRows(e.Task.Inputs.Parameters)},
		{"Input artifacts", inputRows(e.Task.Inputs.Artifacts)},
		{"Settings of the pod", settingRows(e.Task.Inputs.Settings)},
		{"Output parameters", valueRows(e.Task.Outputs.Parameters)},
		{"Output artifacts", outputRows(e.Task.Outputs, outputs)},
	} {
		if len(part.rows) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s:\n", part.title)
		for i := range part.rows {
			part.rows[i][0] = "  " + part.rows[i][0]
		}
		if err := writeTable(w, part.rows); err != nil {
			return err
		}
	}
	return nil
}

func headRows(e lineage.Entry) [][]string {
	t := e.Task
	rows := [][]string{
		{"Record:", e.URI.String()},
		{"Key:", keyWords(t)},
		{"Pipeline:", t.Pipeline},
		{"Run:", fmt.Sprintf("%s, UID %s", t.Run, t.UID)},
		{"Task:", t.Task},
		{"Attempt:", t.Attempt},
		{"Finished:", fmt.Sprintf("%s, after %s", stamp(t.Finished), took(t.Started, t.Finished))},
		{"Image:", t.Inputs.Image},
	}
	switch {
	case t.From != nil:
		rows = append(rows, []string{"Cached from:", lineage.Attempt(*t.From)})
	case t.Missed != "":
		rows = append(rows, []string{"Ran because:", t.Missed})
	}
	return rows
}

// keyWords is the key of a task, and where it comes from.
func keyWords(t record.Task) string {
	made, err := t.Inputs.Key()
	switch {
	case t.Key == "":
		return "none: the task is not cached"
	case err == nil && made != t.Key:
		return t.Key + " (chosen by the pipeline)"
	}
	return t.Key
}

// writeCommand prints a command line, each argument behind its index. A program
// of several lines keeps them.
func writeCommand(w io.Writer, command []string) {
	if len(command) == 0 {
		return
	}
	fmt.Fprintln(w, "\nCommand line:")
	for i, argument := range command {
		lines := strings.Split(strings.TrimSuffix(argument, "\n"), "\n")
		for j, line := range lines {
			head := "      "
			if j == 0 {
				head = fmt.Sprintf("  %2d  ", i)
			}
			fmt.Fprintln(w, strings.TrimRight(head+lineage.Printable(strings.ReplaceAll(line, "\t", "    ")), " "))
		}
	}
}

// beginning shortens a value to what fits on the screen.
func beginning(value string) string {
	const most = 1000
	if len(value) <= most {
		return value
	}
	return fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(value[:most], ""), len(value))
}

func valueRows(values map[string]json.RawMessage) [][]string {
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		rows = append(rows, []string{name, beginning(string(values[name]))})
	}
	return rows
}

func settingRows(settings map[string]string) [][]string {
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		rows = append(rows, []string{name, settings[name]})
	}
	return rows
}

func inputRows(artifacts map[string][]record.Artifact) [][]string {
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(artifacts)) {
		for _, a := range artifacts[name] {
			row := []string{name, a.URI, a.Type.SchemaTitle}
			if a.Content != "" {
				row = append(row, "version "+a.Content)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func outputRows(made record.Outputs, outputs map[string]lineage.Presence) [][]string {
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(made.Artifacts)) {
		a := made.Artifacts[name]
		rows = append(rows, []string{name, a.URI, a.Type.SchemaTitle, outputs[name].String()})
	}
	return rows
}
