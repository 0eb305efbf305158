package main

import (
	"bytes"
	"cmp"
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
	"golang.org/x/term"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/runtime/lineage"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/graph"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

const longGraph = `Draw the tasks of a compiled pipeline, the values between them, and the
conditions, loops and exit handlers around them: as a flowchart in Mermaid's
language, which GitHub and GitLab draw in Markdown, in the language of Graphviz,
or as a picture, SVG or PNG.

With --run or --workflow the picture shows how a run of the pipeline went, or
how it goes. Without a name --run means the latest run of the namespace.

A pipeline in a file that is called graph is translated by 'kfp2argo ./graph'.`

const exampleGraph = `  # For a pull request
  kfp2argo graph pipeline.yaml

  # A picture
  kfp2argo graph pipeline.yaml -O pipeline.svg

  # How a run goes
  kfp2argo graph pipeline.yaml --run hello-x7k2p -n team-a -O run.svg

  # The latest run
  kfp2argo graph pipeline.yaml -O run.svg --run

  # How one went that is kept in a file
  kubectl get workflow hello-x7k2p -o json |
    kfp2argo graph pipeline.yaml --workflow - -O run.svg`

// graphFlags are the flags of graph.
type graphFlags struct {
	output                       outputFlags
	format, workflow, color, run string
	place                        place
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
	f.output.add(set, pictures())
	set.StringVar(&f.format, "format", "", "the name of --output in older versions")
	set.Lookup("format").Hidden = true
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
	if err := f.completeOutput(s); err != nil {
		return err
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
	write := map[string]func(*graph.Graph, io.Writer) error{
		"mermaid": (*graph.Graph).Mermaid, "dot": (*graph.Graph).DOT, "svg": (*graph.Graph).SVG, "png": f.png(s),
	}[f.output.format]
	if err := write(drawn, &text); err != nil {
		return err
	}
	return f.output.write(s, text.Bytes())
}

// png writes a graph as PNG, and says what the picture cannot show.
func (f *graphFlags) png(s streams) func(*graph.Graph, io.Writer) error {
	return func(drawn *graph.Graph, w io.Writer) error {
		missing, err := drawn.PNG(w)
		if len(missing) > 0 {
			fmt.Fprintf(s.err, "kfp2argo: the font of PNGs lacks %s: boxes stand in their place; an SVG shows them\n", lineage.Printable(string(missing)))
		}
		return err
	}
}

// completeOutput chooses the format. In older versions it was --format, and then
// -o the file.
func (f *graphFlags) completeOutput(s streams) error {
	if f.format != "" {
		fmt.Fprintln(s.err, "kfp2argo: --format is now --output, or -o, and the file --output-file, or -O")
		f.output.file = cmp.Or(f.output.file, f.output.format)
		f.output.format = f.format
	}
	if err := f.output.complete(s); err != nil {
		return err
	}
	if out, ok := s.out.(*os.File); ok && f.output.format == "png" && f.output.file == "" && term.IsTerminal(int(out.Fd())) {
		return usageError{errors.New("a PNG is not for a terminal; give it a file, with -O FILE.png")}
	}
	return nil
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
