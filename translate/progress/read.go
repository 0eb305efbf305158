package progress

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/workflow/packer"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/nodename"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/internal/role"
	"github.com/kfp2argo/kfp2argo/translate/internal/trace"
)

// OffloadedError says that the Workflow does not hold what has become of its
// tasks: Argo keeps that in a database.
type OffloadedError struct{ Workflow string }

// Error says so, and where the rest can be had.
func (e *OffloadedError) Error() string {
	return fmt.Sprintf("Argo keeps the nodes of Workflow %q in its database, which only Argo's server can read: name it in ARGO_SERVER, as for argo, or take what 'argo get %[1]s -o json' prints", e.Workflow)
}

// Read reads a run from a Workflow that this translator has made. It does not
// change the Workflow. The pipeline gives tasks their keys; it may be nil. It is
// an error if the Workflow is not one of the pipeline's, or does not hold its
// nodes (an [*OffloadedError]).
func Read(workflow *wfv1.Workflow, p *translate.Pipeline) (*Run, error) {
	nodes, err := Nodes(workflow)
	if err != nil {
		return nil, err
	}
	r := newReader(workflow, nodes)
	root, name := r.root()
	if root == nil {
		return nil, fmt.Errorf("Workflow %q has no template %q: it is not one of kfp2argo's", workflow.Name, r.spec.Entrypoint)
	}
	run := &Run{
		Name:      workflow.Name,
		Namespace: workflow.Namespace,
		UID:       string(workflow.UID),
		Pipeline:  Pipeline(workflow),
		Status: Status{
			State:    stateOf(wfv1.NodePhase(workflow.Status.Phase)),
			Started:  workflow.Status.StartedAt.Time,
			Finished: workflow.Status.FinishedAt.Time,
			Message:  workflow.Status.Message,
		},
	}
	run.Stopped = run.State == Failed && workflow.Spec.Shutdown != ""
	run.Tasks = r.tasks(root, name, run.State)
	for _, t := range run.Tasks {
		r.afterStop(t)
	}
	setPaths(run.Tasks, "")
	if p == nil {
		return run, nil
	}
	return run, label(run, trace.Of(p).Pipeline)
}

// Pipeline returns the name of the pipeline that a Workflow is a run of, or
// nothing for one that is none of this translator's.
func Pipeline(workflow *wfv1.Workflow) string {
	return workflow.Annotations[contract.PipelineAnnotation]
}

// PlainOutputs lists the outputs of the pipeline that a Workflow holds as plain
// text: all others are JSON.
func PlainOutputs(workflow *wfv1.Workflow) map[string]bool {
	return role.In(role.Spec(workflow)).PlainOutputs()
}

// Nodes returns the nodes of a Workflow by their names, whether Argo has
// compressed them or not. The error is an [*OffloadedError] where the Workflow
// does not hold them.
func Nodes(workflow *wfv1.Workflow) (map[string]wfv1.NodeStatus, error) {
	status := workflow.Status
	if len(status.Nodes) == 0 && status.CompressedNodes != "" {
		copied := &wfv1.Workflow{Status: wfv1.WorkflowStatus{CompressedNodes: status.CompressedNodes}}
		if err := packer.DecompressWorkflow(copied); err != nil {
			return nil, fmt.Errorf("decompressing the nodes of Workflow %q: %w", workflow.Name, err)
		}
		status = copied.Status
	}
	if len(status.Nodes) == 0 && status.IsOffloadNodeStatus() {
		return nil, &OffloadedError{workflow.Name}
	}
	byName := map[string]wfv1.NodeStatus{}
	for _, n := range status.Nodes {
		byName[n.Name] = n
	}
	return byName, nil
}

// reader holds what Read needs while it walks the templates.
type reader struct {
	workflow  *wfv1.Workflow
	spec      *wfv1.WorkflowSpec
	templates role.Templates
	nodes     map[string]wfv1.NodeStatus
	// numbered holds the nodes whose names end with a number, the iterations of
	// loops and the attempts of pods, by the name before it.
	numbered map[string][]numbered
}

type numbered struct {
	number int
	node   wfv1.NodeStatus
}

