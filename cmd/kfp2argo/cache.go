package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/lineage"
	"github.com/kfp2argo/kfp2argo/translate"
)

const cacheLong = `Cache lists what runs have stored under a pipeline root: the entries of the
cache, whose results later runs take, and the records of tasks.

It reads and writes the store as the pods do: the settings of the bucket are the
query of the pipeline root, and the environment has the rest, such as
KFP2ARGO_S3_ACCESS_KEY and KFP2ARGO_S3_SECRET_KEY, or what AWS's own tools take.

A pipeline whose file is called cache is translated by kfp2argo ./cache.`

const cacheExamples = `  export KFP2ARGO_PIPELINE_ROOT='s3://bucket/pipelines?region=eu-west-1'

  # What is in the cache
  kfp2argo cache ls

  # What became of the tasks of a run
  kfp2argo cache ls --run hello-x7k2p

  # Why the second run did not take the result of the first
  kfp2argo cache explain hello-x7k2p/train hello-8dkq2/train

  # Forget what is older than 30 days
  kfp2argo cache rm --older-than 720h`

// archiveFlags say which records a command is about.
type archiveFlags struct {
	root, pipeline string
	place          place
}

func newCacheCommand(s streams) *cobra.Command {
	f := &archiveFlags{}
	command := &cobra.Command{
		Use:     "cache",
		Short:   "List, show, explain and remove what the cache holds",
		Long:    cacheLong,
		Example: cacheExamples,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{fmt.Errorf("cache has no command %q; it has ls, show, explain and rm (the file of that name is ./cache)", args[0])}
			}
			return c.Help()
		},
	}
	set := command.PersistentFlags()
	set.SortFlags = false
	set.StringVar(&f.root, rootFlag, "", "read the records under `URI`")
	f.place.addLocal(set)
	set.StringVarP(&f.place.Namespace, "namespace", "n", "", "with --local, read the records of `NAMESPACE` (default: "+localNamespace+")")
	set.StringVar(&f.pipeline, "pipeline", "", "look at the pipeline `NAME` only, which is much quicker where there are many artifacts")
	for _, sub := range []*cobra.Command{newListCommand(s, f), newShowCommand(s, f), newExplainCommand(s, f), newRemoveCommand(s, f)} {
		sub.Flags().SortFlags = false
		command.AddCommand(sub)
	}
	return command
}

// open opens the archive that the flags and the environment name.
func (f *archiveFlags) open(s streams) (*lineage.Archive, error) {
	if err := f.place.check(); err != nil {
		return nil, err
	}
	if f.place.local && f.root == "" {
		return f.openLocal(s)
	}
	if f.root == "" {
		return nil, usageError{errors.New("which records? Give --pipeline-root URI or keep it as a setting (see 'kfp2argo config'), or give --local")}
	}
	return lineage.Open(f.root, f.pipeline, s.getenv)
}

// openLocal opens the archive of local runs without a store of their own. They see
// it as a volume.
func (f *archiveFlags) openLocal(s streams) (*lineage.Archive, error) {
	dir, err := f.place.artifacts(s)
	if err != nil {
		return nil, err
	}
	return lineage.Open("file://"+translate.StoreDir, f.pipeline, func(name string) string {
		if name == contract.VolumeVariable {
			return dir
		}
		return s.getenv(name)
	})
}

// requireFormat refuses a value of --output that is none of those it can have.
func requireFormat(format string, known ...string) error {
	if slices.Contains(known, format) {
		return nil
	}
	return usageError{fmt.Errorf("--output is %q; it can be %s", format, listed(known))}
}

// exactly requires a number of arguments, each of them a record.
func exactly(n int, usage string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{fmt.Errorf("expected %s, not %q", usage, args)}
		}
		return nil
	}
}

// errBroken ends a command that has passed over records which are none.
var errBroken = errors.New("some records are broken")

// tellBroken names records that were passed over. What a command has printed
// is not the whole then, which its exit code says.
func tellBroken(w io.Writer, broken []*lineage.BrokenError) error {
	if len(broken) == 0 {
		return nil
	}
	for _, b := range broken {
		fmt.Fprintf(w, "kfp2argo: passed over: %s\n", lineage.Printable(b.Error()))
	}
	return errBroken
}
