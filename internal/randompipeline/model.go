package randompipeline

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/runtime/nodename"
)

// state is how a task ends.
type state string

const (
	succeeded state = "succeeded"
	failed    state = "failed"
	skipped   state = "skipped" // its condition does not hold
	omitted   state = "omitted" // those before it have not ended as it needs
)

// value is a text, or nothing.
type value struct {
	text  string
	given bool
}

// or is the text, or another one in place of nothing.
func (v value) or(text string) value {
	if v.given {
		return v
	}
	return value{text, true}
}

// want is how a task must end.
type want struct {
	state state
	// may is whether the task may also not be begun, as another has failed.
	may     bool
	program bool
	// out is the text of the output, or of a list its JSON.
	out value
}

// model runs a pipeline in mind.
type model struct {
	wants map[string]want // by the path of the task
}

// expected says how each task must end, and the whole run.
func (p *Pipeline) expected() (map[string]want, state) {
	m := model{wants: map[string]want{}}
	end, _ := m.dag(&p.root, map[string]value{textInput: {textGo, true}}, "")
	return m.wants, end
}

// dag runs a DAG with its inputs, below a path. It returns how it ends, and its
// text.
func (m model) dag(d *dag, inputs map[string]value, at string) (state, value) {
	if !d.optional {
		inputs[textInput] = inputs[textInput].or(textGo)
	}
	end := succeeded
	for _, t := range d.tasks {
		w := m.task(t, inputs, at)
		m.wants[at+t.name] = w
		if w.state == failed {
			end = failed
		}
	}
	m.failFast(d, at)
	if end == failed {
		return end, value{}
	}
	for _, name := range d.outputs {
		if w := m.wants[at+name]; w.state == succeeded {
			return end, w.out
		}
	}
	return end, value{}
}

func (m model) task(t *task, inputs map[string]value, at string) want {
	w := want{program: t.body == nil}
	for _, before := range t.after {
		if !t.completed && m.wants[at+before].state != succeeded {
			w.state = omitted
			return w
		}
	}
	if t.condition != nil && !t.condition.holds(m.value(t.condition.of, inputs, at)) {
		w.state = skipped
		return w
	}
	v := m.value(t.text, inputs, at)
	switch {
	case t.items != nil:
		w.state, w.out = m.loop(t, v, at+t.name)
	case t.body != nil:
		w.state, w.out = m.dag(t.body, map[string]value{textInput: v}, at+t.name+".")
	default:
		w.state, w.out = t.run(v)
	}
	return w
}

// run runs a program.
func (t *task) run(v value) (state, value) {
	if t.optional || t.text.from == file {
		v = v.or(textAbsent)
	}
	if v = v.or(textGo); v.text == textFail {
		return failed, value{}
	}
	return succeeded, v
}

// loop runs the body of a loop for each item.
func (m model) loop(t *task, text value, at string) (state, value) {
	end, list := succeeded, []string{}
	for i, item := range t.items {
		below := fmt.Sprintf("%s.%s(%d:%d).", at, nodename.IterationTask, i, i)
		one, out := m.dag(t.body, map[string]value{textInput: text, itemInput: {item, true}}, below)
		if one == failed {
			end = failed
		}
		if out.given {
			list = append(list, out.text)
		}
	}
	if end == failed || len(t.body.outputs) == 0 {
		return end, value{}
	}
	encoded, err := json.Marshal(list)
	if err != nil {
		panic(err) // they are texts
	}
	return end, value{string(encoded), true}
}

// value is what a source has.
func (m model) value(s source, inputs map[string]value, at string) value {
	switch s.from {
	case constant:
		return value{s.name, true}
	case input:
		return inputs[s.name]
	case output, file:
		return m.wants[at+s.name].out
	case status:
		return value{word(m.wants[at+s.name].state), true}
	case nowhere:
	}
	return value{}
}

// word is how a task has ended in the words of KFP's back end.
func word(s state) string {
	switch s {
	case succeeded:
		return "COMPLETE"
	case failed:
		return "FAILED"
	case skipped, omitted:
	}
	return "CANCELED"
}

func (w condition) holds(v value) bool { return (v.text == w.want) != w.not }

