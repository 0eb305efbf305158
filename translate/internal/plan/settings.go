package plan

import (
	"fmt"
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/constant"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
	"github.com/kfp2argo/kfp2argo/translate/internal/naming"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/podspec"
)

// settings are the pod settings of a task: those that the pipeline fixes, and
// those that the run decides, which are inputs of the pod's template.
type settings struct {
	byHolder map[any]podspec.Value
	byText   map[string]podspec.Value
	// arguments bind the inputs, in the order of the document.
	arguments []Binding
	// open describes the inputs for the pod.
	open  map[string]contract.Setting
	taken naming.Names
}

// settings finds the settings of a task that runs a container.
func (s scope) settings(t *pipeline.Task) settings {
	found := settings{
		byHolder: map[any]podspec.Value{},
		byText:   map[string]podspec.Value{},
		open:     map[string]contract.Setting{},
		taken:    naming.Names{},
	}
	for _, in := range s.podInputs(t) {
		found.taken[in.Name] = true
	}
	for i := range t.Settings {
		found.byHolder[t.Settings[i].Holder] = s.setting(&found, t, &t.Settings[i])
	}
	for _, open := range openTexts(t.Component.Body.(*pipeline.Container).Spec) {
		found.byText[open.text] = s.openText(&found, t, open)
	}
	return found
}

// values tells the settings to the podspec package.
func (f settings) values() podspec.Values {
	return podspec.Values{
		Setting: func(holder any) podspec.Value { return f.byHolder[holder] },
		Text: func(text document.Text) podspec.Value {
			if open, ok := f.byText[text.Value]; ok {
				return open
			}
			return podspec.Value{JSON: contract.QuoteText(text.Value)}
		},
	}
}

// spec makes the pod's parts of the settings: all but those that the component
// takes as a value only.
func (f settings) spec(c *pipeline.Component) podspec.Spec {
	return podspec.Build(c.Body.(*pipeline.Container), f.values(), func(g podspec.Group) bool {
		passed, listed := c.Passthroughs[g]
		return passed || !listed
	})
}

// config is the value of the component's inputs of type TASK_CONFIG, or empty
// where it has none.
func (f settings) config(c *pipeline.Component) string {
	if !slices.ContainsFunc(c.Parameters, func(p *pipeline.Parameter) bool { return p.Type == contract.TaskConfig }) {
		return ""
	}
	return podspec.Config(c.Body.(*pipeline.Container), f.values(), func(g podspec.Group) bool {
		_, listed := c.Passthroughs[g]
		return listed
	})
}

// image is the image of the program. Where the run names one that cannot be, a
// name stands in its place so that the driver can say so.
func (f settings) image(text document.Text) Image {
	if open, ok := f.byText[text.Value]; ok {
		return Image{Open: expression.Image(expression.Input(open.Input))}
	}
	return Image{Name: text.Value}
}

// add adds an input with a value. Settings that are the same share one.
func (f *settings) add(wish string, value expression.Parameter, of contract.Setting) podspec.Value {
	for _, a := range f.arguments {
		if a.Value.String() == value.String() && f.open[a.Name] == of {
			return podspec.Value{Input: a.Name}
		}
	}
	name := f.taken.Unique(wish)
	f.arguments = append(f.arguments, Binding{Name: name, Value: value})
	f.open[name] = of
	return podspec.Value{Input: name}
}

// setting is the value of a Kubernetes setting.
func (s scope) setting(f *settings, t *pipeline.Task, open *pipeline.Setting) podspec.Value {
	if c, ok := open.Source.(pipeline.Constant); ok && !constant.HasPlaceholder(c.Value) && open.Selector == nil {
		if contract.KindOf(c.Value) == contract.KindNull {
			return podspec.Value{}
		}
		return podspec.Value{JSON: c.Value}
	}
	return f.add(inputName(open.Kind), s.value(t, &open.Binding, ""), contract.Setting{
		Kind:   settingKind(open.Kind),
		What:   open.Kind.String(),
		From:   s.origin(open.Source),
		Needed: open.Kind == pipeline.ClaimName, // the program would write elsewhere
	})
}