func newReader(workflow *wfv1.Workflow, nodes map[string]wfv1.NodeStatus) *reader {
	r := &reader{
		workflow:  workflow,
		spec:      role.Spec(workflow),
		templates: role.In(role.Spec(workflow)),
		nodes:     nodes,
		numbered:  map[string][]numbered{},
	}
	for name, n := range nodes {
		if of, number, ok := nodename.Number(name); ok {
			r.numbered[of] = append(r.numbered[of], numbered{number, n})
		}
	}
	for _, all := range r.numbered {
		slices.SortFunc(all, func(a, b numbered) int { return a.number - b.number })
	}
	return r
}

// root returns the template of the pipeline and the name of its node. The
// entrypoint of a pipeline with inputs or outputs is a template around it.
func (r *reader) root() (*wfv1.Template, string) {
	if entry, only := r.templates.Entry(); entry != nil {
		return r.templates.Named(only.Template), nodename.Task(r.workflow.Name, only.Name)
	}
	t := r.templates.Named(r.spec.Entrypoint)
	if t == nil || t.DAG == nil {
		return nil, ""
	}
	return t, r.workflow.Name
}

// tasks reads the tasks of a template that is at a node, whose state is
// around.
func (r *reader) tasks(template *wfv1.Template, node string, around State) []*Task {
	if template == nil || template.DAG == nil {
		return nil
	}
	var all []*Task
	for _, t := range template.DAG.Tasks {
		task := &Task{Key: t.Name, Name: t.Name, Index: -1, Status: Status{State: unmet(around)}}
		r.fill(task, r.templates.Named(t.Template), nodename.Task(node, t.Name))
		all = append(all, task)
	}
	return all
}

// fill reads what has become of a task or an iteration.
func (r *reader) fill(t *Task, template *wfv1.Template, node string) {
	if n, ok := r.nodes[node]; ok {
		t.NodeID, t.NodeName, t.Status = n.ID, n.Name, r.statusOf(n)
	}
	if template == nil {
		return
	}
	//exhaustive:enforce
	switch r.templates.Of(template) {
	case role.Pod:
		t.Kind = Pod
		t.MayBeCached = isCacheable(template)
		t.Attempts = r.attempts(t, node)
	case role.Ahead:
		r.ahead(t, template, node)
	case role.Podless:
		t.Kind = Podless
	case role.Loop:
		t.Kind = Loop
		r.iterations(t, template.DAG.Tasks[0], node)
		t.Items = r.items(template.DAG.Tasks[0], node)
	case role.Group:
		t.Kind = Group
		t.Inside = r.tasks(template, node, t.State)
	}
	if len(t.Inside) > 0 {
		t.Stopped = t.State == Failed && areStopped(t.Inside)
	}
}

// areStopped reports whether some tasks have failed, and all of these were ended.
func areStopped(tasks []*Task) bool {
	failed := func(t *Task) bool { return t.State == Failed }
	return slices.ContainsFunc(tasks, failed) && !slices.ContainsFunc(tasks, func(t *Task) bool { return failed(t) && !t.Stopped })
}

// unmet is the state of a task that Argo has not come to, in something of a
// state.
func unmet(around State) State {
	switch {
	case around == Skipped:
		return Skipped
	case around.Final():
		return Omitted
	}
	return Waiting
}

func (r *reader) iterations(t *Task, repeated wfv1.DAGTask, node string) {
	for _, n := range r.numbered[nodename.Task(node, repeated.Name)] {
		one := &Task{Key: repeated.Name, Name: repeated.Name, Index: n.number}
		r.fill(one, r.templates.Named(repeated.Template), n.node.Name)
		if role.IsIteration(&repeated) {
			one = around(one)
		}
		t.Inside = append(t.Inside, one)
	}
}

// around is an iteration that has no node of its own: it stands as the only task in
// it does, which says itself why.
func around(one *Task) *Task {
	iteration := &Task{Key: one.Key, Name: one.Name, Index: one.Index, Status: one.Status, Kind: Group, Inside: []*Task{one}}
	iteration.Message, one.Index = "", -1
	return iteration
}

