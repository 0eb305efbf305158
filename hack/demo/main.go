// Command demo prints the result of a run: it reads a Workflow as JSON from
// standard input and prints the tasks with their states and how long they
// took, and the outputs of the pipeline. It exits with 1 unless the run
// succeeded.
//
//	argo get -o json NAME | go run ./hack/demo
package main

import (
	"encoding/json"
	"fmt"
	"os"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
)

func main() {
	var workflow wfv1.Workflow
	if err := json.NewDecoder(os.Stdin).Decode(&workflow); err != nil {
		fmt.Fprintln(os.Stderr, "demo: reading the Workflow:", err)
		os.Exit(1)
	}
	if err := summarize(os.Stdout, &workflow); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
	if workflow.Status.Phase != wfv1.WorkflowSucceeded {
		os.Exit(1)
	}
}
