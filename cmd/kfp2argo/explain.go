package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/explain"
)

const explainLong = `Explain says what a pipeline will do on Argo before it runs: its tasks and pods,
what they need in the namespace, how large the Workflow is, and possible
problems. It reads FILE, or standard input if FILE is -, and takes the flags of
a translation that change the answer.

With the CODE of a message, such as unknown-output, it says what the message
means and what to do. Without an argument it lists the codes. A file whose name
looks like a code is ./FILE.`

const explainExamples = `  # What will run, and what must be there
  kfp2argo explain pipeline.yaml

  # With loops over 500 items, for a program to read
  kfp2argo explain pipeline.yaml --items 500 --output json

  # What a message means
  kfp2argo explain too-large`

// pipelineFlags are the flags of the command explain.
type pipelineFlags struct {
	flags
	format string
	items  int
}

func newExplainPipelineCommand(s streams) *cobra.Command {
	var f pipelineFlags
	command := &cobra.Command{
		Use:     "explain [flags] [FILE|-|CODE]",
		Short:   "Explain what a pipeline will do, or what a message means",
		Long:    explainLong,
		Example: explainExamples,
		Args:    oneFile,
		RunE:    func(c *cobra.Command, args []string) error { return f.run(s, c.Flags(), args) },
	}
	command.Flags().StringVarP(&f.format, "output", "o", "text", "print as `FORMAT`: text or json")
	command.Flags().IntVar(&f.items, "items", 10, "take loops to have `N` items whose lists the run makes")
	f.addChoices(command.Flags())
	return command
}

func (f *pipelineFlags) run(s streams, set *pflag.FlagSet, args []string) error {
	if err := requireFormat(f.format, "text", "json"); err != nil {
		return err
	}
	if f.items < 0 {
		return usageError{fmt.Errorf("--items is %d; there can be no fewer than 0", f.items)}
	}
	switch {
	case len(args) == 0:
		return f.codes(s.out)
	case isCode(args[0]):
		return f.code(s.out, args[0])
	}
	return f.pipeline(s, set, args)
}

// isCode reports whether an argument looks like the code of a message.
func isCode(argument string) bool {
	return regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(argument)
}

// explained is an explanation as JSON.
type explained struct {
	Code    diag.Code `json:"code"`
	Meaning string    `json:"meaning"`
	Example string    `json:"example"`
	Fix     string    `json:"fix"`
}

// codes lists all codes.
func (f *pipelineFlags) codes(w io.Writer) error {
	if f.format == "json" {
		var all []explained
		for _, e := range diag.Explanations() {
			all = append(all, explained(e))
		}
		return writeJSON(w, all)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, e := range diag.Explanations() {
		fmt.Fprintf(table, "%s\t%s\n", e.Code, firstSentence(e.Meaning))
	}
	return table.Flush()
}

// firstSentence is the first sentence of a text, without its full stop.
func firstSentence(text string) string {
	sentence, _, _ := strings.Cut(text, ". ")
	return strings.TrimSuffix(sentence, ".")
}

// code explains one code.
func (f *pipelineFlags) code(w io.Writer, code string) error {
	e, ok := diag.Explain(diag.Code(code))
	if !ok {
		var known []string
		for _, e := range diag.Explanations() {
			known = append(known, string(e.Code))
		}
		advice := "'kfp2argo explain' lists the codes"
		if nearest, ok := diag.Nearest(code, known); ok {
			advice = fmt.Sprintf("did you mean %q?", nearest)
		}
		return usageError{fmt.Errorf("there is no code %q (%s); a file of that name is ./%s", code, advice, code)}
	}
	if f.format == "json" {
		return writeJSON(w, explained(e))
	}
	example := "    " + strings.ReplaceAll(e.Example, "\n", "\n    ")
	_, err := fmt.Fprintf(w, "%s\n\n%s\n\nFor example:\n\n%s\n\nWhat to do:\n\n%s\n", e.Code, wrapped(e.Meaning), example, wrapped(e.Fix))
	return err
}

// wrapped breaks a text into lines for a terminal.
func wrapped(text string) string {
	const width = 80
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		switch {
		case column == 0:
		case column+1+len(word) > width:
			b.WriteByte('\n')
			column = 0
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len(word)
	}
	return b.String()
}

// pipeline explains a pipeline.
func (f *pipelineFlags) pipeline(s streams, set *pflag.FlagSet, args []string) error {
	source, err := f.readAll(s, set, args)
	if err != nil {
		return err
	}
	traced, found, err := translate.Trace(source, f.options)
	if err != nil {
		return err
	}
	if traced == nil {
		if err := f.show(s, source, found); err != nil {
			return err
		}
		return errProblems
	}
	var printed bytes.Buffer
	if err := translate.Print(&printed, traced.Workflow, f.origin(source)); err != nil {
		return err
	}
	report := explain.New(traced, explain.Options{Translation: f.options, Items: f.items, YAML: printed.Len(), Found: found})
	if f.format == "json" {
		return writeJSON(s.out, report)
	}
	var patches []string
	for _, p := range f.options.Overlays {
		patches = append(patches, p.Name)
	}
	return report.Text(s.out, source.Name, patches...)
}
