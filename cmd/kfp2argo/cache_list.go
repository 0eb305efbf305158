package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/kfp2argo/kfp2argo/runtime/lineage"
)

type listFlags struct {
	archive *archiveFlags
	run     string
	format  string
}

func newListCommand(s streams, archive *archiveFlags) *cobra.Command {
	f := listFlags{archive: archive}
	command := &cobra.Command{
		Use:   "ls",
		Short: "List the entries of the cache, or the tasks of a run",
		Long: `Ls lists the entries of the cache, the newest first. With --run it lists the
tasks of a run that have succeeded, and where the outputs of each come from.

What is at the place of a record and is none is named on standard error and
passed over. The exit code is 1 then, for the list is not the whole.`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return f.list(c.Context(), s) },
	}
	command.Flags().StringVar(&f.run, "run", "", "list the tasks of the run with this `NAME` or UID")
	command.Flags().StringVarP(&f.format, "output", "o", "table", "print as `FORMAT`: table, wide or json")
	return command
}

func (f listFlags) list(ctx context.Context, s streams) error {
	if err := requireFormat(f.format, "table", "wide", "json"); err != nil {
		return err
	}
	archive, err := f.archive.open(s)
	if err != nil {
		return err
	}
	var entries []lineage.Entry
	var broken []*lineage.BrokenError
	if f.run != "" {
		entries, broken, err = archive.Run(ctx, f.run)
	} else {
		var places []lineage.Place
		if places, err = archive.Cache(ctx); err == nil {
			entries, broken, err = archive.Read(ctx, places)
		}
	}
	if err != nil {
		return err
	}
	slices.SortFunc(entries, newestFirst)
	return errors.Join(f.print(s, entries), tellBroken(s.err, broken))
}

func newestFirst(a, b lineage.Entry) int {
	return cmp.Or(
		b.Task.Finished.Compare(a.Task.Finished),
		cmp.Compare(a.URI.String(), b.URI.String()),
	)
}

func (f listFlags) print(s streams, entries []lineage.Entry) error {
	if f.format == "json" {
		return printList(s, entries)
	}
	keys := []string{}
	for _, e := range entries {
		keys = append(keys, keyOf(e))
	}
	t := table{now: s.now(), short: shortKeys(keys)}
	return writeTable(s.out, t.rows(f.columns(), entries))
}

// keyOf is the key of an entry: that of its place, which is how it is found.
func keyOf(e lineage.Entry) string { return cmp.Or(e.Key, e.Task.Key) }

func columnOfKey(t table, e lineage.Entry) string {
	if key := keyOf(e); key != "" {
		return t.short[key]
	}
	return "not cached"
}

func columnOfOutputs(_ table, e lineage.Entry) string {
	if e.Task.From != nil {
		return e.Task.From.Run + "/" + e.Task.From.Task
	}
	return "its program"
}

// cells are the cells of lists, by the name of their column.
func cells() map[string]func(table, lineage.Entry) string {
	return map[string]func(table, lineage.Entry) string{
		"KEY":          columnOfKey,
		"OUTPUTS FROM": columnOfOutputs,
		"PIPELINE":     func(_ table, e lineage.Entry) string { return e.Pipeline },
		"TASK":         func(_ table, e lineage.Entry) string { return e.Task.Task },
		"RUN":          func(_ table, e lineage.Entry) string { return e.Task.Run },
		"AGE":          func(t table, e lineage.Entry) string { return age(t.now, e.Task.Finished) },
		"IMAGE":        func(_ table, e lineage.Entry) string { return e.Task.Inputs.Image },
		"FINISHED":     func(_ table, e lineage.Entry) string { return stamp(e.Task.Finished) },
		"TOOK":         func(_ table, e lineage.Entry) string { return took(e.Task.Started, e.Task.Finished) },
		"UID":          func(_ table, e lineage.Entry) string { return e.Task.UID },
		"URI":          func(_ table, e lineage.Entry) string { return e.URI.String() },
	}
}

// columns are the names of the columns.
func (f listFlags) columns() []string {
	columns := []string{"KEY", "PIPELINE", "TASK", "RUN", "AGE", "IMAGE"}
	if f.run != "" {
		columns = []string{"TASK", "OUTPUTS FROM", "KEY", "TOOK", "AGE", "IMAGE"}
	}
	if f.format == "wide" {
		columns = append(columns, "FINISHED", "UID", "URI")
	}
	return columns
}

// table is what the cells of a list depend on.
type table struct {
	now   time.Time
	short map[string]string
}

func (t table) rows(columns []string, entries []lineage.Entry) [][]string {
	all := cells()
	rows := [][]string{columns}
	for _, e := range entries {
		var row []string
		for _, name := range columns {
			row = append(row, all[name](t, e))
		}
		rows = append(rows, row)
	}
	return rows
}

// listItem is an entry in the JSON of a list.
type listItem struct {
	Key      string      `json:"key,omitempty"`
	Pipeline string      `json:"pipeline"`
	Run      string      `json:"run"`
	UID      string      `json:"uid"`
	Task     string      `json:"task"`
	Attempt  string      `json:"attempt"`
	Image    string      `json:"image"`
	Started  time.Time   `json:"started"`
	Finished time.Time   `json:"finished"`
	From     *originItem `json:"from,omitempty"`
	Missed   string      `json:"missed,omitempty"`
	URI      string      `json:"uri"`
}

// originItem is an attempt in JSON.
type originItem struct {
	Run     string `json:"run"`
	UID     string `json:"uid"`
	Task    string `json:"task"`
	Attempt string `json:"attempt"`
}

func newListItem(e lineage.Entry) listItem {
	t := e.Task
	item := listItem{
		Key: keyOf(e), Pipeline: e.Pipeline, Run: t.Run, UID: t.UID, Task: t.Task, Attempt: t.Attempt,
		Image: t.Inputs.Image, Started: t.Started, Finished: t.Finished, Missed: t.Missed, URI: e.URI.String(),
	}
	if t.From != nil {
		item.From = &originItem{t.From.Run, t.From.UID, t.From.Task, t.From.Attempt}
	}
	return item
}

func printList(s streams, entries []lineage.Entry) error {
	items := []listItem{}
	for _, e := range entries {
		items = append(items, newListItem(e))
	}
	return writeJSON(s.out, items)
}
