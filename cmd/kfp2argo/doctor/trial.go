package doctor

import (
	_ "embed" // the pipeline
	"fmt"
	"strconv"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

//go:embed pipeline.yaml
var pipelineText string

// label marks what a doctor makes.
const label = "kfp2argo.dev/doctor"

// lifetime is how long the cluster keeps what a doctor could not remove, in
// seconds.
const lifetime = 3600

// Trial is what a doctor runs in the cluster.
type Trial struct {
	// Workflow is a pipeline of one task that stores nothing.
	Workflow *wfv1.Workflow
	// Job looks at the store. It is nil where no option says which that is.
	Job *batchv1.Job
}

// NewTrial translates the doctor's own pipeline, whose text it returns with what
// there is to say about the options. The trial is nil if that is an error.
func NewTrial(options translate.Options) (*Trial, diag.Source, []diag.Diagnostic, error) {
	options.Name, options.GenerateName = "", "kfp2argo-doctor-"
	options.Template, options.Pods.LauncherPath, options.Arguments = nil, "", nil
	source := source(options, "[]")
	workflow, found, err := translate.Translate(source, options)
	if workflow == nil {
		return nil, source, found, err
	}
	// A pipeline that asks for its root has it as an argument, wherever it is from.
	asking, found, err := translate.Translate(sourceOf(options), options)
	if asking == nil {
		return nil, source, found, err
	}
	trial := &Trial{Workflow: workflow}
	if root := asking.Spec.Arguments.GetParameterByName(translate.RootArgument); root != nil && root.Value != nil {
		trial.Job = newJob(asking, root.Value.String())
	}
	for i, p := range workflow.Spec.Arguments.Parameters {
		if p.Name == translate.RootArgument { // a run would leave a record there
			workflow.Spec.Arguments.Parameters[i].Value = wfv1.AnyStringPtr("")
		}
	}
	mark(&workflow.ObjectMeta)
	if workflow.Spec.TTLStrategy == nil {
		workflow.Spec.TTLStrategy = &wfv1.TTLStrategy{SecondsAfterCompletion: ptr(int32(lifetime))}
	}
	return trial, source, found, nil
}

func sourceOf(options translate.Options) diag.Source {
	return source(options, `["{{$.pipeline_root}}"]`)
}

// source fills in the pipeline.
func source(options translate.Options, args string) diag.Source {
	image := options.Pods.Image
	if image == "" {
		image = translate.DefaultImage()
	}
	_, body, _ := strings.Cut(pipelineText, "pipelineInfo")
	text := "pipelineInfo" + strings.NewReplacer("IMAGE", strconv.Quote(image), "ROOT", args).Replace(body)
	return diag.Source{Name: "the pipeline of kfp2argo doctor", Text: []byte(text)}
}

func mark(meta *metav1.ObjectMeta) {
	if meta.Labels == nil {
		meta.Labels = map[string]string{}
	}
	meta.Labels[label] = "true"
}

// newJob makes a Job whose pod has the shape of a task's: what the Workflow has
// for all pods, and the driver in the place of the program.
func newJob(w *wfv1.Workflow, root string) *batchv1.Job {
	meta := metav1.ObjectMeta{GenerateName: w.GenerateName, Namespace: w.Namespace}
	mark(&meta)
	pod := corev1.PodTemplateSpec{Spec: podSpec(w.Spec, root)}
	if m := w.Spec.PodMetadata; m != nil {
		pod.Labels, pod.Annotations = m.Labels, m.Annotations
	}
	return &batchv1.Job{
		TypeMeta:   metav1.TypeMeta{APIVersion: "batch/v1", Kind: "Job"},
		ObjectMeta: meta,
		Spec: batchv1.JobSpec{
			BackoffLimit:            ptr(int32(0)),
			TTLSecondsAfterFinished: ptr(int32(lifetime)),
			Template:                pod,
		},
	}
}

func podSpec(w wfv1.WorkflowSpec, root string) corev1.PodSpec {
	spec := corev1.PodSpec{
		RestartPolicy:      corev1.RestartPolicyNever,
		Containers:         []corev1.Container{container(w, root)},
		ServiceAccountName: w.ServiceAccountName,
		SecurityContext:    w.SecurityContext,
		ImagePullSecrets:   w.ImagePullSecrets,
		Volumes:            w.Volumes,
		NodeSelector:       w.NodeSelector,
		Affinity:           w.Affinity,
		Tolerations:        w.Tolerations,
		SchedulerName:      w.SchedulerName,
		PriorityClassName:  w.PodPriorityClassName,
		HostAliases:        w.HostAliases,
		DNSConfig:          w.DNSConfig,
	}
	if w.DNSPolicy != nil {
		spec.DNSPolicy = *w.DNSPolicy
	}
	if w.HostNetwork != nil {
		spec.HostNetwork = *w.HostNetwork
	}
	return spec
}

// container is the driver with the mounts of a task, which Argo would mirror.
func container(w wfv1.WorkflowSpec, root string) corev1.Container {
	if w.TemplateDefaults == nil || len(w.TemplateDefaults.InitContainers) == 0 {
		panic(fmt.Sprintf("doctor: no driver in %v", w.TemplateDefaults))
	}
	driver := w.TemplateDefaults.InitContainers[0].Container.DeepCopy()
	driver.Command = []string{"/driver", "doctor"}
	driver.Args = []string{"--pipeline-root", strings.ReplaceAll(root, "$(", "$$(")} // as Kubernetes reads it
	driver.VolumeMounts = append(driver.VolumeMounts, w.TemplateDefaults.Container.VolumeMounts...)
	return *driver
}

func ptr[T any](v T) *T { return &v }
