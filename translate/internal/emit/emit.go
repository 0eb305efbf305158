// Package emit writes a plan down as an Argo Workflow. It is the only package
// that knows Argo's types, and it decides nothing: what it writes is what is
// right on Argo 3.7 and 4.x alike.
package emit

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/plan"
	"github.com/kfp2argo/kfp2argo/translate/internal/podspec"
)

// Options are the parts of the Workflow that no pipeline says anything about.
type Options struct {
	// Name is the Workflow's name. Where it is empty, GenerateName is the
	// prefix of a name that the API server makes up.
	Name, GenerateName string
	Namespace          string
	ServiceAccount     string
	// Image holds the driver and the launcher.
	Image string
	// LauncherPath is the launcher's place in the users' images, or empty
	// where the driver brings it.
	LauncherPath string
	// StoreSecret names a Secret with the keys accesskey and secretkey, or is
	// empty where the pods find their credentials themselves.
	StoreSecret string
	// Store says how buckets are opened, and StoreKeys which keys of Secrets
	// that needs.
	Store     contract.StoreConfig
	StoreKeys []SecretKey
	// StoreVolume is the volume that artifacts are stored in, or empty.
	StoreVolume StoreVolume
	PodSecurity PodSecurity
	User        User
	// InlineLimit is the size in bytes above which outputs go to the store, zero
	// for the default.
	InlineLimit int
	// LogLimit is how many bytes are kept of a program's log, zero for the default,
	// a negative number for none.
	LogLimit int64
	// Env and CABundle are for all programs.
	Env      []EnvVar
	CABundle CABundle
	// ServiceAccountToken says that programs get the token of the pod's
	// service account.
	ServiceAccountToken bool
	// DriverResources are those of the driver.
	DriverResources corev1.ResourceRequirements
}

// PodSecurity says which Kubernetes Pod Security Standard the pods meet.
type PodSecurity int

// The levels of Pod Security.
const (
	// Restricted runs everything as an ordinary user on a read-only root file
	// system.
	Restricted PodSecurity = iota
	// Baseline keeps the user and the root file system of the image.
	Baseline
	// Off leaves security to the namespace.
	Off
)

// User says who programs run as: a UID from 1 on, or one of these.
type User int64

// The users without a number.
const (
	UserDefault   User = 0  // 1000 where pods are Restricted, and else that of the image
	UserOfImage   User = -1 // that of the image
	UserOfCluster User = -2 // whom the cluster assigns; nothing is said of users and groups
)

// Workflow writes a plan as a Workflow.
func Workflow(p *plan.Workflow, o Options) *wfv1.Workflow {
	e := emitter{plan: p, options: o}
	wf := &wfv1.Workflow{
		TypeMeta:   metav1.TypeMeta{APIVersion: "argoproj.io/v1alpha1", Kind: "Workflow"},
		ObjectMeta: e.metadata(),
		Spec: wfv1.WorkflowSpec{
			Entrypoint:         p.Entrypoint,
			OnExit:             p.OnExit,
			Arguments:          e.arguments(),
			ServiceAccountName: o.ServiceAccount,
			SecurityContext:    e.podSecurityContext(),
			ImagePullSecrets:   e.pullSecrets(),
			Volumes:            e.volumes(),
			TemplateDefaults:   e.templateDefaults(),
		},
	}
	runSettings(&wf.Spec, p.Run)
	for _, t := range p.Templates {
		wf.Spec.Templates = append(wf.Spec.Templates, e.template(t))
	}
	return wf
}

// emitter holds what all parts of the Workflow look at.
type emitter struct {
	plan    *plan.Workflow
	options Options
}

func (e emitter) metadata() metav1.ObjectMeta {
	meta := metav1.ObjectMeta{Name: e.options.Name, Namespace: e.options.Namespace}
	if meta.Name == "" {
		meta.GenerateName = e.options.GenerateName
	}
	meta.Labels = e.labels()
	meta.Annotations = map[string]string{contract.PipelineAnnotation: e.plan.Pipeline}
	if e.plan.Description != "" {
		meta.Annotations[descriptionAnnotation] = e.plan.Description
	}
	return meta
}

const descriptionAnnotation = "workflows.argoproj.io/description"

