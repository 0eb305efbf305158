package randompipeline

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
)

// state is how a task ends.
type state string

const (
	succeeded state = "succeeded"
	failed    state = "failed"
	skipped   state = "skipped" // its condition does not hold
	omitted   state = "omitted" // those before it have not ended as it needs
)

// want is how a task must end.
type want struct {
	state state
	// may is whether the task may also not be begun, as another has failed.
	may     bool
	program bool
	// out is the text of the output, or of a list its JSON. It is empty where there
	// is none.
	out string
}

// model runs a pipeline in mind.
type model struct {
	wants map[string]want // by the path of the task
}

// expected says how each task must end, and the whole run.
func (p *Pipeline) expected() (map[string]want, state) {
	m := model{wants: map[string]want{}}
	end, _ := m.dag(&p.root, map[string]string{textInput: textGo}, "")
	return m.wants, end
}

// dag runs a DAG with its inputs, below a path. It returns how it ends, and its
// text, which is empty where there is none.
func (m model) dag(d *dag, inputs map[string]string, at string) (state, string) {
	end := succeeded
	for _, t := range d.tasks {
		w := m.task(d, t, inputs, at)
		m.wants[at+t.name] = w
		if w.state == failed {
			end = failed
		}
	}
	m.failFast(d, at)
	if end == failed || d.output == "" {
		return end, ""
	}
	return end, m.wants[at+d.output].out
}

func (m model) task(d *dag, t *task, inputs map[string]string, at string) want {
	w := want{program: t.body == nil}
	for _, before := range t.after {
		if !t.completed && m.wants[at+before].state != succeeded {
			w.state = omitted
			return w
		}
	}
	if t.condition != nil && !t.condition.holds(m.text(t.condition.of, inputs, at)) {
		w.state = skipped
		return w
	}
	text := m.text(t.text, inputs, at)
	switch {
	case t.items != nil:
		w.state, w.out = m.loop(t, text, at+t.name)
	case t.body != nil:
		w.state, w.out = m.dag(t.body, map[string]string{textInput: text}, at+t.name+".")
	case text == textFail:
		w.state = failed
	default:
		w.state, w.out = succeeded, text
	}
	return w
}

// loop runs the body of a loop for each item.
func (m model) loop(t *task, text, at string) (state, string) {
	end, list := succeeded, []string{}
	for i, item := range t.items {
		below := fmt.Sprintf("%s.iteration(%d:%d).", at, i, i)
		one, out := m.dag(t.body, map[string]string{textInput: text, itemInput: item}, below)
		if one == failed {
			end = failed
		}
		if out != "" {
			list = append(list, out)
		}
	}
	if end == failed || t.body.output == "" {
		return end, ""
	}
	encoded, err := json.Marshal(list)
	if err != nil {
		panic(err)
	}
	return end, string(encoded)
}

// text is the text of a source. What is absent is the default of the input.
func (m model) text(s source, inputs map[string]string, at string) string {
	text := s.constant
	switch {
	case s.task != "":
		text = m.wants[at+s.task].out
	case s.input != "":
		text = inputs[s.input]
	}
	if text == "" {
		return textGo
	}
	return text
}

func (w condition) holds(text string) bool { return (text == w.want) != w.not }

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
		path := strings.TrimPrefix(strings.TrimPrefix(n.Name, workflow.Name+"."), Name+".")
		nodes[path] = n
		if n.Type == wfv1.NodeTypePod {
			if w := wants[withoutAttempt(path)]; !w.program || w.state == skipped || w.state == omitted {
				say("%s must not run: %s", path, n.Phase)
			}
		}
	}
	for path, w := range wants {
		if n, ok := nodes[path]; !w.met(n, ok) {
			say("%s must be %s with output %q: %s %s, output %q", path, w.state, w.out, n.Phase, n.Message, output(n))
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
		return n.Phase == wfv1.NodeSucceeded && output(n) == w.out
	case w.state == succeeded:
		return n.Phase == wfv1.NodeSucceeded
	case w.state == failed:
		return n.Phase == wfv1.NodeFailed || n.Phase == wfv1.NodeError
	default:
		return n.Phase == wfv1.NodeSkipped
	}
}

// output is what a program has given, or an empty text.
func output(n wfv1.NodeStatus) string {
	if n.Outputs != nil {
		for _, p := range n.Outputs.Parameters {
			if p.Name == "out" && p.Value != nil {
				var text string
				if json.Unmarshal([]byte(*p.Value), &text) == nil {
					return text
				}
				return p.Value.String()
			}
		}
	}
	return ""
}

// withoutAttempt is the path of the task of an attempt, such as `a.b(1)`.
func withoutAttempt(path string) string {
	name := path[strings.LastIndexByte(path, '.')+1:]
	if task, _, numbered := strings.Cut(name, "("); numbered && task != "iteration" {
		return strings.TrimSuffix(path, name) + task
	}
	return path
}
