package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// streams are what a command reads and writes, and what else it knows of the
// world: the environment and the time.
type streams struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	now      func() time.Time
}

// The exit codes.
const (
	exitOK       = 0
	exitProblems = 1 // in the pipeline, or in the world
	exitUsage    = 2
	exitUnknown  = 3 // a run goes on, and nobody has waited for its end
	exitGivenUp  = 4 // a run was terminated, as it waited for what need not come
)

// errProblems ends a command whose problems have been printed already.
var errProblems = errors.New("the pipeline has problems")

// usageError is a mistake in the command line.
type usageError struct{ error }

// run runs the command line and returns its exit code.
func run(s streams, args []string) int {
	root := newCommand(s)
	root.SetArgs(withoutName(args))
	command, err := root.ExecuteC()
	var usage usageError
	var trouble troubleError
	var given *live.GivenUpError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errProblems), errors.Is(err, errBroken), errors.Is(err, errDifferent), errors.Is(err, errRunFailed):
		return exitProblems
	case errors.Is(err, errIncomparable):
		return exitUsage
	case errors.Is(err, live.ErrLeft):
		fmt.Fprintf(s.err, "kfp2argo: %v\n", err)
		return exitUnknown
	case errors.As(err, &given):
		fmt.Fprintf(s.err, "kfp2argo: %v\n", err)
		return exitGivenUp
	case errors.As(err, &trouble):
		fmt.Fprintf(s.err, "kfp2argo: %v\n", err)
		return exitUsage
	case errors.As(err, &usage):
		fmt.Fprintf(s.err, "kfp2argo: %v\nRun '%s --help' for usage.\n", err, command.CommandPath())
		return exitUsage
	}
	fmt.Fprintf(s.err, "kfp2argo: %v\n", err)
	return exitProblems
}

const long = `Kfp2argo translates a compiled Kubeflow pipeline (the YAML that the KFP v2 SDK
writes) into an Argo Workflow that runs on Argo alone: no Kubeflow back end, one
pod per task.

It reads FILE, or standard input if FILE is - or left out, and writes YAML to
standard output. Problems in the pipeline go to standard error, each with its
place.

This is the short form of 'kfp2argo translate'. A file whose name is that of a
command is ./cache, ./diff and so on.`

const longTranslate = `Translate writes the Argo Workflow that a compiled Kubeflow pipeline becomes, as
YAML on standard output. It reads FILE, or standard input where FILE is - or
left out. Problems in the pipeline go to standard error, each with its place.`

const examples = `  # Look at what a pipeline becomes
  kfp2argo pipeline.yaml

  # Run it
  kfp2argo pipeline.yaml | kubectl create -f -

  # Run it, and see how it goes
  kfp2argo run pipeline.yaml

  # Run it with arguments; artifacts go to a bucket
  kfp2argo pipeline.yaml -n team-a -p rows=25 --pipeline-root s3://bucket/runs |
    kubectl create -f -

  # Run it with fields of Argo's that a pipeline cannot set
  kfp2argo pipeline.yaml --patch team.yaml | kubectl create -f -

  # Install it as a template, and a run every day at five
  kfp2argo pipeline.yaml --kind WorkflowTemplate,CronWorkflow \
    --schedule '0 5 * * *' | kubectl apply -f -

  # Compile and translate in one go
  kfp dsl compile --py pipeline.py --output /dev/stdout | kfp2argo -`

