package overlay

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/nodename"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// Select finds the tasks of a pipeline that the patches are for, and returns
// the patches of each in the order in which they are to be merged. It reports
// a patch that no task is selected by, and one with fields that mean nothing for
// the tasks that are.
func (o *Overlays) Select(p *pipeline.Pipeline, report *diag.Report) map[*pipeline.Task][]json.RawMessage {
	selected := map[*pipeline.Task][]json.RawMessage{}
	for _, t := range o.tasks {
		matched := tasksNamed(p, t.selector)
		if len(matched) == 0 {
			messages{report}.unmatched(t, tasksOf(p))
			continue
		}
		for _, n := range t.takers(matched, report) {
			selected[n.task] = append(selected[n.task], t.json)
		}
	}
	return selected
}

// Tasks returns the tasks of a pipeline that a selector of patches selects.
func Tasks(p *pipeline.Pipeline, selector string) []*pipeline.Task {
	var all []*pipeline.Task
	for _, n := range tasksNamed(p, selector) {
		all = append(all, n.task)
	}
	return all
}

// tasksNamed returns the tasks that a selector selects: by their name, by their name
// behind that of their pipeline and a slash, or by their path in the run, which may
// begin with the name of the pipeline.
func tasksNamed(p *pipeline.Pipeline, selector string) []namedTask {
	at := map[*pipeline.Task]bool{}
	if strings.Contains(selector, ".") {
		follow(p.Root, strings.Split(nodename.Below(p.Name, selector), "."), at)
	}
	return slices.DeleteFunc(tasksOf(p), func(n namedTask) bool { return !n.matches(selector) && !at[n.task] })
}

// follow adds the tasks that a path of names leads to, from a pipeline down.
func follow(c *pipeline.Component, path []string, at map[*pipeline.Task]bool) {
	dag, ok := c.Body.(*pipeline.DAG)
	if !ok {
		return
	}
	for _, t := range dag.Tasks {
		switch {
		case !matches(path[0], t.Key):
		case len(path) == 1:
			at[t] = true
		default:
			follow(t.Component, path[1:], at)
		}
	}
}

// takers returns those of the tasks that a selector matches which take the
// patch: tasks with pods, and where there are none, DAGs.
func (t taskPatch) takers(matched []namedTask, report *diag.Report) []namedTask {
	if t.isEmpty() {
		return nil
	}
	candidates := slices.DeleteFunc(slices.Clone(matched), func(n namedTask) bool { return !n.task.Component.HasPod() })
	if len(candidates) == 0 {
		candidates = matched
	}
	takers := slices.DeleteFunc(slices.Clone(candidates), func(n namedTask) bool { return len(t.strange(n)) > 0 })
	if len(takers) == 0 {
		for _, f := range t.strange(candidates[0]) {
			messages{report}.meaningless(t, f, candidates[0])
		}
	}
	return takers
}

func (t taskPatch) isEmpty() bool { return string(t.json) == "{}" }

// strange lists the fields of a patch that mean nothing for a task.
func (t taskPatch) strange(n namedTask) []document.Text {
	return slices.DeleteFunc(slices.Clone(t.fields), func(f document.Text) bool { return n.takes(f.Value) })
}

// takes reports whether a field of a template means something for a task.
func (n namedTask) takes(field string) bool {
	switch n.task.Component.Body.(type) {
	case *pipeline.Container:
		return true
	case *pipeline.Claim: // Argo's own container, in a pod like others
		return !slices.Contains([]string{containerField, "initContainers", "sidecars"}, field)
	case *pipeline.Importer: // our own program, where it fetches something
		return n.task.Component.HasPod()
	case *pipeline.DAG:
		return slices.Contains(dagFields(), field)
	}
	return false
}

// dagFields lists the fields of a template that mean something for one without
// a pod.
func dagFields() []string {
	return []string{"parallelism", "synchronization", "metrics", "annotations"}
}

// namedTask is a task with the name of what it is part of.
type namedTask struct {
	owner string
	task  *pipeline.Task
}

// tasksOf lists the tasks of a pipeline and of all pipelines in it.
func tasksOf(p *pipeline.Pipeline) []namedTask {
	var all []namedTask
	for _, c := range p.Components {
		dag, ok := c.Body.(*pipeline.DAG)
		if !ok {
			continue
		}
		owner := c.Name()
		if c == p.Root {
			owner = p.Name
		}
		for _, t := range dag.Tasks {
			all = append(all, namedTask{owner, t})
		}
	}
	return all
}

// matches reports whether a selector selects the task: by its name, or by its
// name behind that of its pipeline and a slash.
func (n namedTask) matches(selector string) bool {
	if slash := strings.LastIndex(selector, "/"); slash >= 0 {
		return matches(selector[:slash], n.owner) && matches(selector[slash+1:], n.task.Key)
	}
	return matches(selector, n.task.Key)
}

// matches reports whether a name matches a pattern, in which * stands for any
// characters and ? for one.
func matches(pattern, name string) bool {
	p, n := []rune(pattern), []rune(name)
	star, from := -1, 0 // the last star, and where what it stands for ends
	i := 0
	for j := 0; j < len(n); {
		switch {
		case i < len(p) && p[i] == '*':
			star, from = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == n[j]):
			i++
			j++
		case star >= 0:
			from++
			i, j = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(string(p[i:]), "*") == ""
}
