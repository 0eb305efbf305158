package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/local"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/kind"
)

const longRun = `Run translates a pipeline, submits it to the cluster that kubectl uses, and
shows its progress: the tasks with their states, their durations, and which of
them are cached. The last lines of the log of a task that fails appear at once.

If standard output is not a terminal, or with --plain, each change is one line.

Ctrl-C asks Argo to stop the run, so that exit handlers still run; a second one
to terminate it; a third one ends the command and lets the run go on.

The exit code is 0 if the run has succeeded, 1 if it has failed or could not be
started, 2 if the command line is wrong, 3 if the run goes on, and 4 if it was
given up, by --fail-fast-pending.`

const exampleRun = `  # Run a pipeline and wait for its end
  kfp2argo run pipeline.yaml -n team-a -p rows=25 \
    --pipeline-root s3://bucket/runs

  # In CI: all logs, no drawing
  kfp2argo run pipeline.yaml --plain --logs

  # And do not wait for ever for what is not there
  kfp2argo run pipeline.yaml --plain --fail-fast-pending 10m

  # Without a cluster, on this machine
  kfp2argo run --local pipeline.yaml

  # Start it, and look later
  name=$(kfp2argo run pipeline.yaml --detach) && kfp2argo watch $name`

// errRunFailed ends a command whose run has failed, which it has shown.
var errRunFailed = errors.New("the run has failed")

// runFlags are the flags of run.
type runFlags struct {
	flags
	connection place
	watch      watchFlags
	detach     bool
	given      givenFlags
	open       bool
	server     string
}

// givenFlags are the objects that a local run is given.
type givenFlags struct{ secrets, configs []string }

func newRunCommand(s streams) *cobra.Command {
	var f runFlags
	command := &cobra.Command{
		Use:     "run [flags] [FILE|-]",
		Short:   "Run a pipeline and show its progress",
		Long:    longRun,
		Example: exampleRun,
		Args:    oneFile,
		RunE: func(c *cobra.Command, args []string) error {
			return f.run(c.Context(), s, c.Flags(), args)
		},
	}
	set := command.Flags()
	f.addChoices(set)
	f.connection.add(set)
	f.connection.addMachine(set)
	f.given.add(set)
	f.watch.add(set)
	set.BoolVar(&f.detach, "detach", false, "print the name of the run and do not wait")
	set.BoolVar(&f.open, "open", false, "show the run in a browser, too, after its end until Ctrl-C; see 'kfp2argo open'")
	set.StringVar(&f.server, "server", "", "with --open, on the kfp2argo serve at `URL`")
	return command
}

func (f *runFlags) run(ctx context.Context, s streams, set *pflag.FlagSet, args []string) error {
	if err := errors.Join(f.watch.check(), checkColor(f.color), f.connection.check(), f.given.check(f.connection.local), f.checkOpen()); err != nil {
		return err
	}
	t, err := f.translated(s, set, args)
	if err != nil {
		return err
	}
	f.connection.Namespace = t.namespace
	cluster, err := f.connection.connect(ctx, s)
	if err != nil {
		return err
	}
	if f.connection.local {
		if err := f.prepare(ctx, s, cluster, t.workflow); err != nil {
			return err
		}
	}
	created, err := cluster.Submit(ctx, t.document)
	if err != nil {
		return err
	}
	if f.detach {
		_, err := fmt.Fprintln(s.out, created.Name)
		return err
	}
	show := func() error {
		return f.watch.show(ctx, s, cluster, watched{run: created.Name, color: f.color, stop: true, pipeline: t.pipeline})
	}
	if f.open {
		return f.openBeside(ctx, s, created, show)
	}
	return show()
}

// submission is what run submits.
type submission struct {
	// document is what 'kfp2argo translate' would print, and the version of the
	// pipeline; namespace is the one that it is for.
	document  []byte
	namespace string
	workflow  *wfv1.Workflow
	// pipeline is the compiled pipeline as canonical JSON.
	pipeline []byte
}

// translated translates the pipeline.
func (f *runFlags) translated(s streams, set *pflag.FlagSet, args []string) (*submission, error) {
	source, err := f.readAll(s, set, args)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(f.kind.kinds, []kind.Kind{kind.Workflow}) {
		return nil, usageError{errors.New("run starts a Workflow; install other kinds with kubectl")}
	}
	if f.connection.local {
		if err := stayHere(&f.options); err != nil {
			return nil, err
		}
	}
	workflow, found, err := translate.Translate(source, f.options)
	if err := errors.Join(f.show(s, source, found), err); err != nil {
		return nil, err
	}
	if workflow == nil {
		return nil, errProblems
	}
	if err := requireArguments(workflow); err != nil {
		return nil, err
	}
	pipeline, digest, err := translate.PipelineJSON(source)
	if err != nil {
		return nil, err
	}
	workflow.Annotations[contract.DigestAnnotation] = digest
	var text bytes.Buffer
	err = f.kind.print(&text, workflow, f.origin(source))
	return &submission{text.Bytes(), workflow.Namespace, workflow, pipeline}, err
}

