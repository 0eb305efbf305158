package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/compare"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

const diffLong = `Diff lists the differences between two versions of a compiled pipeline: tasks,
images, programs, inputs, conditions, loops, settings. Below it lists the tasks
whose cached results no longer match, and why.

One of the two can be -, standard input.`

const diffExamples = `  # What a pull request changes
  git show main:pipeline.yaml | kfp2argo diff - pipeline.yaml

  # Fail if anything changed
  kfp2argo diff old.yaml new.yaml --exit-code`

// errDifferent ends a command that has found differences and is to say so.
var errDifferent = errors.New("the pipelines differ")

// errIncomparable ends a comparison of pipelines with mistakes, which have been
// printed.
var errIncomparable = errors.New("a pipeline has problems")

// troubleError keeps pipelines from being compared. Its exit code is not that of
// a difference.
type troubleError struct{ error }

// diffFlags are the flags of the command diff.
type diffFlags struct {
	flags
	format   string
	exitCode bool
}

func newDiffCommand(s streams) *cobra.Command {
	var f diffFlags
	command := &cobra.Command{
		Use:     "diff [flags] OLD NEW",
		Short:   "List the differences between two versions of a pipeline",
		Long:    diffLong,
		Example: diffExamples,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) != 2:
				return usageError{fmt.Errorf("diff takes two files, not %d", len(args))}
			case args[0] == stdin && args[1] == stdin:
				return usageError{errors.New("only one of the pipelines can come from standard input")}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return f.run(s, args) },
	}
	set := command.Flags()
	set.SortFlags = false
	set.StringVarP(&f.format, "output", "o", "text", "print as `FORMAT`: text or json")
	set.BoolVar(&f.exitCode, "exit-code", false, "exit with 1 if there are differences, with 2 if a pipeline has problems")
	set.StringVar(&f.color, "color", "auto", "colour the text: `WHEN` is auto, always or never")
	return command
}

func (f *diffFlags) run(s streams, args []string) error {
	if err := errors.Join(requireFormat(f.format, "text", "json"), checkColor(f.color)); err != nil {
		return err
	}
	before, err := f.trace(s, args[0])
	if err != nil {
		return err
	}
	after, err := f.trace(s, args[1])
	if err != nil {
		return err
	}
	report := compare.Pipelines(before, after)
	if f.format == "json" {
		err = writeJSON(s.out, report)
	} else {
		err = report.Text(s.out, colored(f.color, s.out))
	}
	if err == nil && f.exitCode && !report.Same() {
		return errDifferent
	}
	return err
}

// trace reads one of the pipelines. It may be of any size.
func (f *diffFlags) trace(s streams, name string) (*translate.Translation, error) {
	source, err := read(s, name)
	if err != nil {
		return nil, troubleError{err}
	}
	traced, found, err := translate.Trace(source, translate.Options{MaxSize: -1})
	if err != nil {
		return nil, troubleError{err}
	}
	if traced != nil {
		return traced, nil
	}
	if err := diag.Render(s.err, source, found, diag.Options{Color: colored(f.color, s.err)}); err != nil {
		return nil, err
	}
	return nil, errIncomparable
}
