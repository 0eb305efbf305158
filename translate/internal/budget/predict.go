package budget

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"math"
	"slices"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/runtime/nodename"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/flow"
	"github.com/kfp2argo/kfp2argo/translate/internal/naming"
	"github.com/kfp2argo/kfp2argo/translate/internal/role"
)

// Assumptions replace what only the run knows.
type Assumptions struct {
	// Items is how many items a loop has whose list the run makes.
	Items int
	// Known is how many the loop of a template has, if that is known before
	// a run; it may be nil.
	Known func(template string) flow.Range
	// Least predicts the least that a run can come to that succeeds: loops over
	// lists that the run makes have no items, conditions do not hold, values are
	// empty.
	Least bool
}

// Status is what the state of a run comes to.
type Status struct {
	// Nodes is how many nodes Argo keeps: pods, and whatever holds them together.
	Nodes int
	// Bytes is the length of their JSON, Compressed what is left of it when Argo
	// has compressed it.
	Bytes, Compressed int
	// Final is the size of the object at the end, as small as Argo can make it, but
	// for the 3 kB or so that are there of every run beside the nodes.
	Final int
	// AtLeast says that there are too many nodes to count them all.
	AtLeast bool
	// Loops are the loops of the Workflow, those with the most nodes first.
	Loops []Loop

	records []*record
}

// Loop is a loop of a Workflow.
type Loop struct {
	// Template is the one that holds the loop.
	Template string
	// Items is how many items it has in each of its runs, and Assumed says that
	// the run decides that.
	Items   int
	Assumed bool
	// Nested says that the loop is inside another one.
	Nested bool
	// Nodes and Bytes are what one of its iterations comes to.
	Nodes, Bytes int

	// from and to bound the records of the iterations that stand for all, of
	// which there are count, each for weight.
	from, to, count int
	weight          float64
}

// maxRecords is how many records are built at most.
const maxRecords = 4000

// Predict predicts the state that a run of the Workflow ends in. It builds the
// records of nodes that Argo would write, of each loop a few iterations that
// stand for all.
func Predict(workflow *wfv1.Workflow, assumed Assumptions) Status {
	named := workflow.DeepCopy()
	if named.Name == "" {
		named.Name = workflow.GenerateName + "x7k2p"
	}
	return predict(named, assumed, sample)
}

// predict predicts of the loops as many iterations as the sample says.
func predict(named *wfv1.Workflow, assumed Assumptions, sample func(depth int) int) Status {
	w := &walker{workflow: named, assumed: assumed, sample: sample, loops: map[string]*Loop{}}
	w.template(visit{template: named.Spec.Entrypoint, name: named.Name, weight: 1})
	return w.status(length(named))
}

// walker builds the records of a sample of the nodes.
type walker struct {
	workflow *wfv1.Workflow
	assumed  Assumptions
	sample   func(depth int) int
	nodes    []*record
	loops    map[string]*Loop
	order    []*Loop
}

// record is the record of a node. It stands for weight nodes; more is what its
// lists of other nodes lack in bytes, because a loop's iterations are a sample.
type record struct {
	node   wfv1.NodeStatus
	weight float64
	more   float64
	size   float64
}

// reference is a reference to a node that stands for times nodes.
type reference struct {
	node  *record
	times float64
}

// visit is one run of a template.
type visit struct {
	template, name, boundary string
	weight                   float64
	depth                    int // of loops
	values                   map[string]string
}

// referenceBytes is what the identifier of a node takes in a list, beside itself.
const referenceBytes = len(`"",`)

// referenceRatio is what compression leaves of a list of identifiers, which end
// in ten digits of a hash: measured.
const referenceRatio = 0.38

func (r *record) refer(list *[]string, to []reference) {
	for _, ref := range to {
		if !slices.Contains(*list, ref.node.node.ID) {
			*list = append(*list, ref.node.node.ID)
			r.more += (ref.times - 1) * float64(len(ref.node.node.ID)+referenceBytes)
		}
	}
}

// template builds the records of a template and returns the first and the last
// of them: what comes before refers to the one, what comes after is referred to
// by the others.
func (w *walker) template(v visit) (first *record, last []reference) {
	t := w.workflow.GetTemplateByName(v.template)
	if t == nil || len(w.nodes) >= maxRecords {
		return nil, nil // of another Workflow, by a patch; or too many
	}
	r := w.add(v, kind(t))
	w.fill(r, v, t)
	if t.RetryStrategy != nil {
		attempt := v
		attempt.name = nodename.Attempt(v.name, 0)
		r.node.Type = wfv1.NodeTypeRetry
		a := w.add(attempt, kind(t))
		w.fill(a, v, t)
		r.refer(&r.node.Children, []reference{{a, 1}})
	}
	if t.DAG == nil {
		return r, []reference{{r, 1}}
	}
	last = w.dag(r, v, t.DAG)
	r.refer(&r.node.OutboundNodes, last)
	return r, last
}

// dag builds the records of a DAG's tasks and returns the last ones.
func (w *walker) dag(r *record, v visit, dag *wfv1.DAGTemplate) []reference {
	g := newGraph(dag.Tasks)
	ends, waitedFor := map[string][]reference{}, map[string]bool{}
	for _, task := range g.sorted(dag.Tasks) {
		first, last := w.task(v, r.node.ID, task)
		if first == nil {
			continue
		}
		before := g.before(task)
		if len(before) == 0 {
			r.refer(&r.node.Children, []reference{{first, 1}})
		}
		for _, b := range before {
			waitedFor[b] = true
			for _, end := range ends[b] {
				end.node.refer(&end.node.node.Children, []reference{{first, 1}})
			}
		}
		ends[task.Name] = last
	}
	var last []reference
	for _, task := range dag.Tasks {
		if !waitedFor[task.Name] {
			last = append(last, ends[task.Name]...)
		}
	}
	return last
}

