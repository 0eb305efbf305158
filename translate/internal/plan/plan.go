// Package plan decides what the Workflow consists of: which templates there
// are, what they are called, which tasks they hold and how values travel
// between them. It knows how Argo works but not what Argo's types look like;
// the emit package writes a plan down without deciding anything.
//
// A plan is made of a pipeline that the check package has passed, so that
// nothing in it can fail. What surprises it is a bug of the translator, and it
// panics.
package plan

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/podspec"
)

// MaxTemplates is how many templates Argo 4's resource definitions allow.
const MaxTemplates = 200

// Workflow is the plan of a Workflow.
type Workflow struct {
	Pipeline    string
	Description string
	Arguments   []Argument
	Run         RunSettings
	Entrypoint  string
	// OnExit is the template that runs after all others, or empty.
	OnExit string
	// Templates stand in reading order: the entrypoint first, each template
	// before those that its tasks use.
	Templates []Template
	origins   map[string]*pipeline.Task
	callees   map[*pipeline.Task]string
	caches    map[*pipeline.Task]*contract.Cache
	lookers   map[*pipeline.Task]bool
	loops     map[string][]*pipeline.Task
	sizes     sizes
}

// Origin is the task that a template was made for first, or nil for one that
// belongs to no task.
func (w *Workflow) Origin(template string) *pipeline.Task { return w.origins[template] }

// Callee is the template that runs a task, of a loop one iteration. Where the
// task is part of several templates that differ, it is that of the first.
func (w *Workflow) Callee(t *pipeline.Task) string { return w.callees[t] }

// Cache says how a task is cached; it is nil for one that always runs.
func (w *Workflow) Cache(t *pipeline.Task) *contract.Cache { return w.caches[t] }

// LooksAhead reports whether a pod of its own looks for the results of a task.
func (w *Workflow) LooksAhead(t *pipeline.Task) bool { return w.lookers[t] }

// Pods lists the templates that are pods.
func (w *Workflow) Pods() []*Pod {
	var all []*Pod
	for _, t := range w.Templates {
		if p, ok := t.(*Pod); ok {
			all = append(all, p)
		}
	}
	return all
}

// Given lists the arguments whose values the options give.
func (w *Workflow) Given() []string {
	var all []string
	for _, a := range w.Arguments {
		if a.Given {
			all = append(all, a.Name)
		}
	}
	return all
}

// Loops reports whether any task is a loop.
func (w *Workflow) Loops() bool { return len(w.loops) > 0 }

// Claims reports whether any template creates or deletes a claim.
func (w *Workflow) Claims() bool {
	return slices.ContainsFunc(w.Templates, func(t Template) bool {
		_, ok := t.(*Claim)
		return ok
	})
}

// Argument is one argument that the user may submit. Its text is natural: raw
// text for a STRING or the URI of an artifact, JSON for the rest. It holds no
// two braces in a row (contract.EscapeArgument).
type Argument struct {
	Name        string
	Description string
	// Value is the default; nil means that the user must give one.
	Value *string
	// Enum lists the only texts allowed, if any.
	Enum []string
	// Given says that the options give the value, rather than the pipeline.
	Given bool
}

// Template is a [*DAG], a [*Pod], a [*Claim], a [*Nothing] or a [*Stop].
//
//sumtype:decl
type Template interface{ template() }

// DAG is a template that runs other templates.
type DAG struct {
	Name    string
	Inputs  []string
	Outputs []Output
	Tasks   []Task
	// Parallelism bounds how many of its tasks are at work at once; zero does
	// not.
	Parallelism int64
	// Target lists the tasks whose failure fails the DAG. Where it is empty,
	// those are the tasks that no other waits for.
	Target []string
	// Patches are merged into the template that is emitted.
	Patches []json.RawMessage
}

// Output is an output parameter of a DAG.
type Output struct {
	Name  string
	Value expression.Expression
}

