package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/kfp2argo/kfp2argo/runtime/lineage"
)

type explainFlags struct {
	archive *archiveFlags
	format  string
}

func newExplainCommand(s streams, archive *archiveFlags) *cobra.Command {
	f := explainFlags{archive: archive}
	command := &cobra.Command{
		Use:   "explain A B",
		Short: "Say why one task was a cache hit for another, or not",
		Long: `Explain compares two records: it says whether they have the same key, what
differs, and, if nothing differs but both tasks ran, why. The exit code is 0 for
every outcome.

` + namesOfRecords,
		Args: exactly(2, "two records"),
		RunE: func(c *cobra.Command, args []string) error { return f.explain(c.Context(), s, args) },
	}
	command.Flags().StringVarP(&f.format, "output", "o", "text", "print as `FORMAT`: text or json")
	return command
}

func (f explainFlags) explain(ctx context.Context, s streams, names []string) error {
	if err := requireFormat(f.format, "text", "json"); err != nil {
		return err
	}
	archive, err := f.archive.open(s)
	if err != nil {
		return err
	}
	a, errA := archive.Find(ctx, names[0])
	b, errB := archive.Find(ctx, names[1])
	if err := errors.Join(errA, errB); err != nil {
		return err
	}
	x, err := archive.Explain(ctx, a, b)
	if err != nil {
		return err
	}
	if f.format == "json" {
		return writeJSON(s.out, newExplanationItem(a, b, x))
	}
	return writeExplanation(s.out, a, b, x)
}

// explanationItem is an explanation in JSON.
type explanationItem struct {
	A           listItem             `json:"a"`
	B           listItem             `json:"b"`
	Outcome     lineage.Outcome      `json:"outcome"`
	SameKey     bool                 `json:"sameKey"`
	Reasons     []string             `json:"reasons"`
	Differences []lineage.Difference `json:"differences"`
}

func newExplanationItem(a, b lineage.Entry, x lineage.Explanation) explanationItem {
	item := explanationItem{
		A: newListItem(a), B: newListItem(b), Outcome: x.Outcome,
		SameKey: a.Task.Key != "" && a.Task.Key == b.Task.Key,
		Reasons: x.Reasons, Differences: x.Differences,
	}
	if item.Differences == nil {
		item.Differences = []lineage.Difference{}
	}
	return item
}

func writeExplanation(w io.Writer, a, b lineage.Entry, x lineage.Explanation) error {
	var rows [][]string
	for _, side := range []struct {
		name  string
		entry lineage.Entry
	}{{"A", a}, {"B", b}} {
		t := side.entry.Task
		rows = append(rows, []string{side.name, lineage.Attempt(t.Origin()), stamp(t.Finished), keyWords(t)})
	}
	if err := writeTable(w, rows); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, reason := range x.Reasons {
		fmt.Fprintln(w, lineage.Printable(reason))
	}
	for _, d := range x.Differences {
		first, second := d.Excerpts()
		fmt.Fprintf(w, "\n  %s\n    A  %s\n    B  %s\n", lineage.Printable(d.What), first, second)
	}
	return nil
}
