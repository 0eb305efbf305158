package live

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/nodename"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// Value is an input or an output: a parameter or artifacts.
type Value struct {
	// Parameter is the JSON value; it is nil where there is none.
	Parameter json.RawMessage `json:"parameter,omitempty"`
	// Artifacts are nil for a parameter.
	Artifacts []contract.RuntimeArtifact `json:"artifacts,omitempty"`
	// Trouble says why a value that is in the store could not be read.
	Trouble string `json:"trouble,omitempty"`
	// reference is where the value is in the store, if it does.
	reference *contract.Reference
}

// Text is what a person sees: a parameter as one types it, or the URIs of
// artifacts, one a line.
func (v Value) Text() string {
	if v.Trouble != "" {
		return "(" + v.Trouble + ")"
	}
	if v.Artifacts == nil {
		text, err := contract.Text(v.Parameter)
		if v.Parameter == nil || err != nil {
			return string(v.Parameter)
		}
		return text
	}
	uris := make([]string, len(v.Artifacts))
	for i, a := range v.Artifacts {
		uris[i] = a.URI
	}
	return strings.Join(uris, "\n")
}

// Values are inputs or outputs by name.
type Values map[string]Value

// Names lists the names in order.
func (v Values) Names() []string { return slices.Sorted(maps.Keys(v)) }

// Task is what a task was given and what it made.
type Task struct {
	*progress.Task
	Inputs, Outputs Values
}

// Outputs returns the outputs of the pipeline. There are none before the run
// has succeeded.
func (s *Store) Outputs(ctx context.Context, w *wfv1.Workflow) (Values, error) {
	nodes, err := progress.Nodes(w)
	if err != nil {
		return nil, err
	}
	root, ok := nodes[w.Name]
	if !ok || root.Outputs == nil {
		return Values{}, nil
	}
	plain := progress.PlainOutputs(w)
	values := Values{}
	for _, p := range root.Outputs.Parameters {
		if p.Value == nil || *p.Value == "" {
			continue
		}
		text := p.Value.String()
		if plain[p.Name] {
			text = string(contract.QuoteText(text))
		}
		if values[p.Name], err = s.value(ctx, text, unknown); err != nil {
			return nil, fmt.Errorf("output %q: %w", p.Name, err)
		}
	}
	return values, nil
}

// Task returns what a task was given and has made.
func (s *Store) Task(ctx context.Context, w *wfv1.Workflow, path string) (*Task, error) {
	t, err := FindTask(w, path)
	if err != nil {
		return nil, err
	}
	nodes, err := progress.Nodes(w)
	if err != nil {
		return nil, err
	}
	if t.NodeName == "" && len(t.Inside) == 1 {
		t = t.Inside[0] // an iteration that is one task has what that has
	}
	return s.taskValues(ctx, nodes, t)
}

// taskValues is [Store.Task] for a task that is known.
func (s *Store) taskValues(ctx context.Context, nodes map[string]wfv1.NodeStatus, t *progress.Task) (_ *Task, err error) {
	node := nodeOf(nodes, t)
	found := &Task{Task: t, Inputs: Values{}, Outputs: Values{}}
	component := documentOf(nodes, t)
	if node.Inputs != nil {
		names := inputNames(component)
		if found.Inputs, err = s.values(ctx, node.Inputs.Parameters, names); err != nil {
			return nil, fmt.Errorf("inputs of %s: %w", t.Path, err)
		}
	}
	if node.Outputs != nil {
		names := outputNames(component)
		if found.Outputs, err = s.values(ctx, node.Outputs.Parameters, names); err != nil {
			return nil, fmt.Errorf("outputs of %s: %w", t.Path, err)
		}
	}
	return found, nil
}

// nodeOf returns the node with the inputs and outputs of a task: its own, but
// where that stands for attempts the last of those.
func nodeOf(nodes map[string]wfv1.NodeStatus, t *progress.Task) wfv1.NodeStatus {
	node := nodes[t.NodeName]
	if node.Type == wfv1.NodeTypeRetry && len(t.Attempts) > 0 {
		return nodes[t.Attempts[len(t.Attempts)-1].NodeName]
	}
	return node
}

// documentOf returns the interface of a task's component, as its pod has it.
func documentOf(nodes map[string]wfv1.NodeStatus, t *progress.Task) *contract.Component {
	for _, a := range slices.Concat(t.Attempts, t.LookUps) {
		if inputs := nodes[a.NodeName].Inputs; inputs != nil {
			if c := progress.Document(*inputs); c != nil {
				return c
			}
		}
	}
	return nil
}

// kind says what a value is.
type kind int

const (
	unknown kind = iota
	parameter
	artifact
)

// name is what a value that has a name in Argo is called in the pipeline.
type name struct {
	kfp  string
	kind kind
}

