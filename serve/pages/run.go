package pages

import (
	"maps"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/posted"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// runHead is what all pages of a run begin with.
type runHead struct {
	*registry.Detail
	Address    string
	View       string // the tab
	Experiment string
	Took       string
	Counts     []count
	// May are the actions that make sense now.
	MayStop, MayRetry, MayRunAgain bool
	// Why says what went wrong, as far as the run tells, Waits why it has not begun.
	Why   string
	Waits waitContent
	// Version names the version of the pipeline, or is empty.
	VersionName string
}

// count is how many tasks are in a state.
type count struct {
	State  state
	Number int
}

// runContent is the page of a run.
type runContent struct {
	runHead
	Picture picture
	Tree    []branch
	// Offloaded says that the Workflow does not hold its tasks.
	Offloaded bool
}

// openRun reads a run and what all its pages tell.
func (v *visit) openRun(view string) (runHead, error) {
	d, err := v.view.Run(v, v.request.PathValue("run"))
	if err != nil {
		return runHead{}, err
	}
	v.namespace = d.Namespace
	h := runHead{
		Detail: d, Address: link(nil, "runs", d.ID), View: view, Took: took(d.Started, d.Finished, v.now),
		MayStop:     !d.State.Final() && !d.Gone,
		MayRetry:    d.State == registry.Failed && !d.Gone,
		MayRunAgain: len(d.Spec) > 0, Waits: runWaiting(d),
	}
	h.count()
	h.name(v)
	return h, nil
}

// name finds what the experiment and the version of the pipeline are called, as
// far as the visitor may know.
func (h *runHead) name(v *visit) {
	if view, err := v.also("experiments", "get"); err == nil {
		if e, err := view.Experiment(v, h.ExperimentID); err == nil {
			h.Experiment = e.Name
		}
	}
	if h.Version == (registry.VersionRef{}) {
		return
	}
	if view, err := v.also("pipelines", "get"); err == nil {
		if version, err := view.Version(v, h.Version); err == nil {
			h.VersionName = version.DisplayName
		}
	}
}

// count counts the tasks that run in pods, and finds the first that failed by
// itself.
func (h *runHead) count() {
	counts := map[state]int{}
	h.Why = h.Message
	found := false
	walk(h.Tasks(), func(t *runs.Task) {
		if len(t.Inside) > 0 || t.Kind == runs.Loop {
			return
		}
		counts[taskState(t)]++
		if t.State == runs.Failed && !found && h.State != registry.Succeeded {
			found = true
			h.Why = t.Path + ": " + t.Message
		}
	})
	for _, s := range slices.SortedFunc(maps.Keys(counts), func(a, b state) int { return strings.Compare(a.Word, b.Word) }) {
		h.Counts = append(h.Counts, count{s, counts[s]})
	}
}

func walk(tasks []*runs.Task, visit func(*runs.Task)) {
	(&runs.Run{Tasks: tasks}).Walk(visit)
}

// page is a page of the run.
func (h *runHead) page(look string, content any) page {
	p := page{Look: look, Title: stateOf(h.State).Word + ": " + h.DisplayName, Section: "runs", Content: content}
	if !h.State.Final() {
		p.Refresh = liveTime
	}
	return p
}

func showRun(v *visit) (answer, error) {
	h, err := v.openRun("")
	if err != nil {
		return nil, err
	}
	c := runContent{runHead: h}
	tasks := h.Tasks()
	c.Tree = v.branches(h.Detail, tasks)
	c.Offloaded = tasks == nil && h.State.Final()
	c.Picture = v.picture(h.Detail, tasks)
	return h.page("run", c), nil
}

// valuesContent are the arguments and the results of a run.
type valuesContent struct {
	runHead
	Arguments, Results []value
	Metrics            []runs.Metric
}

func showValues(v *visit) (answer, error) {
	h, err := v.openRun("values")
	if err != nil {
		return nil, err
	}
	c := valuesContent{runHead: h}
	for _, name := range slices.Sorted(maps.Keys(h.Parameters)) {
		c.Arguments = append(c.Arguments, value{Name: name, Parameter: pretty(h.Parameters[name])})
	}
	if h.Record != nil {
		c.Results = v.values(h.Record.Outputs, func(string, int) string { return "" })
		c.Metrics = h.Record.AllMetrics
		if len(c.Arguments) == 0 {
			for _, name := range slices.Sorted(maps.Keys(h.Record.Arguments)) {
				c.Arguments = append(c.Arguments, value{Name: name, Parameter: h.Record.Arguments[name]})
			}
		}
	} else {
		c.Results = resultsOf(h.Detail)
	}
	return h.page("values", c), nil
}

// resultsOf are the outputs of a pipeline as its Workflow has them.
func resultsOf(d *registry.Detail) []value {
	if d.Workflow == nil || d.Workflow.Status.Outputs == nil {
		return nil
	}
	var all []value
	for _, p := range d.Workflow.Status.Outputs.Parameters {
		if p.Value != nil && *p.Value != "" {
			all = append(all, value{Name: p.Name, Parameter: p.Value.String()})
		}
	}
	return all
}

// textContent is a document of a run.
type textContent struct {
	runHead
	Text, Missing, Command string
}

// maxDocument is how much of a document a page shows, in bytes.
const maxDocument = 2 << 20

func showWorkflow(v *visit) (answer, error) {
	h, err := v.openRun("workflow")
	if err != nil {
		return nil, err
	}
	c := textContent{runHead: h, Command: "kubectl get workflow -n " + h.Namespace + " " + h.Name + " -o yaml"}
	if h.Workflow == nil {
		c.Missing = "The cluster has no Workflow of this run any more."
		return h.page("text", c), nil
	}
	w := h.Workflow.DeepCopy()
	w.ManagedFields = nil
	delete(w.Annotations, registry.SpecAnnotation)
	text, err := yaml.Marshal(w)
	if err != nil {
		return nil, err
	}
	c.Text = cut(string(text))
	return h.page("text", c), nil
}

func showPipelineOfRun(v *visit) (answer, error) {
	h, err := v.openRun("pipeline")
	if err != nil {
		return nil, err
	}
	c := textContent{runHead: h}
	if len(h.Spec) == 0 {
		c.Missing = "The compiled pipeline of this run is not kept: it was not started here, or its Workflow is gone and nobody has recorded it."
		return h.page("text", c), nil
	}
	text, err := posted.Text(h.Spec)
	if err != nil {
		return nil, err
	}
	c.Text = cut(string(text))
	return h.page("text", c), nil
}

func cut(text string) string {
	if len(text) > maxDocument {
		return text[:maxDocument] + "\n…"
	}
	return text
}

// act is an action on a run, which leads back to its page.
func act(do func(v *visit, id string) error) func(*visit) (answer, error) {
	return func(v *visit) (answer, error) {
		id := v.request.PathValue("run")
		if err := do(v, id); err != nil {
			return nil, err
		}
		return redirect{link(nil, "runs", id)}, nil
	}
}

func stopRun(v *visit, id string) error      { return v.view.StopRun(v, id) }
func terminateRun(v *visit, id string) error { return v.view.TerminateRun(v, id) }
func retryRun(v *visit, id string) error     { return v.view.RetryRun(v, id, time.Now()) }
func archiveRun(v *visit, id string) error   { return v.view.ArchiveRun(v, id, true) }
func unarchiveRun(v *visit, id string) error { return v.view.ArchiveRun(v, id, false) }

func deleteRun(v *visit) (answer, error) {
	if err := v.view.DeleteRun(v, v.request.PathValue("run")); err != nil {
		return nil, err
	}
	return redirect{"/runs"}, nil
}