func (e emitter) arguments() wfv1.Arguments {
	var all wfv1.Arguments
	for _, a := range e.plan.Arguments {
		parameter := wfv1.Parameter{Name: a.Name}
		if a.Description != "" {
			parameter.Description = wfv1.AnyStringPtr(a.Description)
		}
		if a.Value != nil {
			parameter.Value = wfv1.AnyStringPtr(*a.Value)
		}
		for _, text := range a.Enum {
			parameter.Enum = append(parameter.Enum, wfv1.AnyString(text))
		}
		all.Parameters = append(all.Parameters, parameter)
	}
	return all
}

func (e emitter) template(t plan.Template) wfv1.Template {
	switch t := t.(type) {
	case *plan.DAG:
		return dag(t)
	case *plan.Pod:
		return e.pod(t)
	case *plan.Claim:
		return claim(t)
	case *plan.Nothing:
		return wfv1.Template{Name: t.Name, Suspend: &wfv1.SuspendTemplate{}}
	case *plan.Stop:
		return stop(t)
	}
	panic("emit: unknown template")
}

func dag(d *plan.DAG) wfv1.Template {
	t := wfv1.Template{Name: d.Name, DAG: &wfv1.DAGTemplate{Target: strings.Join(d.Target, " ")}}
	if d.Parallelism > 0 {
		t.Parallelism = ptr(d.Parallelism)
	}
	if len(d.Target) > 0 {
		t.DAG.FailFast = ptr(false)
	}
	for _, name := range d.Inputs {
		t.Inputs.Parameters = append(t.Inputs.Parameters, wfv1.Parameter{Name: name})
	}
	for _, o := range d.Outputs {
		t.Outputs.Parameters = append(t.Outputs.Parameters, wfv1.Parameter{
			Name:      o.Name,
			ValueFrom: &wfv1.ValueFrom{Expression: o.Value.String(), Default: wfv1.AnyStringPtr("")},
		})
	}
	for _, task := range d.Tasks {
		t.DAG.Tasks = append(t.DAG.Tasks, dagTask(task))
	}
	return t
}

func dagTask(t plan.Task) wfv1.DAGTask {
	task := wfv1.DAGTask{Name: t.Name, Template: t.Template, Depends: depends(t)}
	if !t.When.IsZero() {
		task.When = t.When.Tag()
	}
	if t.Count != nil {
		task.WithItems = numbers(*t.Count)
	}
	if !t.ForEach.IsZero() {
		task.WithParam = t.ForEach.Tag()
	}
	task.Arguments.Parameters = arguments(t.Arguments)
	return task
}

func arguments(bindings []plan.Binding) []wfv1.Parameter {
	var all []wfv1.Parameter
	for _, b := range bindings {
		all = append(all, wfv1.Parameter{Name: b.Name, Value: wfv1.AnyStringPtr(b.Value.Filled())})
	}
	return all
}

// stop writes the exit handler's tasks as one group of steps.
func stop(s *plan.Stop) wfv1.Template {
	var group []wfv1.WorkflowStep
	for _, t := range s.Tasks {
		group = append(group, wfv1.WorkflowStep{
			Name:      t.Name,
			Template:  t.Template,
			When:      t.When.Tag(),
			Arguments: wfv1.Arguments{Parameters: arguments(t.Arguments)},
		})
	}
	return wfv1.Template{Name: s.Name, Steps: []wfv1.ParallelSteps{{Steps: group}}}
}

// depends writes what a task waits for. Argo's short form, a bare name, would
// also let it run after a task that was skipped.
func depends(t plan.Task) string {
	var conditions []string
	for _, before := range t.After {
		condition := before + ".Succeeded"
		if t.Always {
			condition = fmt.Sprintf("(%[1]s.Succeeded || %[1]s.Failed || %[1]s.Errored || %[1]s.Skipped || %[1]s.Omitted)", before)
		}
		conditions = append(conditions, condition)
	}
	return strings.Join(conditions, " && ")
}

// numbers lists the numbers below a count as the items of a loop.
func numbers(count int) []wfv1.Item {
	items := make([]wfv1.Item, count)
	for i := range items {
		items[i] = wfv1.Item{Value: json.RawMessage(strconv.Itoa(i))}
	}
	return items
}

// scratch is the name of the volume behind contract.Dir.
const scratch = podspec.Scratch