// inputName is what the input for a setting is called.
func inputName(kind pipeline.SettingKind) string {
	return [...]string{
		"secret", "config-map", "pvc", "image-pull-secret", "node-selector", "toleration", "node-affinity",
	}[kind]
}

func settingKind(kind pipeline.SettingKind) contract.SettingKind {
	switch kind {
	case pipeline.TolerationJSON:
		return contract.StructsSetting
	case pipeline.NodeSelectorJSON:
		return contract.LabelsSetting
	case pipeline.NodeAffinityJSON:
		return contract.StructSetting
	}
	return contract.NameSetting
}

// origin says where a value comes from, for a message of a pod.
func (s scope) origin(source pipeline.Source) string {
	switch source := source.(type) {
	case pipeline.DAGInput:
		if s.owner.Key == "" {
			return fmt.Sprintf("input %q of the pipeline", source.Input)
		}
		return fmt.Sprintf("input %q of component %q", source.Input, s.owner.Name())
	case pipeline.TaskOutput:
		return fmt.Sprintf("output %q of task %q", source.Output, source.Task.Key)
	case pipeline.FinalStatus:
		return fmt.Sprintf("the final status of task %q", source.Task.Key)
	case pipeline.Constant:
		return "a constant"
	}
	panic("plan: an unknown source")
}

// openTextOf is a text of a container that holds placeholders.
type openTextOf struct {
	text, what, wish string
	kind             contract.SettingKind
}

// openTexts lists the texts of a container that the run decides.
func openTexts(spec *document.ContainerSpec) []openTextOf {
	all := []openTextOf{{spec.Image.Value, "the image", "image", contract.ImageSetting}}
	if r := spec.Resources; r != nil {
		all = append(all,
			openTextOf{r.ResourceCPURequest.Value, "the CPU request", "cpu-request", contract.QuantitySetting},
			openTextOf{r.ResourceMemoryRequest.Value, "the memory request", "memory-request", contract.QuantitySetting},
			openTextOf{r.ResourceCPULimit.Value, "the CPU limit", "cpu-limit", contract.QuantitySetting},
			openTextOf{r.ResourceMemoryLimit.Value, "the memory limit", "memory-limit", contract.QuantitySetting})
		if a := r.Accelerator; a != nil {
			all = append(all,
				openTextOf{a.ResourceType.Value, "the accelerator type", "accelerator", contract.ResourceSetting},
				openTextOf{a.ResourceCount.Value, "the accelerator count", "accelerator-count", contract.CountSetting})
		}
	}
	var open []openTextOf
	for _, t := range all {
		if constant.HasPlaceholder(contract.QuoteText(t.text)) {
			open = append(open, t)
		}
	}
	return open
}

// openText is the value of a text with placeholders for the task's own inputs.
// One that is nothing but a placeholder is the value of the input.
func (s scope) openText(f *settings, t *pipeline.Task, open openTextOf) podspec.Value {
	of := contract.Setting{Kind: open.kind, What: open.what, From: s.textOrigin(t, open.text)}
	if given := onlyInput(t, open.text); given != nil {
		return f.add(open.wish, s.value(t, given, ""), of)
	}
	text := s.interpolated(t, open.text)
	value := expression.If(expression.IsEmpty(text), expression.Known(""), expression.Shield(expression.ToJSON(text)))
	return f.add(open.wish, value, of)
}

// onlyInput is the binding of the input that a text consists of, or nil.
func onlyInput(t *pipeline.Task, text string) *pipeline.Binding {
	parts := placeholder.Parse(text)
	if in, ok := parts[0].(placeholder.InputParameter); ok && len(parts) == 1 {
		return t.Parameter(in.Name)
	}
	return nil
}

// textOrigin is the origin of the first input that a text mentions.
func (s scope) textOrigin(t *pipeline.Task, text string) string {
	for _, p := range placeholder.Parse(text) {
		in, ok := p.(placeholder.InputParameter)
		if !ok {
			continue
		}
		if given := t.Parameter(in.Name); given != nil {
			return s.origin(given.Source)
		}
		return fmt.Sprintf("input %q", in.Name)
	}
	return "the run"
}
