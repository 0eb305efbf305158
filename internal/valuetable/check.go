package valuetable

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"reflect"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// What Argo calls the container of a program, and where its pods have the name of
// their node.
const (
	mainContainer      = "main"
	nodeNameAnnotation = "workflows.argoproj.io/node-name"
)

// result compares the run of a table with what must have arrived.
type result struct {
	table *Table
	nodes map[string]wfv1.NodeStatus // by the path of the task
	pods  map[string]corev1.Pod      // likewise
	wrong []string
	count int
}

// Check compares the run of a table, which has ended, with what must have
// arrived. It returns how many combinations of value, form and consumer there
// are, and those that are wrong.
func (t *Table) Check(workflow *wfv1.Workflow, pods []corev1.Pod) (count int, wrong []string) {
	r := &result{table: t, nodes: map[string]wfv1.NodeStatus{}, pods: map[string]corev1.Pod{}}
	if workflow.Status.Phase != wfv1.WorkflowSucceeded {
		r.wrong = append(r.wrong, fmt.Sprintf("the run: %s %s", workflow.Status.Phase, workflow.Status.Message))
	}
	path := func(node string) string {
		return strings.TrimPrefix(strings.TrimPrefix(node, workflow.Name+"."), Name+".")
	}
	for _, n := range workflow.Status.Nodes {
		r.nodes[path(n.Name)] = n
	}
	for _, p := range pods {
		r.pods[path(p.Annotations[nodeNameAnnotation])] = p
	}
	for _, f := range t.frames {
		for n, at := range f.paths {
			r.frame(f, at, n)
		}
	}
	return r.count, r.wrong
}

// frame checks the consumers of the n-th values, below a path.
func (r *result) frame(f frame, at string, n int) {
	r.said(f, at+"say", n)
	r.said(f, at+"nested.say", n)
	settled := r.pods[at+"set.pod"]
	var tolerations []corev1.Toleration
	for _, i := range f.inputs {
		r.condition(i, at, n)
		if i.isURI() {
			value, _ := i.form.arrives(i.values[n])
			r.equal(at+"import-"+i.path(), text(value), r.uri(at+"import-"+i.path()))
		}
		if want, ok := i.looped(i.values[n]); ok {
			r.equal(at+"loop-"+i.path(), want, r.items(at+"loop-"+i.path()))
		}
		switch value, _ := i.form.arrives(i.values[n]); {
		case i.isSecretName():
			r.equal(at+"set "+i.name, text(value), secretOf(settled, i.variable()))
		case i.isToleration() && value != nil:
			tolerations = append(tolerations, corev1.Toleration{Key: "k", Operator: "Equal", Value: "v", Effect: "NoSchedule"})
		}
	}
	if len(tolerations) > 0 {
		got := settled.Spec.Tolerations
		r.equal(at+"set tolerations", tolerations, got[:min(len(tolerations), len(got))]) // Kubernetes adds its own
	}
}

// equal notes a combination, and what arrived where that is wrong.
func (r *result) equal(what string, want, got any) {
	r.count++
	if !reflect.DeepEqual(want, got) {
		r.wrong = append(r.wrong, fmt.Sprintf("%s: %s: want %#v, got %#v", r.table.Source, what, want, got))
	}
}

// output is the text of an output parameter of a task.
func (r *result) output(task, name string) (string, error) {
	node := r.nodes[task]
	if node.Outputs != nil {
		for _, p := range node.Outputs.Parameters {
			if p.Name == name && *p.Value != "" {
				return p.Value.String(), nil
			}
		}
	}
	return "", fmt.Errorf("no output %s; %s %s", name, node.Phase, node.Message)
}

// said checks what a program has said: the inputs as texts, and as JSON.
func (r *result) said(f frame, task string, n int) {
	said, err := r.program(task)
	if err != nil || len(said) != len(programArguments(f.inputs)) {
		r.equal(task, nil, fmt.Sprint(err, said))
		return
	}
	document, _ := decode(said[len(said)-1]).(map[string]any)
	given, _ := document["inputs"].(map[string]any)
	parameters, _ := given["parameterValues"].(map[string]any)
	for _, i := range f.inputs {
		want, present := i.form.arrives(i.values[n])
		if present {
			r.equal(task+" "+i.name, text(want), said[0])
			said = said[1:]
		}
		got, ok := parameters[i.name]
		r.equal(task+" "+i.name+" as JSON", []any{want, present}, []any{got, ok})
	}
}

// program is the command line that a program has got.
func (r *result) program(task string) ([]string, error) {
	output, err := r.output(task, "seen")
	if err != nil {
		return nil, err
	}
	packed, err := base64.StdEncoding.DecodeString(text(decode(output)))
	if err != nil {
		return nil, err
	}
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	said, err := io.ReadAll(reader)
	return strings.Split(strings.TrimSuffix(string(said), "\x00"), "\x00"), err
}

// condition checks which of the groups of an input have run.
func (r *result) condition(i input, at string, n int) {
	if !i.isExact(i.values[n]) {
		return
	}
	for k, with := range i.compared() {
		name := fmt.Sprintf("%sif-%s-%d", at, i.path(), k)
		want := wfv1.NodeSkipped
		if value, _ := i.form.arrives(i.values[n]); bytes.Equal(encoded(value), encoded(with)) {
			want = wfv1.NodeSucceeded
		}
		r.equal(name+" "+string(encoded(with)), want, r.nodes[name].Phase)
	}
}

// uri is the URI that an importer has made.
func (r *result) uri(task string) string {
	output, err := r.output(task, "artifact")
	if err != nil {
		return err.Error()
	}
	list, err := contract.DecodeArtifacts(output)
	if err != nil || len(list.Artifacts) != 1 {
		return fmt.Sprint(err, output)
	}
	return list.Artifacts[0].URI
}

// items are the URIs that the iterations of a loop have made.
func (r *result) items(loop string) (all []string) {
	for {
		iteration := fmt.Sprintf("%s.iteration(%d:%d)", loop, len(all), len(all))
		if _, ok := r.nodes[iteration]; !ok {
			return all
		}
		all = append(all, r.uri(iteration+".import"))
	}
}

// secretOf is the name of the Secret that a variable comes from.
func secretOf(pod corev1.Pod, variable string) string {
	for _, c := range pod.Spec.Containers {
		for _, e := range c.Env {
			if c.Name == mainContainer && e.Name == variable && e.ValueFrom != nil && e.ValueFrom.SecretKeyRef != nil {
				return e.ValueFrom.SecretKeyRef.Name
			}
		}
	}
	return ""
}
