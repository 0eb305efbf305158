package emit

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/plan"
	"github.com/kfp2argo/kfp2argo/translate/internal/podspec"
)

// templateDefaults holds what all pods share: the driver before the user's
// program, the mounts, and the security of both. Argo merges it into every
// template of the kind.
func (e emitter) templateDefaults() *wfv1.Template {
	t := &wfv1.Template{
		Metadata: wfv1.Metadata{Labels: e.podLabels()},
		Container: &corev1.Container{
			Env:             e.sharedEnv(),
			VolumeMounts:    e.mounts(),
			SecurityContext: userSecurityContext(e.options.PodSecurity),
		},
	}
	if !e.plan.Claims() {
		t.InitContainers = e.driver()
	}
	return t
}

// driver is the driver as an init container. Argo would merge it from the
// defaults into templates that create or delete a claim too, where there is
// nothing for it to do; where there are such, each pod has its own.
func (e emitter) driver() []wfv1.UserContainer {
	return []wfv1.UserContainer{{
		Container: corev1.Container{
			Name:            contract.DriverContainer,
			Image:           e.options.Image,
			Command:         e.driverCommand(),
			Env:             e.driverEnv(),
			Resources:       e.options.DriverResources,
			SecurityContext: driverSecurityContext(e.options.PodSecurity),
		},
		MirrorVolumeMounts: ptr(true),
	}}
}

func (e emitter) driverCommand() []string {
	if e.options.LauncherPath != "" {
		return []string{"/driver", "--no-install"}
	}
	return []string{"/driver"}
}

func tmpMount() corev1.VolumeMount {
	return corev1.VolumeMount{Name: scratch, MountPath: podspec.Tmp, SubPath: "tmp"}
}

func (e emitter) pod(p *plan.Pod) wfv1.Template {
	t := wfv1.Template{
		Name: p.Name,
		Inputs: wfv1.Inputs{Artifacts: wfv1.Artifacts{{
			Name:             "task",
			Path:             contract.TaskFile,
			ArtifactLocation: wfv1.ArtifactLocation{Raw: &wfv1.RawArtifact{Data: e.taskDocument(p)}},
		}}},
		Container: &corev1.Container{
			Image:   cmp.Or(p.Image, e.options.Image),
			Command: []string{e.launcher(p)},
			Args:    p.Command,
		},
	}
	for _, in := range p.Inputs {
		parameter := wfv1.Parameter{Name: in.Name}
		if in.Optional {
			parameter.Default = wfv1.AnyStringPtr("")
		}
		t.Inputs.Parameters = append(t.Inputs.Parameters, parameter)
	}
	for _, name := range p.Outputs {
		t.Outputs.Parameters = append(t.Outputs.Parameters, wfv1.Parameter{
			Name:      name,
			ValueFrom: &wfv1.ValueFrom{Path: contract.ArgoOutputDir + "/" + name, Default: wfv1.AnyStringPtr("")},
		})
	}
	if e.plan.Claims() {
		t.InitContainers = e.driver()
	}
	e.settings(&t, p)
	if own := e.ownSecurity(p); own != nil {
		t.Container.SecurityContext = own
	}
	t.Container.Env = append(e.ownEnv(p), t.Container.Env...)
	if p.Retry != nil {
		t.RetryStrategy = retryStrategy(p.Retry)
	}
	if p.Retry != nil && p.Image != "" {
		t.Container.Env = append(t.Container.Env, corev1.EnvVar{Name: contract.RetryVariable, Value: "{{retries}}"})
	}
	return t
}

// retryStrategy tries again whatever went wrong: where fetching the inputs
// fails, Argo calls that an error and not a failure.
func retryStrategy(r *pipeline.Retry) *wfv1.RetryStrategy {
	limit := intstr.FromInt32(r.Limit)
	strategy := &wfv1.RetryStrategy{Limit: &limit, RetryPolicy: wfv1.RetryPolicyAlways}
	if r.Delay == 0 {
		return strategy
	}
	strategy.Backoff = &wfv1.Backoff{Duration: short(r.Delay)}
	if r.Factor > 1 {
		factor := intstr.FromInt32(r.Factor)
		strategy.Backoff.Factor = &factor
	}
	if r.MaxDelay > 0 {
		strategy.Backoff.MaxDuration = short(r.MaxDelay)
	}
	return strategy
}

