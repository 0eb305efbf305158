package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/cases"
	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/settings"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/golden"
)

const testLong = `Test translates the compiled pipelines of a folder and compares each with its
golden, byte for byte: that of training.yaml is training.workflow.yaml. It
prints the differences, and the exit code is 1 if there are any.

The flags of the translations are in DIR/.kfp2argo.yaml, or in that of a folder
above DIR in its repository:

  options:                 # of all pipelines: flags without their dashes
    namespace: team-a
    patch: [team.yaml]     # relative to the file
  pipelines:               # of single ones; each replaces that of all
    training.yaml:
      kind: WorkflowTemplate
      param: {rows: 100}

With --run it runs pipelines on this machine instead, without a cluster, as
'kfp2argo run --local' does: each case of training.test.yaml, which says what
becomes of training.yaml:

  cases:
    - name: too few rows
      arguments: {rows: 2}
      outcome: failed
      tasks: {check: failed, train: omitted}
      standIns:
        load: {outputs: {count: 2}}`

const testExamples = `  # Write the goldens, and read them in Git
  kfp2argo test pipelines --update && git diff

  # In CI
  kfp2argo test pipelines --junit results.xml

  # Run their cases, without a cluster
  kfp2argo test --run pipelines --junit results.xml`

// testFlags are the flags of the command test.
type testFlags struct {
	update bool
	junit  string
	color  string
	run    bool
	place  place
}

func newTestCommand(s streams) *cobra.Command {
	var f testFlags
	command := &cobra.Command{
		Use:     "test [flags] [DIR]",
		Short:   "Compare the translations of a folder with reviewed files",
		Long:    testLong,
		Example: testExamples,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usageError{fmt.Errorf("one folder at a time: %q", args)}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			dir := append(args, ".")[0]
			if f.run {
				return f.testRuns(c.Context(), s, dir)
			}
			return f.test(s, dir)
		},
	}
	set := command.Flags()
	set.SortFlags = false
	set.BoolVarP(&f.update, "update", "u", false, "write the goldens that differ")
	set.BoolVar(&f.run, "run", false, "run the pipelines on this machine and compare with the cases in *"+cases.Suffix+"; see docs/testing.md")
	set.StringVar(&f.place.dir, "local-dir", "", "with --run, keep runs, artifacts and logs in `DIR` (default: nowhere)")
	set.StringVar(&f.junit, "junit", "", "write the results to `FILE` as JUnit XML")
	set.StringVar(&f.color, "color", "auto", "colour the output: `WHEN` is auto, always or never")
	return command
}

func (f *testFlags) test(s streams, dir string) error {
	if err := checkColor(f.color); err != nil {
		return err
	}
	if f.place.dir != "" {
		return usageError{errors.New("--local-dir is for --run")}
	}
	suite, err := golden.Load(dir)
	if err != nil {
		return err
	}
	all := map[string]*flags{}
	for _, pipeline := range suite.Pipelines {
		if all[pipeline], err = flagsOf(suite.Settings, filepath.Join(dir, filepath.FromSlash(pipeline))); err != nil {
			return err
		}
	}
	results, err := suite.Run(func(pipeline string) (golden.Translation, error) {
		return all[pipeline].translation(filepath.Join(dir, filepath.FromSlash(pipeline)))
	}, f.update)
	if err != nil {
		return err
	}
	return f.report(s, dir, results)
}

// report writes the results. Its error is that there are bad ones.
func (f *testFlags) report(s streams, dir string, results []golden.Result) error {
	if err := golden.Report(s.out, results, colored(f.color, s.out)); err != nil {
		return err
	}
	if err := f.writeJUnit(dir, results); err != nil {
		return err
	}
	if slices.ContainsFunc(results, func(r golden.Result) bool { return !r.Good() }) {
		return errProblems
	}
	return nil
}

func (f *testFlags) writeJUnit(dir string, results []golden.Result) error {
	if f.junit == "" {
		return nil
	}
	file, err := os.Create(f.junit)
	if err != nil {
		return err
	}
	return errors.Join(golden.JUnit(file, dir, results), file.Close())
}

// translation translates a pipeline as the command line with the same flags
// does.
func (f *flags) translation(file string) (golden.Translation, error) {
	none := streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard}
	if err := f.readOthers(none, file); err != nil {
		return golden.Translation{}, err
	}
	source, err := read(none, file)
	if err != nil {
		return golden.Translation{}, err
	}
	text, found, err := f.result(source)
	if err != nil {
		return golden.Translation{Problems: err.Error() + "\n", Colored: err.Error() + "\n"}, nil
	}
	t := golden.Translation{Text: text}
	for color, into := range map[bool]*string{false: &t.Problems, true: &t.Colored} {
		var b strings.Builder
		if err := diag.Render(&b, source, found, diag.Options{Color: color, Others: f.others()}); err != nil {
			return golden.Translation{}, err
		}
		*into = b.String()
	}
	return t, nil
}

// flagsOf sets the flags of the translation of a file from settings.
func flagsOf(from golden.Settings, file string) (*flags, error) {
	var f flags
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.addChoices(set)
	name, err := from.Name(file)
	if err != nil {
		return nil, err
	}
	for _, o := range from.Options(name) {
		values, err := optionValues(from.File(), o)
		if err != nil {
			return nil, err
		}
		if err := setAll(set, settings.Value{Name: o.Name, Values: values}); err != nil {
			return nil, fmt.Errorf("%s: %w", o.At, err)
		}
	}
	err = f.complete(set)
	var usage usageError
	if errors.As(err, &usage) {
		err = usage.error // of no command line
	}
	if err != nil {
		return nil, fmt.Errorf("%s, for %s: %w", from.File(), name, err)
	}
	return &f, nil
}

// relative is the path of a file that settings name.
func relative(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}
