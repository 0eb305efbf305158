package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/graph"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

const longGraph = `Draw the tasks of a compiled pipeline, the values between them, and the
conditions, loops and exit handlers around them: as a flowchart in Mermaid's
language, which GitHub and GitLab draw in Markdown, in the language of Graphviz,
or as an SVG picture.

With --run or --workflow the picture shows how a run of the pipeline went, or how
it goes. Without a name --run means the latest run of the namespace.

A pipeline in a file that is called graph is translated by 'kfp2argo ./graph'.`

const exampleGraph = `  # For a pull request
  kfp2argo graph pipeline.yaml

  # A picture
  kfp2argo graph pipeline.yaml --format svg -o pipeline.svg

  # How a run goes
  kfp2argo graph pipeline.yaml --run hello-x7k2p -n team-a --format svg -o run.svg

  # The latest run
  kfp2argo graph pipeline.yaml --format svg -o run.svg --run

  # How one went that is kept in a file
  kubectl get workflow hello-x7k2p -o json | kfp2argo graph pipeline.yaml --workflow - --format svg -o run.svg`

// graphFlags are the flags of graph.
type graphFlags struct {
	format, output, workflow, color string
	run                             string
	place                           place
	// ofRun is whether a run of the cluster is to be shown; its name is empty for the
	// latest.
	ofRun bool
}

func newGraphCommand(s streams) *cobra.Command {
	var f graphFlags
	command := &cobra.Command{
		Use:     "graph [flags] FILE|-",
		Short:   "Draw a pipeline, or a run of it",
		Long:    longGraph,
		Example: exampleGraph,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{fmt.Errorf("graph draws one file: %q", args)}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			f.ofRun = c.Flags().Changed("run")
			return f.draw(c.Context(), s, args[0])
		},
	}
	set := command.Flags()
	set.SortFlags = false
	set.StringVar(&f.format, "format", "mermaid", "write `FORMAT`: mermaid, dot or svg")
	set.StringVarP(&f.output, "output", "o", "", "write to `FILE` instead of standard output")
	set.StringVar(&f.workflow, "workflow", "", "show the run in `FILE`, a Workflow with its status in YAML or JSON")
	set.StringVar(&f.run, "run", "", "show the run `NAME` of the cluster, or of this machine with --local; without a NAME behind all other arguments, the latest")
	f.place.add(set)
	addNamespace(set, &f.place.Connection)
	set.StringVar(&f.color, "color", "auto", "colour messages: `WHEN` is auto, always or never")
	return command
}

// withoutName gives --run an empty name where graph is called without one: as the
// last argument, or before another flag.
func withoutName(args []string) []string {
	at := slices.Index(args, "--run")
	isLast := at == len(args)-1
	if len(args) == 0 || args[0] != "graph" || at < 0 || !isLast && (args[at+1] == stdin || !strings.HasPrefix(args[at+1], "-")) {
		return args
	}
	given := slices.Clone(args)
	given[at] = "--run="
	return given
}

// draw reads a pipeline, and a run of it if there is one, and writes the
// picture.
func (f *graphFlags) draw(ctx context.Context, s streams, name string) error {
	if name == stdin && f.workflow == stdin {
		return usageError{fmt.Errorf("only one of the pipeline and the Workflow can come from standard input")}
	}
	if f.workflow != "" && f.ofRun {
		return usageError{errors.New("give either --workflow or --run, not both")}
	}
	if err := checkColor(f.color); err != nil {
		return err
	}
	write, ok := map[string]func(*graph.Graph, io.Writer) error{
		"mermaid": (*graph.Graph).Mermaid, "dot": (*graph.Graph).DOT, "svg": (*graph.Graph).SVG,
	}[f.format]
	if !ok {
		hint := ""
		if f.format == "png" {
			hint = "; for a PNG, give dot to Graphviz: kfp2argo graph FILE --format dot | dot -Tpng -o FILE.png"
		}
		return usageError{fmt.Errorf("--format is %q; it can be mermaid, dot or svg%s", f.format, hint)}
	}
	resolved, err := f.resolve(s, name)
	if err != nil {
		return err
	}
	drawn := graph.Build(resolved)
	run, err := f.runOf(ctx, s, resolved)
	if err != nil {
		return err
	}
	if run != nil {
		drawn.Color(run, time.Now())
	}
	var text bytes.Buffer
	if err := write(drawn, &text); err != nil {
		return err
	}
	return emitTo(s, f.output, text.Bytes())
}

// runOf returns the run that is to be shown, or nil.
func (f *graphFlags) runOf(ctx context.Context, s streams, p *translate.Pipeline) (*progress.Run, error) {
	switch {
	case f.workflow != "":
		return readRun(s, f.workflow, p)
	case !f.ofRun:
		return nil, f.place.check()
	}
	cluster, err := f.place.connect(ctx, s)
	if err != nil {
		return nil, err
	}
	name, err := runOrLatest(ctx, s, cluster, f.run)
	if err != nil {
		return nil, err
	}
	workflow, err := cluster.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	return progress.Read(workflow, p)
}

// resolve reads a pipeline and says what is wrong with it.
func (f *graphFlags) resolve(s streams, name string) (*translate.Pipeline, error) {
	source, err := read(s, name)
	if err != nil {
		return nil, err
	}
	resolved, found, err := translate.Resolve(source)
	if err != nil {
		return nil, err
	}
	shown := flags{color: f.color}
	if err := diag.Render(s.err, source, found, diag.Options{Color: colored(shown.color, s.err)}); err != nil {
		return nil, err
	}
	if resolved == nil {
		return nil, errProblems
	}
	return resolved, nil
}

// readRun reads a Workflow as kubectl and argo print it.
func readRun(s streams, name string, p *translate.Pipeline) (*progress.Run, error) {
	source, err := read(s, name)
	if err != nil {
		return nil, err
	}
	var workflow wfv1.Workflow
	if err := yaml.Unmarshal(source.Text, &workflow); err != nil {
		return nil, fmt.Errorf("reading the Workflow in %s: %w", source.Name, err)
	}
	if workflow.Kind != "" && workflow.Kind != "Workflow" {
		return nil, fmt.Errorf("%s holds a %s, not a Workflow", source.Name, workflow.Kind)
	}
	run, err := progress.Read(&workflow, p)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", source.Name, err)
	}
	return run, nil
}

// emitTo writes what a command makes to a file, or where none is named to
// standard output.
func emitTo(s streams, file string, text []byte) error {
	if file == "" {
		_, err := s.out.Write(text)
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