// failFast notes which tasks may not be begun: Argo begins no more tasks of a DAG
// in which one has failed, unless one waits for an end of any kind.
func (m model) failFast(d *dag, at string) {
	if slices.ContainsFunc(d.tasks, func(t *task) bool { return t.completed }) {
		return
	}
	for _, f := range d.tasks {
		if m.wants[at+f.name].state != failed {
			continue
		}
		before := d.before(f)
		for _, t := range d.tasks {
			if t != f && !before[t.name] {
				m.may(at + t.name)
			}
		}
	}
}

// before returns the tasks that a task waits for, and those that these wait for.
func (d *dag) before(t *task) map[string]bool {
	all := map[string]bool{}
	for _, name := range t.after {
		all[name] = true
		for _, other := range d.tasks {
			if other.name == name {
				for n := range d.before(other) {
					all[n] = true
				}
			}
		}
	}
	return all
}

// may notes it of a task and all below it.
func (m model) may(path string) {
	for at, w := range m.wants {
		if at == path || strings.HasPrefix(at, path+".") {
			w.may = true
			m.wants[at] = w
		}
	}
}

// Check compares the run of a pipeline, which has ended, with the model. It
// returns in what they differ.
func (p *Pipeline) Check(workflow *wfv1.Workflow) []string {
	wants, end := p.expected()
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if got := workflow.Status.Phase; (got == wfv1.WorkflowSucceeded) != (end == succeeded) {
		say("the run must end %s: %s %s", end, got, workflow.Status.Message)
	}
	nodes := map[string]wfv1.NodeStatus{}
	for _, n := range workflow.Status.Nodes {
		path := pathOf(strings.TrimPrefix(strings.TrimPrefix(n.Name, workflow.Name+"."), Name+"."))
		nodes[path] = n
		if n.Type == wfv1.NodeTypePod {
			if w := wants[withoutAttempt(path)]; !w.program || w.state == skipped || w.state == omitted {
				say("%s must not run: %s", path, n.Phase)
			}
		}
	}
	for path, w := range wants {
		if n, ok := nodes[path]; !w.met(n, ok) {
			say("%s must be %s with output %+v: %s %s, output %+v", path, w.state, w.out, n.Phase, n.Message, outputOf(n))
		}
	}
	slices.Sort(wrong)
	return wrong
}

// met is whether a task has ended as it must.
func (w want) met(n wfv1.NodeStatus, begun bool) bool {
	switch {
	case !begun, n.Phase == wfv1.NodeOmitted:
		return w.may || w.state == omitted
	case w.state == succeeded && w.program:
		return n.Phase == wfv1.NodeSucceeded && outputOf(n) == w.out
	case w.state == succeeded:
		return n.Phase == wfv1.NodeSucceeded
	case w.state == failed:
		return n.Phase == wfv1.NodeFailed || n.Phase == wfv1.NodeError
	default:
		return n.Phase == wfv1.NodeSkipped
	}
}

// outputOf is what a program has given.
func outputOf(n wfv1.NodeStatus) value {
	if n.Outputs == nil {
		return value{}
	}
	for _, p := range n.Outputs.Parameters {
		if p.Name != "out" || p.Value == nil || *p.Value == "" {
			continue
		}
		var text string
		if json.Unmarshal([]byte(*p.Value), &text) == nil {
			return value{text, true}
		}
		return value{p.Value.String(), true} // a list
	}
	return value{}
}

// onlyTask is a task that is itself all that is in an iteration.
var onlyTask = regexp.MustCompile(`\.([^.()]+)(\(\d+:\d+\))`)

// pathOf is the path of the node of a task as if all iterations had nodes of their
// own: `loop.iteration(0:0).a` for `loop.a(0:0)`.
func pathOf(node string) string {
	const iteration = "." + nodename.IterationTask
	return onlyTask.ReplaceAllStringFunc(node, func(found string) string {
		task, number, _ := strings.Cut(found, "(")
		if task == iteration {
			return found
		}
		return iteration + "(" + number + task
	})
}

// withoutAttempt is the path of the task of an attempt, such as `a.b(1)`.
func withoutAttempt(path string) string {
	name := path[strings.LastIndexByte(path, '.')+1:]
	if task, _, numbered := strings.Cut(name, "("); numbered && task != "iteration" {
		return strings.TrimSuffix(path, name) + task
	}
	return path
}
