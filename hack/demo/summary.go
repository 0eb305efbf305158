package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// summarize writes what became of a Workflow:
//
//	hello-x7k2p: Succeeded in 14s; pods: 2
//
//	  hello      Succeeded  14s
//	    greet    Succeeded  6s
//	    shout    Succeeded  6s
//
//	Output: HELLO, WORLD!
func summarize(w io.Writer, workflow *wfv1.Workflow) error {
	status := workflow.Status
	nodes := tasks(workflow)
	fmt.Fprintf(w, "%s: %s in %s; pods: %d\n\n", workflow.Name, status.Phase, took(status.StartedAt, status.FinishedAt), pods(nodes))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, n := range nodes {
		path := strings.Split(strings.TrimPrefix(n.Name, workflow.Name+"."), ".")
		line := []string{
			strings.Repeat("  ", len(path)) + path[len(path)-1],
			string(n.Phase), took(n.StartedAt, n.FinishedAt), n.Message,
		}
		fmt.Fprintln(table, strings.TrimRight(strings.Join(line, "\t"), "\t"))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(w)
	for _, o := range outputs(workflow) {
		fmt.Fprintf(w, "%s: %s\n", o.Name, o.Value.String())
	}
	return nil
}

// tasks lists the nodes of the pipeline and its tasks, each below the one that
// it is part of, in the order in which they started.
func tasks(workflow *wfv1.Workflow) []wfv1.NodeStatus {
	children := map[string][]wfv1.NodeStatus{}
	for _, n := range workflow.Status.Nodes {
		if n.Name != workflow.Name {
			children[n.BoundaryID] = append(children[n.BoundaryID], n)
		}
	}
	var all []wfv1.NodeStatus
	var visit func(id string)
	visit = func(id string) {
		slices.SortFunc(children[id], func(a, b wfv1.NodeStatus) int {
			return cmp.Or(a.StartedAt.Compare(b.StartedAt.Time), cmp.Compare(a.Name, b.Name))
		})
		for _, n := range children[id] {
			all = append(all, n)
			visit(n.ID)
		}
	}
	visit(workflow.Name) // the ID of the entry, too
	return all
}

func pods(nodes []wfv1.NodeStatus) int {
	count := 0
	for _, n := range nodes {
		if n.Type == wfv1.NodeTypePod {
			count++
		}
	}
	return count
}

// outputs lists the pipeline's outputs, which are those of the entry.
func outputs(workflow *wfv1.Workflow) []wfv1.Parameter {
	entry, ok := workflow.Status.Nodes[workflow.Name]
	if !ok || entry.Outputs == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(entry.Outputs.Parameters), func(p wfv1.Parameter) bool { return p.Value == nil })
}

// took says how long something took, or for how long it has been going on.
func took(from, to metav1.Time) string {
	if from.IsZero() {
		return "-"
	}
	if to.IsZero() {
		to = metav1.Now()
	}
	return to.Sub(from.Time).Round(time.Second).String()
}