// task builds the records of a task: of what it runs once, or of a group.
func (w *walker) task(v visit, boundary string, task *wfv1.DAGTask) (*record, []reference) {
	called := visit{
		template: task.Template, name: nodename.Task(v.name, task.Name), boundary: boundary,
		weight: v.weight, depth: v.depth, values: literals(task.Arguments),
	}
	// The condition of the entry only refuses arguments.
	if w.assumed.Least && task.When != "" && v.template != naming.Entry {
		r := w.add(called, wfv1.NodeTypeSkipped)
		return r, []reference{{r, 1}}
	}
	if !role.Repeats(task) {
		return w.template(called)
	}
	return w.group(called, w.loop(v, task))
}

// loop says how often a task runs.
func (w *walker) loop(v visit, task *wfv1.DAGTask) *Loop {
	if known, ok := w.loops[v.template]; ok {
		return known
	}
	l := &Loop{Template: v.template, Items: len(task.WithItems), Nested: v.depth > 0}
	if task.WithParam != "" && task.WithParam != expression.NoItems().Tag() {
		l.Items, l.Assumed = w.assumed.items(v.template)
	}
	w.loops[v.template], w.order = l, append(w.order, l)
	return l
}

// items is how many items the loop of a template has that runs over the value of
// an input, and whether that is assumed.
func (a Assumptions) items(template string) (int, bool) {
	if a.Known == nil || !a.Known(template).Known() {
		return a.Items, true
	}
	if a.Least {
		return a.Known(template).Least, false
	}
	return a.Known(template).Most, false
}

// sample is how many iterations of a loop stand for all, in a loop in depth
// others.
func sample(depth int) int { return max(2, 32>>(2*depth)) }

// group builds the records of a loop's iterations and of the group that they
// make up.
func (w *walker) group(v visit, loop *Loop) (*record, []reference) {
	r := w.add(v, wfv1.NodeTypeTaskGroup)
	if loop.Items == 0 {
		return r, []reference{{r, 1}}
	}
	loop.count = min(loop.Items, w.sample(v.depth))
	times := float64(loop.Items) / float64(loop.count)
	inside := v
	inside.weight, inside.depth = v.weight*times, v.depth+1
	loop.from, loop.weight = len(w.nodes), inside.weight
	var last []reference
	for i := range loop.count {
		inside.name = nodename.Iteration(v.name, i)
		first, ends := w.template(inside)
		if first == nil {
			continue
		}
		r.refer(&r.node.Children, []reference{{first, times}})
		for _, e := range ends {
			last = append(last, reference{e.node, e.times * times})
		}
	}
	loop.to = len(w.nodes)
	return r, last
}

// measure measures what one iteration comes to.
func (l *Loop) measure(all []*record) {
	var nodes, size float64
	for _, r := range all[l.from:l.to] {
		nodes += r.weight / l.weight
		size += r.size * r.weight / l.weight
	}
	if l.count > 0 {
		l.Nodes, l.Bytes = int(math.Round(nodes/float64(l.count))), int(math.Round(size/float64(l.count)))
	}
}

func kind(t *wfv1.Template) wfv1.NodeType {
	switch {
	case t.DAG != nil:
		return wfv1.NodeTypeDAG
	case t.Suspend != nil:
		return wfv1.NodeTypeSuspend
	}
	return wfv1.NodeTypePod
}

// status sums the sample up.
func (w *walker) status(spec int) Status {
	var nodes, size, references, sampled float64
	all, half := wfv1.Nodes{}, wfv1.Nodes{}
	var sampledHalf float64
	for i, r := range w.nodes {
		r.size = float64(length(r.node)+len(r.node.ID)+referenceBytes+1) + r.more
		nodes += r.weight
		size += r.size * r.weight
		references += r.more * r.weight
		sampled += r.size - r.more
		all[r.node.ID] = r.node
		if i%2 == 0 {
			half[r.node.ID] = r.node
			sampledHalf += r.size - r.more
		}
	}
	s := Status{Nodes: int(math.Round(nodes)), Bytes: int(math.Round(size)), AtLeast: len(w.nodes) >= maxRecords, records: w.nodes}
	least := float64(compressed(all))
	// What half of the sample adds is what further nodes add.
	ratio := (least - float64(compressed(half))) / max(1, sampled-sampledHalf)
	s.Compressed = int(math.Round(least + (size-references-sampled)*ratio + references*referenceRatio))
	s.Final = spec + min(s.Bytes, s.Compressed)
	for _, l := range w.order {
		l.measure(w.nodes)
		s.Loops = append(s.Loops, *l)
	}
	slices.SortStableFunc(s.Loops, func(a, b Loop) int { return b.Items*b.Nodes - a.Items*a.Nodes })
	return s
}

// compressed is the length of nodes as Argo compresses them.
func compressed(nodes wfv1.Nodes) int {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(marshal(nodes)); err != nil {
		panic(err) // a buffer takes everything
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodedLen(b.Len())
}
