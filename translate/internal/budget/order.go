package budget

import (
	"slices"
	"strings"
	"unicode"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
)

// graph is the tasks of a DAG by name.
type graph map[string]*wfv1.DAGTask

func newGraph(tasks []wfv1.DAGTask) graph {
	g := graph{}
	for i := range tasks {
		g[tasks[i].Name] = &tasks[i]
	}
	return g
}

// before lists the tasks that a task waits for.
func (g graph) before(task *wfv1.DAGTask) []string {
	found := slices.Clone(task.Dependencies)
	words := strings.FieldsFunc(task.Depends, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-'
	})
	for _, name := range words {
		if g[name] != nil && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	return found
}

// sorted lists tasks, each after those that it waits for.
func (g graph) sorted(tasks []wfv1.DAGTask) []*wfv1.DAGTask {
	var order []*wfv1.DAGTask
	visited := map[string]bool{}
	var visit func(task *wfv1.DAGTask)
	visit = func(task *wfv1.DAGTask) {
		if task == nil || visited[task.Name] {
			return
		}
		visited[task.Name] = true
		for _, before := range g.before(task) {
			visit(g[before])
		}
		order = append(order, task)
	}
	for i := range tasks {
		visit(&tasks[i])
	}
	return order
}
