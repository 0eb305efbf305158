package check

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/constant"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// settings checks the pod settings of a task that the run may decide.
func (c checker) settings(t *pipeline.Task) {
	for i := range t.Settings {
		s := &t.Settings[i]
		given, isConstant := s.Source.(pipeline.Constant)
		switch {
		case s.Source == nil:
			c.messages.noSetting(t, s)
		case isConstant && constant.HasPlaceholder(given.Value):
			c.settingText(t, s, given.Value)
		case isConstant:
			c.fixedSetting(t, s, given.Value)
		}
	}
}

// settingText checks the placeholders of a setting.
func (c checker) settingText(t *pipeline.Task, s *pipeline.Setting, value json.RawMessage) {
	text := document.Text{Value: string(value), Span: s.Span}
	if plain, err := contract.Text(value); err == nil {
		text.Value = plain
	}
	constant.EachPlaceholder(value, func(p placeholder.Part) {
		if in, ok := p.(placeholder.InputParameter); ok {
			c.textInput(t, text, in)
		} else if !constant.PartKnownToArgo(p) {
			c.messages.settingPlaceholder(t, s)
		}
	})
}

// fixedSetting checks a setting that the pipeline fixes. Null drops the item
// that it belongs to, but a claim cannot be left out.
func (c checker) fixedSetting(t *pipeline.Task, s *pipeline.Setting, value json.RawMessage) {
	if contract.KindOf(value) == contract.KindNull {
		if s.Kind == pipeline.ClaimName {
			c.messages.noSetting(t, s)
		}
		return
	}
	if err := settingError(s.Kind, value); err != nil {
		c.messages.wrongSetting(t, s, err)
	}
}

func settingError(kind pipeline.SettingKind, value json.RawMessage) error {
	switch kind {
	case pipeline.NodeSelectorJSON:
		var labels map[string]string
		return strictly(value, &labels)
	case pipeline.NodeAffinityJSON:
		return strictly(value, &corev1.NodeAffinity{})
	case pipeline.TolerationJSON:
		if contract.KindOf(value) == contract.KindList {
			return strictly(value, &[]corev1.Toleration{})
		}
		return strictly(value, &corev1.Toleration{})
	}
	name, err := contract.Text(value)
	if contract.KindOf(value) != contract.KindString {
		return fmt.Errorf("it is %s", contract.KindOf(value))
	}
	if err != nil {
		return err
	}
	if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
		return fmt.Errorf("%q: %s", name, Short(problems[0]))
	}
	return nil
}

// strictly reads JSON into a type of Kubernetes that must have all its fields.
func strictly(value json.RawMessage, into any) error {
	if bytes.Contains(value, []byte("{{")) {
		return errors.New("{{ has no meaning there")
	}
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	var mismatch *json.UnmarshalTypeError
	switch {
	case errors.As(err, &mismatch) && mismatch.Field != "":
		return fmt.Errorf("%s is a %s", mismatch.Field, mismatch.Value)
	case errors.As(err, &mismatch):
		return fmt.Errorf("a %s is not what Kubernetes has there", mismatch.Value)
	case err != nil:
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}
