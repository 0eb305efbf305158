// Library is a program of a team of its own that uses kfp2argo as a library: it
// makes a WorkflowTemplate of each pipeline, with the settings of the team, and
// reports mistakes as GitHub's annotations.
//
//	go run ./examples/library examples/hello.yaml examples/loops.yaml | kubectl apply -f -
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/kind"
)

func main() {
	ok, err := install(os.Args[1:], os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// team has our team's settings of all Workflows.
const team = `
workflow:
  metadata:
    labels: {team: forecasting}
  spec:
    podGC: {strategy: OnPodSuccess}
`

// install writes a template for each of the files, and reports whether all of
// them are sound.
func install(files []string, out, annotations io.Writer) (bool, error) {
	sound := true
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return false, err
		}
		// A bug of kfp2argo is an error; mistakes in the pipeline are values.
		workflow, found, err := translate.Translate(diag.Source{Name: file, Text: text}, translate.Options{
			Namespace: "forecasting",
			Store:     translate.Store{Root: "s3://forecasting/pipelines"},
			Overlays:  []diag.Source{{Name: "team", Text: []byte(team)}},
		})
		if err != nil {
			return false, fmt.Errorf("%s: %w", file, err)
		}
		for _, d := range found {
			annotate(annotations, file, d)
		}
		if workflow == nil {
			sound = false
			continue
		}
		template, err := kind.Template(workflow)
		if err != nil {
			return false, fmt.Errorf("%s: %w", file, err)
		}
		fmt.Fprintln(out, "---")
		if err := translate.Print(out, template, filepath.Base(file)); err != nil {
			return false, err
		}
	}
	return sound, nil
}

// annotate writes a diagnostic as a command of GitHub's workflows, which shows
// it beside the line in a pull request.
func annotate(w io.Writer, file string, d diag.Diagnostic) {
	level := "warning"
	if d.Severity == diag.Error {
		level = "error"
	}
	fmt.Fprintf(w, "::%s file=%s,line=%d,col=%d,title=%s::%s\n", level, file, d.Span.Line, d.Span.Column, d.Code, d.Message)
}
