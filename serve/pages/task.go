package pages

import (
	"cmp"
	"errors"
	"maps"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// taskContent is the page of a task.
type taskContent struct {
	Run        runHead
	Task       *runs.Task
	State      state
	Kind, Took string
	Waits      waitContent
	// Inside are the tasks or iterations within; Cells all iterations where they
	// are many.
	Inside   []branch
	Cells    []iteration
	Summary  string
	Attempts []attemptRow
	// Inputs and Outputs are known of tasks that have left a record, or that the
	// record of the run has.
	Inputs, Outputs []value
	Known           bool
	Cache           cacheFacts
	// Command is what prints the log.
	Command string
	// Log is of the attempt that is asked for, or the last.
	Log logContent
	// Around are the tasks around it.
	Around []crumb

	left left
}

type crumb struct{ Name, Address string }

// iteration is one of many.
type iteration struct {
	Number  int
	State   state
	Address string
}

// attemptRow is an attempt of a task.
type attemptRow struct {
	runs.Attempt
	Number int
	State  state
	Took   string
	// Phases say what the time went to, as far as that is known.
	Phases  string
	Address string
	Shown   bool
}

// cacheFacts say whether an earlier run did the work.
type cacheFacts struct {
	Verdict, Key string
	// From is the task that did it.
	From        *record.Origin
	FromAddress string
}

// value is an input or output.
type value struct {
	Name      string
	Parameter string
	// Large says where a parameter is that does not stand here.
	Large     string
	Artifacts []artifactRow
}

// artifactRow is an artifact among inputs or outputs.
type artifactRow struct {
	Name, URI, Type, Address string
	Facts                    []fact
}

// fact is something that the metadata of an artifact says.
type fact struct{ Name, Text string }

// errNoTask says that a run has no such task.
func errNoTask(path string) error { return &registry.NotFoundError{Kind: "Task", ID: path} }

// find returns a task of a run and those around it.
func find(tasks []*runs.Task, path string) (found *runs.Task, around []*runs.Task) {
	for _, t := range tasks {
		if t.Path == path {
			return t, nil
		}
		if inner, within := find(t.Inside, path); inner != nil {
			return inner, append([]*runs.Task{t}, within...)
		}
	}
	return nil, nil
}

// openTask reads a run and finds the task that is asked for, with what it was given
// and has made.
func (v *visit) openTask() (runHead, *taskContent, error) {
	h, err := v.openRun("task")
	if err != nil {
		return h, nil, err
	}
	path := v.request.PathValue("task")
	t, around := find(h.Tasks(), path)
	if t == nil {
		return h, nil, errNoTask(path)
	}
	c := &taskContent{Run: h, Task: t, State: taskState(t), Kind: kindOf(t), Took: took(t.Started, t.Finished, v.now)}
	for _, a := range around {
		c.Around = append(c.Around, crumb{a.Key, taskAddress(h.ID, a.Path)})
	}
	if t.Kind == runs.Pod || t.Kind == runs.Podless {
		if err := v.fill(&h, c); err != nil {
			return h, nil, err
		}
	}
	return h, c, nil
}

// fill adds what the task has left in the store.
func (v *visit) fill(h *runHead, c *taskContent) error {
	var err error
	if c.left, err = v.readLeft(h.Detail, []*runs.Task{c.Task}); err != nil {
		return err
	}
	t := *c.Task
	for _, a := range slices.Backward(t.Attempts) {
		r, ok := c.left.records[a.Node]
		if !ok {
			continue
		}
		c.cache(r)
		if t.Outputs == nil {
			t.Inputs, t.Outputs = inputsOf(r), runs.OutputsOf(r)
		}
		break
	}
	c.Task, c.Known = &t, t.Inputs != nil || t.Outputs != nil
	return nil
}

func inputsOf(r record.Task) runs.Values {
	all := runs.Values{}
	for name, value := range r.Inputs.Parameters {
		all[name] = runs.Value{Parameter: value}
	}
	for name, artifacts := range r.Inputs.Artifacts {
		list := make([]contract.RuntimeArtifact, 0, len(artifacts))
		for _, a := range artifacts {
			list = append(list, contract.RuntimeArtifact{URI: a.URI, Type: a.Type, Metadata: a.Metadata})
		}
		all[name] = runs.Value{Artifacts: list}
	}
	return all
}

// cache says what the record tells of the cache.
func (c *taskContent) cache(r record.Task) {
	c.Cache.Key = r.Key
	switch {
	case r.From != nil:
		c.Cache.Verdict = "Cache hit: an earlier run had done the same work."
		c.Cache.From, c.Cache.FromAddress = r.From, taskAddress(r.From.UID, strings.TrimPrefix(r.From.Task, r.Pipeline+"."))
	case r.Key == "":
		c.Cache.Verdict = "This task is not cached: the pipeline or the run says so."
	case r.Missed != "":
		c.Cache.Verdict = "Cache miss: " + r.Missed + "."
	default:
		c.Cache.Verdict = "The task ran, and later runs may use its result."
	}
}

func showTask(v *visit) (answer, error) {
	h, c, err := v.openTask()
	if err != nil {
		return nil, err
	}
	t := c.Task
	if !t.State.Final() && len(t.Inside) == 0 {
		c.Waits = v.waiting(h.Detail, t)
	}
	c.inside(v)
	c.Inputs = v.values(t.Inputs, artifactAddress(h.ID, t.Path, "inputs"))
	c.Outputs = v.values(t.Outputs, artifactAddress(h.ID, t.Path, "outputs"))
	if err := c.attempts(v); err != nil {
		return nil, err
	}
	c.Command = "kfp2argo logs " + h.Name + " " + t.Path + " -n " + h.Namespace
	p := h.page("task", c)
	p.Title = c.State.Word + ": " + t.Key + " · " + h.DisplayName
	return p, nil
}

// inside adds the tasks within.
func (c *taskContent) inside(v *visit) {
	t := c.Task
	if isLongLoop(t) {
		for i, one := range t.Inside {
			c.Cells = append(c.Cells, iteration{i, taskState(one), taskAddress(c.Run.ID, one.Path)})
		}
		_, c.Summary = strip(t.Inside)
		return
	}
	b := brancher{visit: v, run: c.Run.ID, workflow: c.Run.Workflow, open: true, levels: shownLevels(t.Inside)}
	c.Inside = b.all(t.Inside, t.Kind == runs.Loop, 0)
}

// attempts adds the attempts, and the log of one.
func (c *taskContent) attempts(v *visit) error {
	t := c.Task
	shown := len(t.Attempts) - 1
	if n, err := strconv.Atoi(v.request.URL.Query().Get("attempt")); err == nil && n >= 0 && n < len(t.Attempts) {
		shown = n
	}
	address := taskAddress(c.Run.ID, t.Path)
	for i, a := range t.Attempts {
		c.Attempts = append(c.Attempts, attemptRow{
			Attempt: a, Number: i, State: stateOf(a.State), Took: took(a.Started, a.Finished, v.now), Shown: i == shown,
			Phases: phaseWords(c.left.phases(a, cmp.Or(a.Finished, v.now))), Address: withQuery(address, "attempt", strconv.Itoa(i)) + "#log",
		})
	}
	if shown < 0 {
		return nil
	}
	return c.Log.read(v, c.Run.Detail, t, shown)
}

// values are inputs or outputs in the order of their names. Address is that of an
// artifact.
func (v *visit) values(all runs.Values, address func(name string, index int) string) []value {
	var made []value
	for _, name := range slices.Sorted(maps.Keys(all)) {
		one := value{Name: name}
		of := all[name]
		switch {
		case of.Artifacts != nil:
			for i, a := range of.Artifacts {
				one.Artifacts = append(one.Artifacts, artifactRowOf(a, address(name, i)))
			}
		case of.Reference != nil:
			one.Large = of.Reference.URI
		default:
			one.Parameter = pretty(of.Parameter)
		}
		made = append(made, one)
	}
	return made
}

func artifactRowOf(a contract.RuntimeArtifact, address string) artifactRow {
	row := artifactRow{Name: cmp.Or(a.Name, path.Base(a.URI)), URI: a.URI, Type: strings.TrimPrefix(a.Type.SchemaTitle, "system."), Address: address}
	for _, name := range slices.Sorted(maps.Keys(a.Metadata)) {
		if name == "confusionMatrix" || name == "confidenceMetrics" {
			continue // they are drawn
		}
		text := shorten(200, parameterText(a.Metadata[name]))
		if name == "display_name" && text == row.Name {
			continue // the SDK says the name once more
		}
		row.Facts = append(row.Facts, fact{name, text})
	}
	return row
}

// artifactAddress makes the addresses of the artifacts of a task.
func artifactAddress(run, task, direction string) func(string, int) string {
	return func(name string, index int) string {
		return link(url.Values{"index": {strconv.Itoa(index)}}, "runs", run, "tasks", task, direction, name)
	}
}

// isMissing reports whether an error says that something is not there.
func isMissing(err error) bool {
	var missing *registry.NotFoundError
	return errors.As(err, &missing)
}
