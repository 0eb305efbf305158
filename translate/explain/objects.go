package explain

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"

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

// The kinds of objects.
const (
	secret    = "Secret"
	configMap = "ConfigMap"
	claim     = "PersistentVolumeClaim"
)

// objects lists what the Workflow names, and what the run decides.
func (e explainer) objects() []Object {
	o := objects{}
	spec := &e.Workflow.Spec
	o.volumes("", spec.Volumes)
	for _, s := range spec.ImagePullSecrets {
		o.add(Object{Kind: secret, Name: s.Name}, "")
	}
	if s := spec.Synchronization; s != nil {
		for _, semaphore := range s.Semaphores {
			if ref := semaphore.ConfigMapKeyRef; ref != nil {
				o.add(Object{Kind: configMap, Name: ref.Name, Keys: []string{ref.Key}}, "")
			}
		}
	}
	if defaults := spec.TemplateDefaults; defaults != nil {
		o.template("", defaults)
	}
	for i := range spec.Templates {
		o.template(spec.Templates[i].Name, &spec.Templates[i])
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

func (o objects) template(name string, t *wfv1.Template) {
	o.volumes(name, t.Volumes)
	for _, c := range containers(t) {
		for _, v := range c.Env {
			if v.ValueFrom != nil {
				o.variable(name, v)
			}
		}
		for _, from := range c.EnvFrom {
			if from.SecretRef != nil {
				o.add(Object{Kind: secret, Name: from.SecretRef.Name, Optional: isTrue(from.SecretRef.Optional)}, name)
			}
			if from.ConfigMapRef != nil {
				o.add(Object{Kind: configMap, Name: from.ConfigMapRef.Name, Optional: isTrue(from.ConfigMapRef.Optional)}, name)
			}
		}
	}
}

func (o objects) variable(template string, v corev1.EnvVar) {
	from := v.ValueFrom
	if r := from.SecretKeyRef; r != nil {
		// The store's keys are optional to Kubernetes only, for a better message.
		needed := v.Name == contract.AccessKeyVariable || v.Name == contract.SecretKeyVariable
		o.add(Object{Kind: secret, Name: r.Name, Keys: []string{r.Key}, Optional: isTrue(r.Optional) && !needed}, template)
	}
	if r := from.ConfigMapKeyRef; r != nil {
		o.add(Object{Kind: configMap, Name: r.Name, Keys: []string{r.Key}, Optional: isTrue(r.Optional)}, template)
	}
}

func (o objects) volumes(template string, volumes []corev1.Volume) {
	for _, v := range volumes {
		switch {
		case v.Secret != nil:
			o.add(Object{Kind: secret, Name: v.Secret.SecretName, Optional: isTrue(v.Secret.Optional), Keys: keys(v.Secret.Items)}, template)
		case v.ConfigMap != nil:
			o.add(Object{Kind: configMap, Name: v.ConfigMap.Name, Optional: isTrue(v.ConfigMap.Optional), Keys: keys(v.ConfigMap.Items)}, template)
		case v.PersistentVolumeClaim != nil:
			o.add(Object{Kind: claim, Name: v.PersistentVolumeClaim.ClaimName}, template)
		}
	}
}

func keys(items []corev1.KeyToPath) []string {
	var all []string
	for _, i := range items {
		all = append(all, i.Key)
	}
	return all
}

// open adds an object whose name the run decides.
func (e explainer) open(o objects, n *unfold.Node, s *pipeline.Setting) {
	kind := ""
	switch s.Kind {
	case pipeline.SecretName, pipeline.PullSecretName:
		kind = secret
	case pipeline.ConfigMapName:
		kind = configMap
	case pipeline.ClaimName:
		kind = claim
	}
	if _, fixed := s.Source.(pipeline.Constant); kind == "" || fixed || s.Source == nil {
		return
	}
	o.add(Object{Kind: kind, From: from(n.Value(&s.Binding))}, e.Plan.Callee(n.Task))
}

// from says where a name comes from.
func from(v unfold.Value) string {
	var all []string
	for _, o := range v.Origins {
		switch o := o.(type) {
		case unfold.Constant:
			all = append(all, string(o.Value))
		case unfold.Input:
			text := fmt.Sprintf("input %q of the pipeline", o.Name)
			if o.Default != nil {
				text += ", by default " + string(o.Default)
			}
			all = append(all, text)
		case unfold.Output:
			all = append(all, fmt.Sprintf("output %q of task %q", o.Name, o.Node.Path))
		default:
			all = append(all, "no value")
		}
	}
	return strings.Join(append(all, v.Parts...), "; ")
}

// containers lists the containers of a template.
func containers(t *wfv1.Template) []*container {
	var all []*container
	for i := range t.InitContainers {
		all = append(all, &t.InitContainers[i].Container)
	}
	if t.Container != nil {
		all = append(all, t.Container)
	}
	for i := range t.Sidecars {
		all = append(all, &t.Sidecars[i].Container)
	}
	return all
}

func isTrue(b *bool) bool { return b != nil && *b }

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
