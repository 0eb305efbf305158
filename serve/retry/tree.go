package retry

import (
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/runtime/nodename"
)

// tree is the nodes of a Workflow, by what they are in, and what a retry does
// with them.
type tree struct {
	workflow  *wfv1.Workflow
	templates map[string]*wfv1.Template
	nodes     map[string]wfv1.NodeStatus // by their IDs
	// inside lists, by the ID of a DAG's node and the name of a task, the nodes of
	// that task: its own, those of its iterations and attempts, and its hooks.
	inside map[string]map[string][]string

	dropped map[string]bool // nodes that Argo makes anew
	reset   map[string]bool // nodes that stay, and go on
}

func newTree(w *wfv1.Workflow, byName map[string]wfv1.NodeStatus) *tree {
	t := &tree{
		workflow: w, templates: map[string]*wfv1.Template{}, nodes: map[string]wfv1.NodeStatus{},
		inside: map[string]map[string][]string{}, dropped: map[string]bool{}, reset: map[string]bool{},
	}
	spec := &w.Spec
	if stored := w.Status.StoredWorkflowSpec; stored != nil {
		spec = stored
	}
	for i := range spec.Templates {
		t.templates[spec.Templates[i].Name] = &spec.Templates[i]
	}
	for _, n := range byName {
		t.nodes[n.ID] = n
	}
	for id, n := range t.nodes {
		around, ok := t.nodes[n.BoundaryID]
		if !ok {
			continue
		}
		if t.inside[around.ID] == nil {
			t.inside[around.ID] = map[string][]string{}
		}
		task := taskOf(around.Name, n.Name)
		t.inside[around.ID][task] = append(t.inside[around.ID][task], id)
	}
	return t
}

// taskOf is the task that a node is of, in the DAG of another node. Names of
// tasks have no dots and no parentheses in Argo.
func taskOf(around, name string) string {
	rest := strings.TrimPrefix(name, around+".")
	if end := strings.IndexAny(rest, ".("); end >= 0 {
		rest = rest[:end]
	}
	return rest
}

// retry finds out what is dropped and what goes on.
func (t *tree) retry() {
	for id, n := range t.nodes {
		if isExit(t.workflow.Name, n.Name) {
			t.dropped[id] = true
		}
	}
	for _, n := range t.nodes {
		switch {
		case n.Name != t.workflow.Name || ended(n):
		case n.Type != wfv1.NodeTypeDAG || lostWorkspace(t.workflow):
			for id := range t.nodes {
				t.dropped[id] = true
			}
		default:
			t.again(n)
		}
	}
}

// lostWorkspace reports whether what tasks have left on volumes is gone, so that
// those after them cannot go on.
func lostWorkspace(w *wfv1.Workflow) bool {
	return len(w.Spec.VolumeClaimTemplates) > 0 && len(w.Status.PersistentVolumeClaims) == 0
}

// ended reports whether a node needs no retry.
func ended(n wfv1.NodeStatus) bool {
	switch n.Phase {
	case wfv1.NodeSucceeded, wfv1.NodeSkipped, wfv1.NodeOmitted:
		return true
	default:
		return false
	}
}

// again makes a node go on that has failed: one with nodes inside goes on with
// those, any other is made anew.
func (t *tree) again(n wfv1.NodeStatus) {
	template := t.templates[n.TemplateName]
	switch {
	case n.Type != wfv1.NodeTypeDAG:
		t.drop(n.ID)
		return
	case template == nil || template.DAG == nil || n.TemplateRef != nil:
		// Nobody knows what depends on what there.
		t.reset[n.ID] = true
		t.dropInside(n.ID)
		return
	}
	t.reset[n.ID] = true
	failed := map[string]bool{}
	for _, task := range template.DAG.Tasks {
		if top, ok := t.top(n, task.Name); ok && !ended(top) {
			failed[task.Name] = true
		}
	}
	later := after(template.DAG.Tasks, failed)
	for task, ids := range t.inside[n.ID] {
		top, _ := t.top(n, task)
		switch {
		case !later[task] && !failed[task]:
		case !later[task] && top.Type == wfv1.NodeTypeTaskGroup:
			t.iterations(top, ids)
		case !later[task] && top.Type == wfv1.NodeTypeDAG:
			t.again(top)
		default:
			for _, id := range ids {
				t.drop(id)
			}
		}
	}
}

// top is the node of a task itself.
func (t *tree) top(around wfv1.NodeStatus, task string) (wfv1.NodeStatus, bool) {
	for _, id := range t.inside[around.ID][task] {
		if n := t.nodes[id]; n.Name == nodename.Task(around.Name, task) {
			return n, true
		}
	}
	return wfv1.NodeStatus{}, false
}

// iterations makes those iterations of a loop go on that have failed.
func (t *tree) iterations(loop wfv1.NodeStatus, ids []string) {
	t.reset[loop.ID] = true
	for _, id := range ids {
		n := t.nodes[id]
		if of, _, ok := nodename.Number(n.Name); !ok || of != loop.Name || ended(n) {
			continue // an attempt of an iteration, or a hook
		}
		if n.Type == wfv1.NodeTypeDAG {
			t.again(n)
			continue
		}
		for _, other := range ids {
			if of, _, ok := nodename.Number(t.nodes[other].Name); other == id || ok && of == n.Name {
				t.drop(other)
			}
		}
	}
}

// drop drops a node with all that is inside.
func (t *tree) drop(id string) {
	t.dropped[id] = true
	delete(t.reset, id)
	t.dropInside(id)
}

func (t *tree) dropInside(id string) {
	for _, ids := range t.inside[id] {
		for _, inner := range ids {
			t.drop(inner)
		}
	}
}

// after lists the tasks that come after some others, near or far.
func after(tasks []wfv1.DAGTask, first map[string]bool) map[string]bool {
	later := map[string]bool{}
	for changed := true; changed; {
		changed = false
		for _, task := range tasks {
			if later[task.Name] {
				continue
			}
			for _, before := range befores(task) {
				if first[before] || later[before] {
					later[task.Name], changed = true, true
					break
				}
			}
		}
	}
	return later
}

// befores names the tasks that a task waits for. In depends each name may have
// the wanted status behind a dot.
func befores(task wfv1.DAGTask) []string {
	names := append([]string(nil), task.Dependencies...)
	words := strings.FieldsFunc(task.Depends, func(c rune) bool { return strings.ContainsRune("()!&| \t\r\n", c) })
	for _, word := range words {
		name, _, _ := strings.Cut(word, ".")
		names = append(names, name)
	}
	return names
}
