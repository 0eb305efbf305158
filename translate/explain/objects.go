package explain

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/internal/references"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/apicalls"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/unfold"
)

// Object is something in the namespace that the pods need.
type Object struct {
	// Kind is Secret, ConfigMap or PersistentVolumeClaim.
	Kind string `json:"kind"`
	// Name is empty where the run decides it, and From says how.
	Name string `json:"name,omitempty"`
	From string `json:"from,omitempty"`
	// Keys are those that must be there; none stands for the whole object.
	Keys []string `json:"keys,omitempty"`
	// Optional says that pods start without it too.
	Optional bool `json:"optional,omitempty"`
	// Templates are those that need it; none stands for all.
	Templates []string `json:"templates,omitempty"`

	all bool // all templates need it
}

// objects lists what the Workflow names, and what the run decides.
func (e explainer) objects() []Object {
	o := objects{}
	spec := &e.Workflow.Spec
	for _, r := range references.Of(e.Workflow) {
		// The store's keys are optional to Kubernetes only, for a better message.
		needed := r.Variable == contract.AccessKeyVariable || r.Variable == contract.SecretKeyVariable
		o.add(Object{Kind: r.Kind, Name: r.Name, Keys: r.Keys, Optional: r.Optional && !needed}, r.Template)
	}
	for _, s := range spec.ImagePullSecrets {
		o.add(Object{Kind: references.Secret, Name: s.Name}, "")
	}
	if s := spec.Synchronization; s != nil {
		for _, semaphore := range s.Semaphores {
			if ref := semaphore.ConfigMapKeyRef; ref != nil {
				o.add(Object{Kind: references.ConfigMap, Name: ref.Name, Keys: []string{ref.Key}}, "")
			}
		}
	}
	for n := range e.root.All() {
		for i := range n.Task.Settings {
			e.open(o, n, &n.Task.Settings[i])
		}
	}
	return o.sorted()
}

// objects collects objects by what they are.
type objects map[string]*Object

func (o objects) add(found Object, template string) {
	id := found.Kind + " " + found.Name + " " + found.From
	known := o[id]
	if known == nil {
		known = &found
		o[id] = known
	} else {
		known.Optional = known.Optional && found.Optional
		known.Keys = append(known.Keys, found.Keys...)
	}
	switch {
	case template == "":
		known.all, known.Templates = true, nil
	case !known.all && !slices.Contains(known.Templates, template):
		known.Templates = append(known.Templates, template)
	}
}

// sorted lists the objects by kind and name, those that the run decides last.
func (o objects) sorted() []Object {
	var all []Object
	for _, found := range o {
		slices.Sort(found.Keys)
		found.Keys = slices.Compact(found.Keys)
		all = append(all, *found)
	}
	slices.SortFunc(all, func(a, b Object) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.From, b.From), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// open adds an object whose name the run decides.
func (e explainer) open(o objects, n *unfold.Node, s *pipeline.Setting) {
	kind := ""
	switch s.Kind {
	case pipeline.SecretName, pipeline.PullSecretName:
		kind = references.Secret
	case pipeline.ConfigMapName:
		kind = references.ConfigMap
	case pipeline.ClaimName:
		kind = references.Claim
	}
	if _, fixed := s.Source.(pipeline.Constant); kind == "" || fixed || s.Source == nil {
		return
	}
	o.add(Object{Kind: kind, From: from(n.Setting(s))}, e.Plan.Callee(n.Task))
}

// from says where a name comes from.
func from(v unfold.Value) string {
	var all []string
	for _, c := range v {
		text := "no value"
		switch o := c.Origin.(type) {
		case unfold.Constant:
			text = string(o.Value)
		case unfold.Input:
			text = fmt.Sprintf("input %q of the pipeline", o.Name)
			if o.Default != nil {
				text += ", by default " + string(o.Default)
			}
		case unfold.Output:
			text = fmt.Sprintf("output %q of task %q", o.Name, o.Node.Path)
		case unfold.Status, unfold.Absent:
		}
		for _, p := range c.Parts {
			text += "; " + p.String()
		}
		all = append(all, text)
	}
	return strings.Join(all, " or ")
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Access is what the pods of a run may do.
type Access struct {
	// ServiceAccount is what the pods run as.
	ServiceAccount string `json:"serviceAccount"`
	Rules          []Rule `json:"rules"`
	// Callers are the programs that seem to call the API server themselves.
	Callers []Caller `json:"callers,omitempty"`
}

// Caller is a component whose program seems to call the API server.
type Caller struct {
	Component string `json:"component"`
	// How completes a sentence, such as "runs kubectl".
	How string `json:"how"`
	// Rights are those that it may need, as far as its text tells.
	Rights []string `json:"rights,omitempty"`
}

// Rule is one right.
type Rule struct {
	Group    string   `json:"apiGroup"`
	Resource string   `json:"resource"`
	Verbs    []string `json:"verbs"`
	// Why says what it is for.
	Why string `json:"why"`
}

// access lists the rights that docs/rbac.yaml grants, as far as the run needs
// them.
func (e explainer) access() Access {
	a := Access{
		ServiceAccount: cmp.Or(e.Workflow.Spec.ServiceAccountName, "default"),
		Rules: []Rule{{
			Group: "argoproj.io", Resource: "workflowtaskresults", Verbs: []string{"create", "patch"},
			Why: "Argo reports the outputs of pods",
		}},
	}
	if slices.ContainsFunc(e.Workflow.Spec.Templates, func(t wfv1.Template) bool { return t.Resource != nil }) {
		a.Rules = append(a.Rules, Rule{
			Resource: "persistentvolumeclaims", Verbs: []string{"create", "get", "delete"},
			Why: "tasks create or delete claims",
		})
	}
	for _, c := range e.programs() {
		if call, found := apicalls.Of(c.Body.(*pipeline.Container)); found {
			a.Callers = append(a.Callers, Caller{Component: name(c), How: call.How, Rights: call.Rights})
		}
	}
	return a
}
