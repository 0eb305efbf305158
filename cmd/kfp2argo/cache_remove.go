package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kfp2argo/kfp2argo/runtime/lineage"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

type removeFlags struct {
	archive   *archiveFlags
	run       string
	olderThan time.Duration
	all       bool
	artifacts bool
	dryRun    bool
}

func newRemoveCommand(s streams, archive *archiveFlags) *cobra.Command {
	f := removeFlags{archive: archive}
	command := &cobra.Command{
		Use:   "rm [KEY...]",
		Short: "Remove entries of the cache, so that the work is done again",
		Long: `Rm removes entries of the cache and prints them. KEY is a key or a prefix of
one. An entry must match all flags: --pipeline hello --older-than 720h removes
the old entries of one pipeline.

The records of tasks stay, and the artifacts too. With --artifacts it also
removes what the tasks of the entries have stored, if it is below the pipeline
root and no entry that stays names it. A run with a cache hit on such an entry
shares its artifacts: remove none that are still in use.

Rm does not prompt; --dry-run shows what it would remove.`,
		RunE: func(c *cobra.Command, args []string) error { return f.remove(c.Context(), s, args) },
	}
	set := command.Flags()
	set.StringVar(&f.run, "run", "", "remove what the run with this `NAME` or UID has made")
	set.DurationVar(&f.olderThan, "older-than", 0, "remove what was finished `DURATION` ago or earlier, such as 720h")
	set.BoolVar(&f.all, "all", false, "remove all entries")
	set.BoolVar(&f.artifacts, "artifacts", false, "remove the artifacts that the entries name, too")
	set.BoolVar(&f.dryRun, "dry-run", false, "print what would be removed, and remove nothing")
	return command
}

// choice checks what is to be removed. Nothing said is not everything.
func (f removeFlags) choice(keys []string, now time.Time) (lineage.Choice, error) {
	c := lineage.Choice{Keys: keys, Run: f.run}
	chosen := len(keys) > 0 || f.run != "" || f.olderThan != 0
	switch {
	case f.olderThan < 0:
		return c, usageError{fmt.Errorf("--older-than is %s; it cannot be negative", f.olderThan)}
	case f.all && chosen:
		return c, usageError{errors.New("--all leaves nothing to choose: give no keys, --run or --older-than with it")}
	case !f.all && !chosen && f.archive.pipeline == "":
		return c, usageError{errors.New("remove what? Give keys, --pipeline, --run, --older-than or --all")}
	}
	if f.olderThan > 0 {
		c.Before = now.Add(-f.olderThan)
	}
	return c, nil
}

func (f removeFlags) remove(ctx context.Context, s streams, keys []string) error {
	choice, err := f.choice(keys, s.now())
	if err != nil {
		return err
	}
	archive, err := f.archive.open(s)
	if err != nil {
		return err
	}
	removal, err := archive.Plan(ctx, choice, f.artifacts)
	if err != nil {
		return err
	}
	for _, kept := range removal.Kept {
		fmt.Fprintf(s.err, "kfp2argo: kept %s\n", kept)
	}
	if f.dryRun {
		f.print(s, removal)
	} else if err := archive.Remove(ctx, removal, func(uri store.URI) {
		fmt.Fprintf(s.out, "removed %s\n", lineage.Printable(uri.String()))
	}); err != nil {
		return err
	}
	return tellBroken(s.err, removal.Broken)
}

// print says what would be removed.
func (f removeFlags) print(s streams, r *lineage.Removal) {
	for _, e := range r.Entries {
		fmt.Fprintf(s.out, "would remove %s\n", lineage.Printable(e.URI.String()))
	}
	for _, uri := range r.Artifacts {
		fmt.Fprintf(s.out, "would remove %s\n", lineage.Printable(uri.String()))
	}
}
