// Package budget says how large a Workflow is and will become, and what is too
// large for Argo and Kubernetes. All of their limits stand here.
//
// Argo keeps a Workflow and its state in one Kubernetes object. As the run goes
// on, that object grows by a record for each node, and by the names of its fields,
// which the API server notes. When all of it is above [DefaultMaxSize], Argo
// compresses the records, and when that does not help, the run is stuck: Argo
// cannot even write down that it failed.
package budget

import (
	"cmp"
	"encoding/json"
	"slices"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/flow"
)

// DefaultMaxSize is how many bytes the object of a Workflow may have where the
// controller has no MAX_WORKFLOW_SIZE: what Argo compares with the length of the
// JSON of the whole object, its metadata too. The limit of etcd, 1.5 MiB, is above
// it, by what the fields of new nodes may add to managedFields when they are stored.
const DefaultMaxSize = 1 << 20

// The limits that cannot be configured.
const (
	// maxArgument is the longest argument that Linux starts a program with,
	// without the byte that ends it. Argo 3.7 hands a longer one to the program
	// as the name of a file.
	maxArgument = 128<<10 - 1
	// maxInline is the longest template, and the longest list of arguments, that
	// Argo puts into a pod itself. For larger ones it makes a ConfigMap for each
	// pod.
	maxInline = 128 << 10
	// maxConfigMap is what such a ConfigMap can hold.
	maxConfigMap = 1 << 20
	// maxAnnotations is what Kubernetes allows all annotations of an object to
	// have together.
	maxAnnotations = 256 << 10
)

// nearly is the part of the largest size from which on there is a warning.
const nearly = 0.8

// surely is the part of the least predicted size that is certain: the
// prediction is a sample, and within 20 %.
const surely = 0.8

// Part is a template of a Workflow and its size.
type Part struct {
	Template string
	// Bytes is the length of its JSON.
	Bytes int
}

// Size is the size of a Workflow before it runs.
type Size struct {
	// Bytes is the length of its JSON as Argo writes it.
	Bytes int
	// Parts are its templates, the largest first.
	Parts []Part
}

// Measure measures a Workflow.
func Measure(workflow *wfv1.Workflow) Size {
	s := Size{Bytes: length(workflow)}
	for i := range workflow.Spec.Templates {
		t := &workflow.Spec.Templates[i]
		s.Parts = append(s.Parts, Part{t.Name, length(t)})
	}
	slices.SortStableFunc(s.Parts, func(a, b Part) int { return cmp.Compare(b.Bytes, a.Bytes) })
	return s
}

// Origin is where something of a Workflow comes from in the pipeline.
type Origin struct {
	// Name is what the pipeline calls it, such as `component "comp-train"`.
	Name string
	Span diag.Span
}

// Origins finds places in the pipeline.
type Origins struct {
	// Template is the origin of a template.
	Template func(template string) Origin
	// Argument is the origin of an argument of a template's program.
	Argument func(template string, index int) Origin
	// Loop is the origin of the loop that a template runs.
	Loop func(template string) Origin
	// Items is how many items that loop has, if that is known before a run.
	Items func(template string) flow.Range
	// Filled is how many bytes an argument of a template's program has at least
	// when its placeholders are filled in.
	Filled func(template string, index int) int
}

// Check reports what of a Workflow is too large to run, and warns of what nearly
// is. MaxSize is the limit of the object, which is not checked if it is
// negative.
func Check(workflow *wfv1.Workflow, maxSize int, origins Origins, report *diag.Report) {
	c := checker{workflow: workflow, size: Measure(workflow), maxSize: maxSize, messages: messages{origins, report}}
	c.annotations()
	for i := range workflow.Spec.Templates {
		c.template(&workflow.Spec.Templates[i])
	}
	if maxSize >= 0 {
		c.object()
	}
}

type checker struct {
	workflow *wfv1.Workflow
	size     Size
	maxSize  int
	messages messages
}

func (c checker) annotations() {
	total := 0
	for key, text := range c.workflow.Annotations {
		total += len(key) + len(text)
	}
	if total > maxAnnotations {
		c.messages.annotations(total)
	}
}

// template checks what Argo puts into a pod: the template with the defaults.
func (c checker) template(t *wfv1.Template) {
	if t.Container == nil {
		return
	}
	for i, argument := range t.Container.Args {
		if bytes := max(len(argument), c.messages.origins.Filled(t.Name, i)); bytes > maxArgument {
			c.messages.argument(t.Name, i, bytes)
		}
	}
	whole := length(t)
	if d := c.workflow.Spec.TemplateDefaults; d != nil {
		whole += length(d)
	}
	switch inline := max(whole, length(t.Container.Args)); {
	case inline > maxConfigMap:
		c.messages.template(t.Name, inline)
	case inline > maxInline:
		c.messages.configMap(t.Name, inline)
	}
}

// object checks the object, first as it is submitted, then as it ends.
func (c checker) object() {
	near := int(nearly * float64(c.maxSize))
	switch {
	case c.size.Bytes > c.maxSize:
		c.messages.object(c.size, c.maxSize)
		return
	case c.size.Bytes > near:
		c.messages.nearObject(c.size, c.maxSize)
		return
	}
	expected := Predict(c.workflow, Assumptions{Items: 1, Known: c.messages.origins.Items})
	if expected.Final <= near {
		return
	}
	if least := Predict(c.workflow, Assumptions{Least: true, Known: c.messages.origins.Items}); surely*float64(least.Final) > float64(c.maxSize) {
		c.messages.status(least, c.maxSize)
		return
	}
	c.messages.nearStatus(expected, c.maxSize)
}

// length is the length of the JSON of a value.
func length(value any) int { return len(marshal(value)) }

func marshal(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // Argo's types can be written
	}
	return text
}
