package check

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// runSettings checks the settings of the whole run.
func (c checker) runSettings(p *pipeline.Pipeline) {
	if p.Platform == nil || p.Platform.PipelineConfig == nil {
		return
	}
	config := p.Platform.PipelineConfig
	for name, seconds := range map[string]document.Int{
		"resourceTtlOnCompletion": config.ResourceTTLOnCompletion,
		"resourceTtlOnSuccess":    config.ResourceTTLOnSuccess,
		"resourceTtlOnFailure":    config.ResourceTTLOnFailure,
		"activeDeadlineSeconds":   config.ActiveDeadlineSeconds,
		"resourceTtl":             config.ResourceTTL,
		"pipelineTtl":             config.PipelineTTL,
	} {
		if seconds.Value < 0 || seconds.Value > math.MaxInt32 {
			c.messages.badNumber(seconds, name)
		}
	}
	if key := config.SemaphoreKey; key.Value != "" {
		c.bad("the key of a semaphore", key, validation.IsConfigMapKey(key.Value))
	}
	if name := config.MutexName; strings.Contains(name.Value, "{{") {
		c.messages.badSetting(name.Span, "the name of a mutex", name.Value, "{{ would be a tag of Argo's")
	}
	if w := config.Workspace; w != nil {
		c.workspaceClaim(w)
	}
}

func hasWorkspace(p *pipeline.Pipeline) bool {
	return p.Platform != nil && p.Platform.PipelineConfig != nil && p.Platform.PipelineConfig.Workspace != nil
}

// workspaceClaim checks the claim of the workspace.
func (c checker) workspaceClaim(w *document.WorkspaceConfig) {
	if w.Size.Value == "" {
		c.messages.missingSetting(w.Size.PlacedIn(w.Span).Span, "size")
	} else if q, err := resource.ParseQuantity(w.Size.Value); err != nil || q.Sign() <= 0 {
		c.messages.badSize(w.Size.Span, w.Size.Value)
	}
	if w.Kubernetes == nil || w.Kubernetes.PVCSpecPatch.JSON == nil {
		return
	}
	patch := w.Kubernetes.PVCSpecPatch
	var fields map[string]json.RawMessage
	if json.Unmarshal(patch.JSON, &fields) != nil {
		return // the reader has made sure that it is a struct
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		switch value := fields[name]; {
		case name != "accessModes" && name != "storageClassName":
			c.messages.badSetting(patch.Span, "the field", name, "only accessModes and storageClassName can be patched")
		case contract.KindOf(value) == contract.KindNull:
		case name == "accessModes":
			c.workspaceModes(patch.Span, value)
		default:
			c.workspaceClass(patch.Span, value)
		}
	}
}

func (c checker) workspaceModes(span diag.Span, value json.RawMessage) {
	var modes []string
	if json.Unmarshal(value, &modes) != nil || len(modes) == 0 {
		c.messages.badSetting(span, "accessModes", string(value), "it must be a list of access modes")
	}
	for _, mode := range modes {
		if !slices.Contains(accessModes(), mode) {
			c.messages.badSetting(span, "the access mode", mode, "it is one of "+strings.Join(accessModes(), ", "))
		}
	}
}

func (c checker) workspaceClass(span diag.Span, value json.RawMessage) {
	var name string
	if json.Unmarshal(value, &name) != nil {
		c.messages.badSetting(span, "the storage class", string(value), "it must be a text")
		return
	}
	if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
		c.messages.badSetting(span, "the storage class", name, problems[0])
	}
}