// short writes a duration without the units of which it has none: 1h, not
// 1h0m0s.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// launcher is where the launcher is in a pod. Where the driver installs none,
// pods that run no program of the user's find it in our image.
func (e emitter) launcher(p *plan.Pod) string {
	switch {
	case e.options.LauncherPath == "":
		return contract.LauncherFile
	case p.Image == "":
		return "/launcher"
	}
	return e.options.LauncherPath
}

// taskDocument is the text of a contract.Task with tags where Argo fills in
// what only it knows.
func (e emitter) taskDocument(p *plan.Pod) string {
	var b strings.Builder
	fmt.Fprintf(&b, "{\n  \"version\": %d,\n  \"component\": %s", contract.TaskVersion, component(e.stored(p.Component)))
	if p.LookUp != nil {
		fmt.Fprintf(&b, ",\n  \"lookUp\": %s", lookUp(p.LookUp))
	}
	if e.options.InlineLimit > 0 && e.hasRoot() && len(p.Outputs) > 0 {
		fmt.Fprintf(&b, ",\n  \"inlineLimit\": %d", e.options.InlineLimit)
	}
	if e.options.LogLimit != 0 && e.hasRoot() && p.Image != "" {
		fmt.Fprintf(&b, ",\n  \"logLimit\": %d", max(0, e.options.LogLimit))
	}
	if p.TaskConfig != "" {
		fmt.Fprintf(&b, ",\n  \"taskConfig\": %s", p.TaskConfig)
	}
	if len(p.Inputs) > 0 {
		fmt.Fprintf(&b, ",\n  \"inputs\": %s", expression.AllInputs().Tag())
	}
	b.WriteString("\n}\n")
	return b.String()
}

// run is the text of a contract.Run with tags where Argo fills in what only it
// knows. It is the same for all pods: the node is that of the template into which
// Argo merges it.
func (e emitter) run() string {
	var b strings.Builder
	fmt.Fprintf(&b, "{\n  \"pipeline\": %s, \"name\": \"{{workflow.name}}\", \"uid\": \"{{workflow.uid}}\",\n",
		contract.Shield(contract.QuoteText(e.plan.Pipeline)))
	if e.hasRoot() {
		fmt.Fprintf(&b, "  \"pipelineRoot\": %s,\n", expression.Shield(expression.ToJSON(expression.Argument(contract.RootArgument))).Tag())
	}
	b.WriteString("  \"node\": \"{{node.name}}\", \"created\": \"{{workflow.creationTimestamp.RFC3339}}\"\n}\n")
	return b.String()
}

// lookUp is the shielded JSON of a contract.LookUp, with a tag where the run
// decides the image, which is its first field.
func lookUp(l *plan.LookUp) string {
	image := contract.Shield(contract.QuoteText(l.Image.Name))
	if !l.Image.Open.IsZero() {
		image = expression.Shield(expression.ToJSON(l.Image.Open.Text())).Tag()
	}
	text := mustJSON(contract.LookUp{Command: l.Command, Claims: l.Claims, Hit: l.Hit})
	return strings.Replace(contract.Shield(layOut(text, "  ")), `"image": ""`, `"image": `+image, 1)
}

// stored is a component without what only a pipeline with a root has: a cache
// needs a place.
func (e emitter) stored(c contract.Component) contract.Component {
	if !e.hasRoot() {
		c.Cache = nil
	}
	return c
}

func (e emitter) hasRoot() bool {
	return slices.ContainsFunc(e.plan.Arguments, func(a plan.Argument) bool { return a.Name == contract.RootArgument })
}

// component is the shielded JSON of a component, laid out for the document.
func component(c contract.Component) string {
	return contract.Shield(layOut(mustJSON(c), "  "))
}

func mustJSON(of any) json.RawMessage {
	text, err := json.Marshal(of)
	if err != nil {
		panic(err) // made of strings and of JSON that was read before
	}
	return text
}
