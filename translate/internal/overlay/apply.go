package overlay

import (
	"bytes"
	"encoding/json"
	"slices"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// Apply merges the patches into a Workflow: those of the Workflow itself, and
// into each template, by its name, those that [Overlays.Select] has found for
// its tasks. It reports a patch that does not merge, and one that takes away
// what tasks need.
//
// Argo merges spec.templateDefaults into every template. What a patch removes
// of them for one task is moved from there into all the others.
func (o *Overlays) Apply(w *wfv1.Workflow, templates map[string][]json.RawMessage, report *diag.Report) {
	a := applier{overlays: o, workflow: w, patches: templates, messages: messages{report}}
	for _, p := range o.workflow {
		if !a.wholeWorkflow(p) {
			return
		}
	}
	a.moveDefaults()
	for i := range w.Spec.Templates {
		a.template(&w.Spec.Templates[i])
	}
}

// mergedWorkflow merges a patch into all of a Workflow but its templates and
// arguments, which no patch has.
func mergedWorkflow(w *wfv1.Workflow, patch json.RawMessage) (*wfv1.Workflow, error) {
	open := w.DeepCopy()
	open.Spec.Templates, open.Spec.Arguments = nil, wfv1.Arguments{}
	forgetEntries(open, patch)
	result, err := merged[wfv1.Workflow](open, patch)
	if err != nil {
		return nil, err
	}
	result.Spec.Templates, result.Spec.Arguments = w.Spec.Templates, w.Spec.Arguments
	return result, nil
}

// forgetEntries drops the entries that a patch sets of those mappings whose
// entries are objects: they are replaced as a whole, since nothing is known of
// how they would merge.
func forgetEntries(w *wfv1.Workflow, patch json.RawMessage) {
	var set struct {
		Spec struct {
			Hooks            map[wfv1.LifecycleEvent]any
			WorkflowMetadata struct{ LabelsFrom map[string]any }
		}
	}
	if err := json.Unmarshal(patch, &set); err != nil {
		panic(err) // it was made by Read
	}
	for event := range set.Spec.Hooks {
		delete(w.Spec.Hooks, event)
	}
	for label := range set.Spec.WorkflowMetadata.LabelsFrom {
		if w.Spec.WorkflowMetadata != nil {
			delete(w.Spec.WorkflowMetadata.LabelsFrom, label)
		}
	}
}

// applier merges the patches of templates.
type applier struct {
	messages
	overlays *Overlays
	workflow *wfv1.Workflow
	patches  map[string][]json.RawMessage
}

// wholeWorkflow merges a patch for the Workflow itself, or reports why not.
func (a applier) wholeWorkflow(p patch) bool {
	patched, err := mergedWorkflow(a.workflow, p.json)
	if err != nil {
		a.unmergeable(p, err)
		return false
	}
	if lost := lostByWorkflow(a.workflow, patched); lost != "" {
		a.lost(p, lost)
		return false
	}
	if onExit := a.workflow.Spec.OnExit; onExit != "" && patched.Spec.Hooks.HasExitHook() {
		a.secondExit(p, onExit)
		return false
	}
	for i := range patched.Spec.Templates {
		if name := imageless(patched.Spec.TemplateDefaults, &patched.Spec.Templates[i]); name != "" {
			a.noImage(p, name)
			return false
		}
	}
	*a.workflow = *patched
	return true
}

// template merges the patches of one template.
func (a applier) template(t *wfv1.Template) {
	patches := a.patches[t.Name]
	if len(patches) == 0 {
		return
	}
	origin := a.overlays.origin(patches[len(patches)-1])
	patched, err := mergedTemplate(t, patches)
	if err != nil {
		a.unmergeable(origin, err)
		return
	}
	keepRetries(t, patched)
	if lost := lostByTemplate(a.workflow.Spec.TemplateDefaults, t, patched); lost != "" {
		a.lost(origin, lost)
		return
	}
	if name := imageless(a.workflow.Spec.TemplateDefaults, patched); name != "" {
		a.noImage(origin, name)
		return
	}
	*t = *patched
}

// origin returns the first patch of a text.
func (o *Overlays) origin(text json.RawMessage) patch {
	i := slices.IndexFunc(o.tasks, func(t taskPatch) bool { return bytes.Equal(t.json, text) })
	return o.tasks[i].patch
}

// moveDefaults moves those defaults into the templates that would undo what a
// patch does.
func (a applier) moveDefaults() {
	defaults := a.workflow.Spec.TemplateDefaults
	var parts []part
	for i := range a.workflow.Spec.Templates {
		t := &a.workflow.Spec.Templates[i]
		parts = append(parts, undone(defaults, t, a.patches[t.Name])...)
	}
	if len(parts) == 0 {
		return
	}
	moved, rest := cut(defaults, parts)
	for i := range a.workflow.Spec.Templates {
		t := &a.workflow.Spec.Templates[i]
		whole, err := effective(suitable(moved, t), t)
		if err != nil {
			panic(err) // Argo would fail too, and all was merged before
		}
		keepRetries(t, whole)
		*t = *whole
	}
	a.workflow.Spec.TemplateDefaults = rest
}

// undone lists the parts of the defaults that undo what patches do to a
// template. Patches that do not merge have none.
func undone(defaults, t *wfv1.Template, patches []json.RawMessage) []part {
	if defaults == nil || len(patches) == 0 {
		return nil
	}
	whole, err := effective(defaults, t)
	if err != nil {
		return nil
	}
	want, err := mergedTemplate(whole, patches)
	if err != nil {
		return nil
	}
	patched, err := mergedTemplate(t, patches)
	if err != nil {
		return nil
	}
	got, err := effective(defaults, patched)
	if err != nil {
		return nil
	}
	return differing(want, got)
}

// suitable leaves out of defaults what means nothing for a template.
func suitable(defaults, t *wfv1.Template) *wfv1.Template {
	if t.Container != nil || t.Resource != nil {
		return defaults
	}
	var parts []part
	for _, name := range keys(decoded(defaults), nil) {
		if slices.Contains(dagFields(), name) || slices.Contains([]string{"retryStrategy", "memoize", "failFast"}, name) {
			parts = append(parts, part{name: name})
		}
	}
	those, _ := cut(defaults, parts)
	return those
}

// keepRetries lets a program know which attempt it is exactly where there may
// be several: Argo does not know the number elsewhere.
func keepRetries(before, after *wfv1.Template) {
	if after.Container == nil || (before.RetryStrategy == nil) == (after.RetryStrategy == nil) {
		return
	}
	isRetry := func(v corev1.EnvVar) bool { return v.Name == contract.RetryVariable }
	after.Container.Env = slices.DeleteFunc(after.Container.Env, isRetry)
	if after.RetryStrategy != nil {
		after.Container.Env = append(after.Container.Env, corev1.EnvVar{Name: contract.RetryVariable, Value: "{{retries}}"})
	}
}

// lostByWorkflow says what a Workflow needs and has lost, or nothing.
func lostByWorkflow(before, after *wfv1.Workflow) string {
	for _, v := range before.Spec.Volumes {
		if !slices.ContainsFunc(after.Spec.Volumes, func(a corev1.Volume) bool { return a.Name == v.Name }) {
			return "the volume " + v.Name
		}
	}
	for _, v := range before.Spec.VolumeClaimTemplates {
		if !slices.ContainsFunc(after.Spec.VolumeClaimTemplates, func(a corev1.PersistentVolumeClaim) bool { return a.Name == v.Name }) {
			return "the volume " + v.Name
		}
	}
	for i := range before.Spec.Templates {
		t := &before.Spec.Templates[i]
		if t.Container == nil {
			continue
		}
		was, err := effective(before.Spec.TemplateDefaults, t)
		if err != nil {
			return ""
		}
		is, err := effective(after.Spec.TemplateDefaults, t)
		if err != nil {
			return "what all templates have in common"
		}
		if lost := lostByPod(was, is); lost != "" {
			return lost
		}
	}
	return ""
}

// lostByTemplate says what a template needs and has lost, or nothing.
func lostByTemplate(defaults, before, after *wfv1.Template) string {
	if before.Container == nil {
		return ""
	}
	was, err := effective(defaults, before)
	if err != nil {
		return ""
	}
	is, err := effective(defaults, after)
	if err != nil {
		return "what all templates have in common"
	}
	return lostByPod(was, is)
}

// lostByPod compares what Argo makes a pod of.
func lostByPod(before, after *wfv1.Template) string {
	switch {
	case after.Container == nil, !slices.Equal(before.Container.Command, after.Container.Command),
		!slices.Equal(before.Container.Args, after.Container.Args):
		return "the command of the launcher"
	case !mountsOwn(after.Container):
		return "the mount at " + contract.Dir
	}
	for _, c := range before.InitContainers {
		i := slices.IndexFunc(after.InitContainers, func(a wfv1.UserContainer) bool { return a.Name == c.Name })
		switch {
		case i < 0:
			return "the init container " + c.Name
		case !slices.Equal(c.Command, after.InitContainers[i].Command), !slices.Equal(c.Args, after.InitContainers[i].Args):
			return "the command of the init container " + c.Name
		case isTrue(c.MirrorVolumeMounts) && !isTrue(after.InitContainers[i].MirrorVolumeMounts):
			return "the mounts of the init container " + c.Name
		}
	}
	return ""
}

// imageless returns the name of a container that a pod would have and that has
// no image, or nothing.
func imageless(defaults, t *wfv1.Template) string {
	if t.Container == nil && t.Resource == nil {
		return ""
	}
	whole, err := effective(defaults, t)
	if err != nil {
		return ""
	}
	for _, c := range slices.Concat(whole.InitContainers, whole.Sidecars) {
		if c.Image == "" {
			return c.Name
		}
	}
	return ""
}

// mountsOwn reports whether a container mounts the directory that the driver
// and the launcher share.
func mountsOwn(c *corev1.Container) bool {
	return slices.ContainsFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool {
		return m.MountPath == contract.Dir && m.SubPath == "" && !m.ReadOnly
	})
}

func isTrue(b *bool) bool { return b != nil && *b }