// requireArguments says what a run would lack, with the flags that give it. Argo
// would refuse the run as well, but only when it has been created.
func requireArguments(workflow *wfv1.Workflow) error {
	if workflow.Spec.WorkflowTemplateRef != nil {
		return nil // the template has the rest
	}
	var missing []string
	for _, p := range workflow.Spec.Arguments.Parameters {
		switch {
		case p.Value != nil || p.Default != nil || p.ValueFrom != nil:
		case p.Name == translate.RootArgument:
			missing = append(missing, "a place for artifacts (--pipeline-root URI, such as s3://bucket/path)")
		default:
			missing = append(missing, fmt.Sprintf("a value for input %q (-p %[1]s=VALUE)", p.Name))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return usageError{fmt.Errorf("the run needs %s", strings.Join(missing, " and "))}
}

// The claim with the artifacts of local runs that have no other store, and the
// directory in it.
const (
	localClaim     = "kfp2argo"
	localArtifacts = "artifacts"
)

// stayHere completes the options for runs on this machine.
func stayHere(options *translate.Options) error {
	store := &options.Store
	if options.Pods.Image != "" {
		return usageError{errors.New("--image has no meaning with --local, where the programs of pods are those beside kfp2argo")}
	}
	if store.Root == "" && store.Volume.Claim == "" && len(store.Configs) == 0 {
		store.Volume = translate.StoreVolume{Claim: localClaim, SubPath: localArtifacts}
	}
	return nil
}

func (g *givenFlags) add(set *pflag.FlagSet) {
	set.StringArrayVar(&g.secrets, "local-secret", nil, "with --local, make a Secret: `NAME=DIR` whose files are the keys, or NAME=FILE with lines KEY=VALUE (repeatable)")
	set.StringArrayVar(&g.configs, "local-config", nil, "with --local, make a ConfigMap in the same way: `NAME=DIR` or NAME=FILE (repeatable)")
}

func (g givenFlags) check(isLocal bool) error {
	if !isLocal && len(g.secrets)+len(g.configs) > 0 {
		return usageError{errors.New("--local-secret and --local-config are for --local")}
	}
	return nil
}

// put makes the objects.
func (g givenFlags) put(ctx context.Context, c *live.Cluster) error {
	for _, kind := range []struct {
		texts []string
		put   func(context.Context, string, map[string][]byte) error
	}{{g.secrets, c.PutSecret}, {g.configs, c.PutConfigMap}} {
		for _, text := range kind.texts {
			given, err := local.ReadObject(text)
			if err != nil {
				return usageError{err}
			}
			if err := kind.put(ctx, given.Name, given.Data); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepare makes what the user gives, and says what this machine cannot mean.
func (f *runFlags) prepare(ctx context.Context, s streams, c *live.Cluster, w *wfv1.Workflow) error {
	if err := f.given.put(ctx, c); err != nil {
		return err
	}
	needs := local.Needs(w)
	secrets, err := local.Missing("Secret", "--local-secret", needs.Secrets, func(name string) (bool, error) { return c.HasSecret(ctx, name) })
	if err != nil {
		return err
	}
	configs, err := local.Missing("ConfigMap", "--local-config", needs.ConfigMaps, func(name string) (bool, error) { return c.HasConfigMap(ctx, name) })
	if err != nil {
		return err
	}
	machine, err := f.connection.engine.Machine()
	if err != nil {
		return err
	}
	for _, line := range slices.Concat(local.Notices(w, machine), secrets, configs) {
		fmt.Fprintln(s.err, "kfp2argo: this machine:", line)
	}
	return nil
}

// addCluster adds the flags that say which cluster is meant, but for the
// namespace.
func addCluster(set *pflag.FlagSet, c *live.Connection) {
	set.StringVar(&c.Kubeconfig, "kubeconfig", "", "find the cluster in `FILE` (default: as kubectl does)")
	set.StringVar(&c.Context, "context", "", "take `CONTEXT` of that file")
}

// addNamespace adds the flag for the namespace of a run that exists.
func addNamespace(set *pflag.FlagSet, c *live.Connection) {
	set.StringVarP(&c.Namespace, "namespace", "n", "", "look for the run in `NAMESPACE` (default: that of the context)")
}
