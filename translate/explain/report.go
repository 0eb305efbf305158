// Package explain says what a translated pipeline will do before it runs: which
// pods there will be, what they need, and how large the Workflow is.
package explain

import (
	"cmp"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/budget"
	"github.com/kfp2argo/kfp2argo/translate/internal/trace"
	"github.com/kfp2argo/kfp2argo/translate/internal/unfold"
)

// Report describes a pipeline. Its JSON keeps its form: fields
// may be added.
type Report struct {
	Pipeline  string     `json:"pipeline"`
	Pods      Pods       `json:"pods"`
	Tasks     []Task     `json:"tasks"`
	Templates []Template `json:"templates"`
	Images    []Image    `json:"images"`
	Objects   []Object   `json:"objects"`
	Access    Access     `json:"access"`
	Size      Size       `json:"size"`
	Warnings  []Warning  `json:"warnings"`
}

// Pods counts the pods of a run in which no task is tried again.
type Pods struct {
	// Argo is how many there are, KFP how many KFP's own back end would start
	// for the same run.
	Argo int `json:"argo"`
	KFP  int `json:"kfp"`
	// AtMost says that conditions may keep some from running.
	AtMost bool `json:"atMost"`
	// Assumed is how many items a loop is taken to have whose list the run makes.
	// It is zero where there is no such loop.
	Assumed int `json:"assumedItems,omitempty"`
}

// Template is a template of the Workflow.
type Template struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	// Component is what it was made for, or empty.
	Component string `json:"component,omitempty"`
	// Bytes is the length of its JSON.
	Bytes int `json:"bytes"`
}

// Warning is something that is translated but may not be meant.
type Warning struct {
	Code diag.Code `json:"code"`
	// Source is zero for the pipeline, and n for the n-th patch.
	Source  int    `json:"source,omitempty"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// Options are what a report depends on beside the translation.
type Options struct {
	// Translation has the options that the pipeline was translated with.
	Translation translate.Options
	// Items is how many items a loop is taken to have whose list the run makes.
	Items int
	// YAML is how many bytes the printed Workflow has.
	YAML int
	// Found is what the translation had to say.
	Found []diag.Diagnostic
}

// New makes the report of a translation.
func New(t *translate.Translation, o Options) *Report {
	traced := trace.Of(t)
	e := explainer{Trace: traced, Workflow: t.Workflow, options: o, root: unfold.Pipeline(traced.Pipeline)}
	r := &Report{Pipeline: t.Pipeline.Name}
	r.Tasks, r.Pods = e.tasks()
	r.Templates = e.templates()
	r.Images = e.images()
	r.Objects = e.objects()
	r.Access = e.access()
	r.Size = e.size()
	r.Warnings = e.warnings()
	return r
}

// explainer holds what all parts of a report look at.
type explainer struct {
	trace.Trace
	Workflow *wfv1.Workflow
	options  Options
	root     *unfold.Node
}

// hasRoot reports whether the run has a pipeline root, without which there is no
// cache.
func (e explainer) hasRoot() bool {
	return e.Workflow.Spec.Arguments.GetParameterByName(contract.RootArgument) != nil
}

func (e explainer) templates() []Template {
	bytes := map[string]int{}
	for _, p := range budget.Measure(e.Workflow).Parts {
		bytes[p.Template] = p.Bytes
	}
	var all []Template
	for i := range e.Workflow.Spec.Templates {
		t := &e.Workflow.Spec.Templates[i]
		described := Template{Name: t.Name, Kind: "other", Bytes: bytes[t.Name]}
		switch {
		case t.Container != nil:
			described.Kind = "pod"
		case t.DAG != nil:
			described.Kind = "dag"
		case t.Resource != nil:
			described.Kind = "resource"
		}
		if origin := e.Plan.Origin(t.Name); origin != nil {
			described.Component = origin.Component.Key
		}
		all = append(all, described)
	}
	return all
}

// Size says how large the Workflow is.
type Size struct {
	// YAML is the length of what is printed, JSON that of what Argo keeps before
	// the run begins.
	YAML int `json:"yaml"`
	JSON int `json:"json"`
	// Limit is how many bytes Argo keeps at most with the state of the run; zero
	// is no limit.
	Limit int   `json:"limit"`
	State State `json:"state"`
}

// Compresses reports whether Argo compresses the state at the end of the run: it
// does if the Workflow, the state and the managed fields of its nodes are above the
// limit together.
func (s Size) Compresses() bool {
	return s.Limit > 0 && s.JSON+s.State.Bytes+s.State.ManagedFields > s.Limit
}

// State is the predicted state at the end of a run.
type State struct {
	Nodes int `json:"nodes"`
	Bytes int `json:"bytes"`
	// Compressed is what is left of the bytes when Argo has compressed them.
	Compressed int `json:"compressed"`
	// ManagedFields is what the API server adds to the metadata for the nodes while
	// they are not compressed.
	ManagedFields int  `json:"managedFields"`
	AtLeast       bool `json:"atLeast,omitempty"`
	// Loops are the loops, those with the most nodes first.
	Loops []Loop `json:"loops,omitempty"`
}

// Loop is a loop of the pipeline.
type Loop struct {
	Task    string `json:"task"`
	Items   int    `json:"items"`
	Assumed bool   `json:"assumed,omitempty"`
	// Nodes and Bytes are what an item comes to in the state.
	Nodes int `json:"nodes"`
	Bytes int `json:"bytes"`
	// Fits is how many items fit below the limit, if all else is as predicted. It
	// is left out for loops in loops and where there is no limit.
	Fits int `json:"fits,omitempty"`
}

func (e explainer) size() Size {
	measured := budget.Measure(e.Workflow)
	state := budget.Predict(e.Workflow, budget.Assumptions{Items: e.options.Items, Known: e.Plan.Items})
	s := Size{
		YAML:  e.options.YAML,
		JSON:  measured.Bytes,
		Limit: max(0, cmp.Or(e.options.Translation.MaxSize, budget.DefaultMaxSize)),
		State: State{
			Nodes: state.Nodes, Bytes: state.Bytes, Compressed: state.Compressed, ManagedFields: state.ManagedFields(), AtLeast: state.AtLeast,
		},
	}
	for _, l := range state.Loops {
		described := Loop{Task: l.Template, Items: l.Items, Assumed: l.Assumed, Nodes: l.Nodes, Bytes: l.Bytes}
		if origin := e.Plan.Origin(l.Template); origin != nil {
			described.Task = origin.Key
		}
		if compressed := float64(l.Bytes) * float64(state.Compressed) / float64(state.Bytes); compressed > 0 && !l.Nested && s.Limit > 0 {
			described.Fits = max(0, l.Items+int(float64(s.Limit-state.Final)/compressed))
		}
		s.State.Loops = append(s.State.Loops, described)
	}
	return s
}