func inputNames(c *contract.Component) map[string]name {
	names := map[string]name{}
	if c == nil {
		return names
	}
	addNames(names, c.Inputs.Parameters, parameter, func(in contract.InputParameter) string { return in.Argo })
	addNames(names, c.Inputs.Artifacts, artifact, func(in contract.InputArtifact) string { return in.Argo })
	return names
}

func outputNames(c *contract.Component) map[string]name {
	names := map[string]name{}
	if c == nil {
		return names
	}
	addNames(names, c.Outputs.Parameters, parameter, func(out contract.OutputParameterSpec) string { return out.Argo })
	addNames(names, c.Outputs.Artifacts, artifact, func(out contract.OutputArtifact) string { return out.Argo })
	return names
}

// addNames adds what is declared under its names in Argo.
func addNames[T any](names map[string]name, declared map[string]T, k kind, argo func(T) string) {
	for kfp, d := range declared {
		names[contract.ArgoName(kfp, argo(d))] = name{kfp, k}
	}
}

func (s *Store) values(ctx context.Context, parameters []wfv1.Parameter, names map[string]name) (Values, error) {
	values := Values{}
	for _, p := range parameters {
		n, known := names[p.Name]
		if p.Value == nil || *p.Value == "" || !known && len(names) > 0 {
			continue // absent, or what only pods speak of
		}
		if !known {
			n = name{kfp: p.Name}
		}
		v, err := s.value(ctx, p.Value.String(), n.kind)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", n.kfp, err)
		}
		values[n.kfp] = v
	}
	return values, nil
}

// value reads the text of a parameter of Argo's. Of a text of an unknown kind,
// what has all that an artifact has is one.
func (s *Store) value(ctx context.Context, text string, k kind) (Value, error) {
	if derived, err := contract.ParseDerived(text); err != nil || derived != nil {
		return s.derived(ctx, derived, err)
	}
	reference, err := contract.ParseReference(text)
	if err != nil {
		return Value{}, err
	}
	if reference != nil {
		if text, err = s.resolve(ctx, *reference); err != nil {
			return Value{Trouble: err.Error(), reference: reference}, nil
		}
	}
	if k != parameter {
		list, err := contract.DecodeArtifacts(text)
		if err == nil && list.Artifacts != nil && (k == artifact || areArtifacts(list.Artifacts)) {
			return Value{Artifacts: s.withMetadata(ctx, list.Artifacts), reference: reference}, nil
		}
		if k == artifact {
			return Value{}, err
		}
	}
	value, err := contract.DecodeParameter(text)
	return Value{Parameter: value, reference: reference}, err
}

// derived is the value that a pod makes. Where that needs what only the pod
// knows, it is what is said to the pod.
func (s *Store) derived(ctx context.Context, derived *contract.Derived, err error) (Value, error) {
	if err != nil {
		return Value{}, err
	}
	resolved, err := derived.Each(func(text string) (string, error) {
		reference, err := contract.ParseReference(text)
		if err != nil || reference == nil {
			return text, err
		}
		return s.resolve(ctx, *reference)
	})
	if err != nil {
		return Value{Trouble: err.Error()}, nil
	}
	value, err := placeholder.Values{}.Made(resolved.Text())
	if err != nil && derived.Fill != nil {
		value, err = derived.Fill, nil
	}
	if err != nil {
		return Value{Trouble: err.Error()}, nil
	}
	return Value{Parameter: value}, nil
}

// withMetadata reads metadata that is in the store. What cannot be read stays
// a reference.
func (s *Store) withMetadata(ctx context.Context, all []contract.RuntimeArtifact) []contract.RuntimeArtifact {
	for i, a := range all {
		if a.MetadataReference == nil {
			continue
		}
		text, err := s.resolve(ctx, *a.MetadataReference)
		var metadata map[string]json.RawMessage
		if err == nil && json.Unmarshal([]byte(text), &metadata) == nil {
			all[i].Metadata, all[i].MetadataReference = metadata, nil
		}
	}
	return all
}

func areArtifacts(all []contract.RuntimeArtifact) bool {
	return len(all) > 0 && !slices.ContainsFunc(all, func(a contract.RuntimeArtifact) bool {
		return a.URI == "" || a.Type == (contract.ArtifactType{})
	})
}

// FindTask finds a task of a run by its path. The pipeline's own name may stand
// before it, as it does in the store.
func FindTask(w *wfv1.Workflow, path string) (*progress.Task, error) {
	run, err := progress.Read(w, nil)
	if err != nil {
		return nil, err
	}
	shorter := nodename.Shorter(path)
	var found, almost *progress.Task
	var known []string
	run.Walk(func(t *progress.Task, _ int) {
		known = append(known, t.Path)
		switch t.Path {
		case path:
			found = t
		case shorter:
			almost = t
		}
	})
	switch {
	case found != nil:
		return found, nil
	case almost != nil:
		return almost, nil
	}
	return nil, fmt.Errorf("run %s has no task %q; it has %s", w.Name, path, some(known))
}

// most is how many names a message lists.
const most = 20

func some(names []string) string {
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
