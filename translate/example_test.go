package translate_test

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/kind"
)

// hello reads the pipeline that most of the examples translate.
func hello() diag.Source {
	text, err := os.ReadFile("../examples/hello.yaml")
	if err != nil {
		log.Fatal(err)
	}
	return diag.Source{Name: "hello.yaml", Text: text}
}

// What Translate returns is Argo's own type, ready for Argo's own client.
func ExampleTranslate() {
	workflow, found, err := translate.Translate(hello(), translate.Options{})
	if err != nil {
		log.Fatal(err) // a bug of the translator
	}
	if workflow == nil {
		log.Fatal(found) // mistakes in the pipeline
	}
	fmt.Println(workflow.Kind, workflow.GenerateName)
	for _, p := range workflow.Spec.Arguments.Parameters {
		fmt.Println("argument", p.Name, "=", *p.Value)
	}
	for _, t := range workflow.Spec.Templates {
		fmt.Println("template", t.Name)
	}
	// Output:
	// Workflow hello-
	// argument recipient = World
	// template entry
	// template hello
	// template greet
	// template shout
}

// Mistakes are values. They have a code that never changes, a place and mostly a
// hint; all of them come at once.
func ExampleTranslate_diagnostics() {
	source := hello()
	source.Text = bytes.ReplaceAll(source.Text, []byte("componentInputParameter: recipient"), []byte("componentInputParameter: recipent"))
	workflow, found, err := translate.Translate(source, translate.Options{Pods: translate.Pods{Env: []translate.EnvVar{{Name: "NO GOOD"}}}})
	fmt.Println(workflow == nil, err)
	for _, d := range found {
		fmt.Println(d.Severity == diag.Error, d.Code, d.Span.Line, d.Span.Column)
	}

	fmt.Println()
	if err := diag.Render(os.Stdout, source, found[1:], diag.Options{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// true <nil>
	// true bad-setting 0 0
	// true unknown-input 112 40
	//
	// hello.yaml:112:40: task "greet" takes input "recipent" of the pipeline, which has no such input [unknown-input]
	//     |
	// 112 |               componentInputParameter: recipent
	//     |                                        ^^^^^^^^
	//     = hint: did you mean "recipient"?
}

// Options are what a pipeline leaves open.
func ExampleOptions() {
	workflow, _, err := translate.Translate(hello(), translate.Options{
		Name:      "hello-7",
		Namespace: "team-a",
		Arguments: map[string]string{"recipient": "Argo"},
		Cache:     translate.Cache{MaxAge: 72 * time.Hour},
		Pods: translate.Pods{
			Image:          "registry.example.com/kfp2argo:v1",
			ServiceAccount: "runner",
			Security:       translate.Baseline,
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(workflow.Namespace, workflow.Name, workflow.Spec.ServiceAccountName)
	fmt.Println(*workflow.Spec.Arguments.Parameters[0].Value)
	fmt.Println(workflow.Spec.TemplateDefaults.InitContainers[0].Image)
	// Output:
	// team-a hello-7 runner
	// Argo
	// registry.example.com/kfp2argo:v1
}

// A patch sets what a pipeline cannot say, and what is wrong with it is a
// diagnostic, too, with its place in the patch.
func ExampleOptions_overlays() {
	patch := diag.Source{Name: "team.yaml", Text: []byte(`
workflow:
  spec:
    priority: 5
tasks:
  greet:
    nodeSelector: {disk: ssd}
`)}
	workflow, found, err := translate.Translate(hello(), translate.Options{Overlays: []diag.Source{patch}})
	if err != nil || workflow == nil {
		log.Fatal(found, err)
	}
	fmt.Println("priority", *workflow.Spec.Priority)
	for _, t := range workflow.Spec.Templates {
		if t.NodeSelector != nil {
			fmt.Println(t.Name, t.NodeSelector)
		}
	}
	// Output:
	// priority 5
	// greet map[disk:ssd]
}

// Print writes YAML that is made to be read.
func ExamplePrint() {
	workflow, _, err := translate.Translate(hello(), translate.Options{})
	if err != nil {
		log.Fatal(err)
	}
	var text strings.Builder
	if err := translate.Print(&text, workflow, "hello.yaml"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Join(strings.SplitAfter(text.String(), "\n")[:6], ""))
	// Output:
	// # Translated by kfp2argo devel from hello.yaml.
	// # To change it, change the pipeline and translate it again.
	// apiVersion: argoproj.io/v1alpha1
	// kind: Workflow
	// metadata:
	//   generateName: hello-
}

// Package kind makes Argo's other kinds of a Workflow: here a template, and a
// schedule that refers to it.
func Example_kinds() {
	whole, _, err := translate.Translate(hello(), translate.Options{})
	if err != nil {
		log.Fatal(err)
	}
	template, err := kind.Template(whole)
	if err != nil {
		log.Fatal(err)
	}
	run, _, err := translate.Translate(hello(), translate.Options{
		Name:      "hello-daily",
		Template:  &kind.Ref{Name: template.Name},
		Arguments: map[string]string{"recipient": "morning"},
	})
	if err != nil {
		log.Fatal(err)
	}
	daily, err := kind.Cron(run, kind.Schedule{Cron: []string{"0 5 * * *"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(template.Kind, template.Name)
	fmt.Println(daily.Kind, daily.Name, daily.Spec.Schedules, daily.Spec.WorkflowSpec.WorkflowTemplateRef.Name)
	// Output:
	// WorkflowTemplate hello
	// CronWorkflow hello-daily [0 5 * * *] hello
}

// Resolve checks a pipeline and says what it is, without translating it.
func ExampleResolve() {
	pipeline, found, err := translate.Resolve(hello())
	if err != nil || pipeline == nil {
		log.Fatal(found, err)
	}
	fmt.Println(pipeline.Name)
	for _, input := range pipeline.Inputs {
		fmt.Println(input.Name, input.Type)
	}
	// Output:
	// hello
	// recipient STRING
}