// Task runs a template inside a DAG.
type Task struct {
	Name     string
	Template string
	// After lists the tasks that must have ended.
	After []string
	// Always says that it does not matter how those have ended; otherwise they
	// must have succeeded.
	Always bool
	// When, if there is one, is the condition under which the task runs.
	When expression.Bool
	// Count runs the task once for each number below it; ForEach for each item
	// of the list that it evaluates to. In both, the task's arguments refer to
	// the number of the iteration.
	Count     *int
	ForEach   expression.Parameter
	Arguments []Binding
}

// Binding gives an input parameter of a task its value.
type Binding struct {
	Name  string
	Value expression.Parameter
}

// Nothing is a template that does nothing, for the only task of a DAG that has
// none of its own: Argo wants one. It never runs.
type Nothing struct{ Name string }

// Stop is the template that runs when the Workflow was stopped. It is
// not a DAG: of a stopped Workflow Argo fails every DAG, its exit handler's
// too.
type Stop struct {
	Name  string
	Tasks []Task
}

// Pod is a template that runs one component in one pod.
type Pod struct {
	Name string
	// Inputs are Argo parameters; Optional tells those that a task may leave
	// out.
	Inputs  []PodInput
	Outputs []string
	// Image is empty for a pod that runs no program but our own.
	Image string
	// Command is the shielded command line of the user's program.
	Command []string
	// Spec holds the settings of the pod.
	Spec      podspec.Spec
	Component contract.Component
	// LookUp is nil but for a pod that only looks into the cache for another.
	LookUp *LookUp
	// TaskConfig is the text of the value of inputs of type TASK_CONFIG, with
	// tags, or empty.
	TaskConfig string
	// Retry is nil where a failed pod is not tried again.
	Retry *pipeline.Retry
	// Variant distinguishes pods that are alike but must not be shared.
	Variant int
	// Patches are merged into the template that is emitted.
	Patches []json.RawMessage
	// Token says that the program gets the token of the service account.
	Token bool
}

// Image is the image of a program: a name, or what the run decides.
type Image struct {
	Name string
	Open expression.Plain
}

// Text is the image as Argo reads it.
func (i Image) Text() string {
	if i.Open.IsZero() {
		return i.Name
	}
	return i.Open.Tag()
}

// PodInput is an input parameter of a pod.
type PodInput struct {
	Name     string
	Optional bool
}

func (*DAG) template()     {}
func (*Pod) template()     {}
func (*Nothing) template() {}
func (*Stop) template()    {}

// Name returns the name of a template.
func Name(t Template) string {
	switch t := t.(type) {
	case *DAG:
		return t.Name
	case *Pod:
		return t.Name
	case *Claim:
		return t.Name
	case *Nothing:
		return t.Name
	case *Stop:
		return t.Name
	}
	panic("plan: unknown template")
}

// notInline is a copy of declarations that does not tell what Argo reads of
// them. Pods share a template that differ in nothing else: it then hands over
// whole what Argo reads of any.
func notInline(declared map[string]contract.OutputParameterSpec) map[string]contract.OutputParameterSpec {
	all := maps.Clone(declared)
	for name, spec := range all {
		spec.Inline = false
		all[name] = spec
	}
	return all
}

// body returns a text that two templates share exactly when one can stand for
// the other.
func body(t Template) string {
	var nameless any
	switch t := t.(type) {
	case *DAG:
		copied := *t
		copied.Name = ""
		nameless = copied
	case *Pod:
		copied := *t
		copied.Name = ""
		copied.Component.Outputs.Parameters = notInline(t.Component.Outputs.Parameters)
		nameless = copied
	case *Claim:
		copied := *t
		copied.Name = ""
		nameless = copied
	case *Nothing:
		nameless = Nothing{}
	case *Stop:
		panic("plan: a Stop is not shared")
	}
	text, err := json.Marshal(nameless)
	if err != nil {
		panic(err) // a plan is made of strings and of JSON that was read before
	}
	return string(text)
}