func newCommand(s streams) *cobra.Command {
	var f flags
	command := &cobra.Command{
		Use:           "kfp2argo [flags] [FILE|-]",
		Short:         "Translate a Kubeflow pipeline into an Argo Workflow",
		Long:          long,
		Example:       examples,
		Version:       translate.Version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          fileOrCommand,
		RunE: func(command *cobra.Command, args []string) error {
			if len(args) == 0 && isTerminal(s.in) {
				return overview(s.out, command) // who has no pipeline to type looks for help
			}
			return f.translate(s, command.Flags(), args)
		},
	}
	command.SetIn(s.in)
	command.SetOut(s.out)
	command.SetErr(s.err)
	command.SetVersionTemplate("kfp2argo {{.Version}}\n")
	command.SetFlagErrorFunc(flagError)
	command.SetUsageFunc(usage)
	f.add(command.Flags())
	command.PersistentFlags().String(profileFlag, "", "take the cluster and the store of the profile `NAME`; see 'kfp2argo config --help'")
	command.PersistentPreRunE = func(command *cobra.Command, args []string) error { return applySettings(s, command, args) }
	command.AddCommand(newTranslateCommand(s))
	command.AddCommand(newCacheCommand(s))
	command.AddCommand(newTestCommand(s))
	command.AddCommand(newGraphCommand(s))
	command.AddCommand(newDiffCommand(s))
	command.AddCommand(newExplainPipelineCommand(s))
	command.AddCommand(newDoctorCommand(s))
	command.AddCommand(newManCommand(s))
	command.AddCommand(newVersionCommand(s))
	command.AddCommand(newConfigCommand(s))
	command.AddCommand(newRunCommand(s))
	command.AddCommand(newOpenCommand(s))
	command.AddCommand(newServeCommand(s))
	command.AddCommand(newWatchCommand(s))
	command.AddCommand(newRunsCommand(s))
	command.AddCommand(newLogsCommand(s))
	command.AddCommand(newOutputsCommand(s))
	command.AddCommand(newGetCommand(s))
	for _, f := range changes() {
		command.AddCommand(f.command(s))
	}
	nameVariables(command)
	completer{s}.completable(command)
	return command
}

// flagError is a mistake in the flags of a command: for a flag that it does not
// have, the nearest that it has.
func flagError(command *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
		return usageError{err}
	}
	var names []string
	command.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if nearest, ok := diag.Nearest(unknown.GetSpecifiedName(), names); ok {
		err = fmt.Errorf("%w; did you mean --%s?", err, nearest)
	}
	return usageError{err}
}

// isTerminal reports whether a command reads from a terminal.
func isTerminal(in io.Reader) bool {
	file, ok := in.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// newTranslateCommand is the command that the root is the short form of.
func newTranslateCommand(s streams) *cobra.Command {
	var f flags
	command := &cobra.Command{
		Use:     "translate [flags] [FILE|-]",
		Short:   "Translate a pipeline into a Workflow, as without a command",
		Long:    longTranslate,
		Example: "  kfp2argo translate pipeline.yaml -n team-a -O workflow.yaml",
		Args:    oneFile,
		RunE: func(command *cobra.Command, args []string) error {
			return f.translate(s, command.Flags(), args)
		},
	}
	f.add(command.Flags())
	return command
}

// oneFile accepts one argument, or none.
func oneFile(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usageError{fmt.Errorf("one file at a time: %q", args)}
	}
	return nil
}

// fileOrCommand accepts what [oneFile] does, and distinguishes a command that does not
// exist from a file that does not.
func fileOrCommand(command *cobra.Command, args []string) error {
	if len(args) == 0 || !regexp.MustCompile(`^[A-Za-z][A-Za-z-]*$`).MatchString(args[0]) {
		return oneFile(command, args)
	}
	if _, err := os.Lstat(args[0]); !errors.Is(err, fs.ErrNotExist) {
		return oneFile(command, args)
	}
	advice := "'kfp2argo --help' lists the commands"
	var names []string
	for _, c := range command.Commands() {
		names = append(names, c.Name())
	}
	if nearest, ok := diag.Nearest(strings.ToLower(args[0]), names); ok {
		advice = fmt.Sprintf("did you mean 'kfp2argo %s'?", nearest)
	}
	return usageError{fmt.Errorf("there is no command and no file %q; %s", args[0], advice)}
}

// stdin names standard input on the command line.
const stdin = "-"

// open opens a file that a command reads and returns the name under which
// messages name it.
func open(s streams, name string) (io.ReadCloser, string, error) {
	if name == stdin {
		return io.NopCloser(s.in), "<stdin>", nil
	}
	file, err := os.Open(name)
	return file, name, err
}