// attempts reads the pods at a node, and whether the last of them has handed
// out what another run has made. A node of its own stands for the pods of a task
// that is tried again.
func (r *reader) attempts(t *Task, node string) []*Attempt {
	n, ok := r.nodes[node]
	var all []*Attempt
	switch {
	case !ok:
	case n.Type == wfv1.NodeTypePod:
		all = []*Attempt{r.attempt(0, n)}
		t.Cached = r.isCached(n)
	case n.Type == wfv1.NodeTypeRetry:
		for _, child := range r.numbered[node] {
			all = append(all, r.attempt(child.number, child.node))
			t.Cached = r.isCached(child.node)
		}
	}
	return all
}

func (r *reader) attempt(number int, n wfv1.NodeStatus) *Attempt {
	a := &Attempt{
		Number:   number,
		Status:   r.statusOf(n),
		NodeID:   n.ID,
		NodeName: n.Name,
		PodName:  PodName(r.workflow, n),
		HostNode: n.HostNodeName,
	}
	if n.Outputs != nil && n.Outputs.ExitCode != nil {
		a.ExitCode = *n.Outputs.ExitCode
	}
	a.ResultsAwaited = a.State == Failed && n.TaskResultSynced != nil && !*n.TaskResultSynced
	return a
}

// afterStop looks for an exit task of the pipeline that has run after a stop, in
// the Workflow's exit handler.
func (r *reader) afterStop(t *Task) {
	if t.State != Omitted && t.State != Failed && t.State != Skipped || t.Kind != Pod {
		return
	}
	for name, n := range r.nodes {
		if task, ok := nodename.AfterStop(r.workflow.Name, name); !ok || task != t.Name || n.Phase == wfv1.NodeSkipped {
			continue
		}
		t.NodeID, t.NodeName, t.Status = n.ID, n.Name, r.statusOf(n)
		t.Attempts = r.attempts(t, name)
	}
}

// setPaths gives tasks their paths, below that of what they are in.
func setPaths(tasks []*Task, around string) {
	for _, t := range tasks {
		t.Path = nodename.Path(around, t.Name)
		if t.Kind != Loop {
			setPaths(t.Inside, t.Path)
			continue
		}
		for _, iteration := range t.Inside {
			iteration.Path = nodename.PathOfIteration(t.Path, iteration.Index)
			setPaths(iteration.Inside, iteration.Path)
		}
	}
}

func (r *reader) statusOf(n wfv1.NodeStatus) Status {
	s := Status{
		State:    stateOf(n.Phase),
		Started:  n.StartedAt.Time,
		Finished: n.FinishedAt.Time,
		Message:  inWords(n.Message),
	}
	s.Stopped = s.State == Failed && r.workflow.Spec.Shutdown != "" && saysStopped(n.Message)
	return s
}

// allItems is the list of a loop over all items of an input, as the translator
// writes it.
var allItems = regexp.MustCompile(`^\{\{=inputs\.parameters\['([^']+)'\] in \['', 'null'\] \? '\[\]' : toJson\(map\(fromJSON\(inputs\.parameters\['([^']+)'\]\), #index\)\)\}\}$`)

// items counts the items of a loop, of which Argo makes nodes only as it begins
// them. Of a list that is in the store, or made by an expression, it says zero.
func (r *reader) items(repeated wfv1.DAGTask, node string) int {
	if len(repeated.WithItems) > 0 {
		return len(repeated.WithItems)
	}
	m := allItems.FindStringSubmatch(strings.TrimSpace(repeated.WithParam))
	inputs := r.nodes[node].Inputs
	if m == nil || inputs == nil {
		return 0
	}
	p := inputs.GetParameterByName(m[2])
	var list []json.RawMessage
	if p == nil || p.Value == nil || json.Unmarshal([]byte(*p.Value), &list) != nil {
		return 0
	}
	return len(list)
}

func stateOf(phase wfv1.NodePhase) State {
	switch phase {
	case wfv1.NodePending:
		return Pending
	case wfv1.NodeRunning:
		return Running
	case wfv1.NodeSucceeded:
		return Succeeded
	case wfv1.NodeFailed, wfv1.NodeError:
		return Failed
	case wfv1.NodeSkipped:
		return Skipped
	case wfv1.NodeOmitted:
		return Omitted
	}
	return Waiting
}
