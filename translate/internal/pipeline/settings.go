package pipeline

import (
	"path"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// SettingKind says what a Kubernetes setting that the run may decide is.
type SettingKind int

// The kinds of settings.
const (
	SecretName SettingKind = iota
	ConfigMapName
	ClaimName
	PullSecretName
	NodeSelectorJSON
	TolerationJSON
	NodeAffinityJSON
)

// Setting is a Kubernetes setting that the run may decide: where its value
// comes from. Unlike the inputs of a task it refers to the DAG around the task.
type Setting struct {
	Kind SettingKind
	// Holder is the message of the document that asks for it, such as a
	// *document.SecretAsEnv.
	Holder any
	// Binding is without a source where the document gives none.
	Binding
}

// Setting returns the setting that a message of the document asks for. It is
// nil where the message asks for none.
func (t *Task) Setting(holder any) *Setting {
	for i := range t.Settings {
		if t.Settings[i].Holder == holder {
			return &t.Settings[i]
		}
	}
	return nil
}

// settings resolves the Kubernetes settings of a task.
func (s *scope) settings(t *Task) {
	container, ok := t.Component.Body.(*Container)
	if !ok || container.Kubernetes == nil {
		return
	}
	for _, open := range openSettings(container.Kubernetes) {
		setting := Setting{Kind: open.kind, Holder: open.holder, Binding: Binding{Span: open.span}}
		switch spec := open.spec; {
		case spec != nil && isBound(spec):
			setting.Source = s.settingSource(t, open)
			setting.Selector = s.selector(spec.ParameterExpressionSelector)
			if setting.Source == nil {
				continue // which was reported
			}
		case spec != nil: // the check says that it has no value
		case open.literal.Set:
			setting.Source = Constant{Value: contract.QuoteText(open.literal.Value)}
		}
		t.Settings = append(t.Settings, setting)
	}
}

// MountPath is where something is mounted whose mount path is written so.
// Kubernetes takes a path without a leading slash as one below the root.
func MountPath(written string) string {
	if written == "" || path.IsAbs(written) {
		return written
	}
	return "/" + written
}

// isBound reports whether an input says where its value comes from.
func isBound(spec *document.InputParameterSpec) bool {
	return spec.TaskOutputParameter != nil || spec.ComponentInputParameter.Set || spec.TaskFinalStatus != nil ||
		spec.RuntimeValue != nil && constant(spec.RuntimeValue) != nil
}

// String names a kind as a message does.
func (k SettingKind) String() string {
	return [...]string{
		"the name of a Secret", "the name of a ConfigMap", "the name of a PersistentVolumeClaim",
		"the name of an image pull Secret", "the node selector", "a toleration", "a node affinity",
	}[k]
}

// openSetting is a setting in the words of the document.
type openSetting struct {
	kind    SettingKind
	holder  any
	span    diag.Span
	spec    *document.InputParameterSpec
	literal document.Text // the deprecated form
}

// openSettings lists the settings of an executor that the run may decide.
func openSettings(k *document.KubernetesExecutorConfig) []openSetting {
	var all []openSetting
	for _, v := range k.SecretAsVolume {
		all = append(all, openSetting{SecretName, v, v.Span, v.SecretNameParameter, v.SecretName})
	}
	for _, e := range k.SecretAsEnv {
		all = append(all, openSetting{SecretName, e, e.Span, e.SecretNameParameter, e.SecretName})
	}
	for _, v := range k.ConfigMapAsVolume {
		all = append(all, openSetting{ConfigMapName, v, v.Span, v.ConfigMapNameParameter, v.ConfigMapName})
	}
	for _, e := range k.ConfigMapAsEnv {
		all = append(all, openSetting{ConfigMapName, e, e.Span, e.ConfigMapNameParameter, e.ConfigMapName})
	}
	for _, m := range k.PVCMount {
		all = append(all, openSetting{ClaimName, m, m.Span, claimName(m), m.Constant})
	}
	for _, p := range k.ImagePullSecret {
		all = append(all, openSetting{PullSecretName, p, p.Span, p.SecretNameParameter, p.SecretName})
	}
	return append(all, openPlacement(k)...)
}

// openPlacement lists what the run may decide about where a pod goes. These
// have other forms beside, so that a missing one is no mistake.
func openPlacement(k *document.KubernetesExecutorConfig) []openSetting {
	var all []openSetting
	if n := k.NodeSelector; n != nil && n.NodeSelectorJSON != nil {
		all = append(all, openSetting{kind: NodeSelectorJSON, holder: n, span: n.NodeSelectorJSON.Span, spec: n.NodeSelectorJSON})
	}
	for _, t := range k.Tolerations {
		if t.TolerationJSON != nil {
			all = append(all, openSetting{kind: TolerationJSON, holder: t, span: t.TolerationJSON.Span, spec: t.TolerationJSON})
		}
	}
	for _, a := range k.NodeAffinity {
		if a.NodeAffinityJSON != nil {
			all = append(all, openSetting{kind: NodeAffinityJSON, holder: a, span: a.NodeAffinityJSON.Span, spec: a.NodeAffinityJSON})
		}
	}
	return all
}

// claimName says where the name of a claim comes from, in today's form.
func claimName(m *document.PVCMount) *document.InputParameterSpec {
	switch {
	case m.PVCNameParameter != nil:
		return m.PVCNameParameter
	case m.TaskOutputParameter != nil:
		return &document.InputParameterSpec{Span: m.TaskOutputParameter.Span, TaskOutputParameter: m.TaskOutputParameter}
	case m.ComponentInputParameter.Set:
		return &document.InputParameterSpec{Span: m.ComponentInputParameter.Span, ComponentInputParameter: m.ComponentInputParameter}
	}
	return nil
}

// reportUnusedSettings warns of settings that no pod can have.
func (r *resolver) reportUnusedSettings(platform *document.PlatformSpec) {
	if platform == nil {
		return
	}
	for _, name := range platform.Platforms.Others {
		r.messages.otherPlatform(name)
	}
	if r.platform == nil {
		return
	}
	for _, e := range r.platform.DeploymentSpec.Executors {
		executor, ok := r.spec.DeploymentSpec.Executors.Get(e.Key.Value)
		switch {
		case !ok:
			r.messages.settingsOfNobody(e.Key, keys(r.spec.DeploymentSpec.Executors))
		case executor != nil && executor.Importer != nil:
			r.messages.settingsOfImporter(e.Key)
		case executor != nil && executor.Container != nil:
			if _, ok := claimAction(executor.Container); ok {
				r.messages.settingsOfClaim(e.Key)
			}
		}
	}
}

// SettingTexts lists the texts of a container that decide on its pod rather than
// on its program, the image first: the run may fill in placeholders in them.
func (c *Container) SettingTexts() []document.Text {
	texts := []document.Text{c.Spec.Image}
	if r := c.Spec.Resources; r != nil {
		texts = append(texts, r.ResourceCPURequest, r.ResourceMemoryRequest, r.ResourceCPULimit, r.ResourceMemoryLimit)
		if a := r.Accelerator; a != nil {
			texts = append(texts, a.ResourceType, a.ResourceCount)
		}
	}
	return texts
}
