package check

import (
	"slices"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// placement checks where a pod may go.
func (p *podChecker) placement(k *document.KubernetesExecutorConfig) {
	if n := k.NodeSelector; n != nil {
		p.labels(n.Labels)
	}
	for _, t := range k.Tolerations {
		p.toleration(t)
	}
	for _, a := range k.NodeAffinity {
		p.weight(a.Weight)
		p.requirements(slices.Concat(a.MatchExpressions, a.MatchFields), "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
	}
	for _, a := range k.PodAffinity {
		p.weight(a.Weight)
		key := a.TopologyKey.PlacedIn(a.Span)
		p.bad("the topology key", key, validation.IsQualifiedName(key.Value))
		for _, namespace := range a.Namespaces {
			p.bad("the namespace", namespace, validation.IsDNS1123Label(namespace.Value))
		}
		p.labels(slices.Concat(a.MatchPodLabels, a.MatchNamespaceLabels))
		p.requirements(slices.Concat(a.MatchPodExpressions, a.MatchNamespaceExpressions), "In", "NotIn", "Exists", "DoesNotExist")
	}
}

func (p *podChecker) labels(m document.Map[document.Text]) {
	for _, e := range m {
		p.bad("the label", e.Key, validation.IsQualifiedName(e.Key.Value))
		p.bad("the value of a label", e.Value, validation.IsValidLabelValue(e.Value.Value))
	}
}

func (p *podChecker) toleration(t *document.Toleration) {
	if t.TolerationJSON != nil {
		return
	}
	if t.Key.Value != "" {
		p.bad("the key of a taint", t.Key, validation.IsQualifiedName(t.Key.Value))
	} else if t.Operator.Value != "Exists" {
		p.messages.missingSetting(t.Span, "key")
	}
	p.oneOf("the operator", t.Operator, "", "Exists", "Equal")
	p.oneOf("the effect", t.Effect, "", "NoSchedule", "PreferNoSchedule", "NoExecute")
	p.bad("the value of a taint", t.Value, validation.IsValidLabelValue(t.Value.Value))
}

// weight checks the weight of a term that has one.
func (p *podChecker) weight(w document.Int) {
	if w.Set && (w.Value < 1 || w.Value > 100) {
		p.messages.badNumber(w, "the weight")
	}
}

func (p *podChecker) requirements(all []*document.SelectorRequirement, operators ...string) {
	for _, r := range all {
		key := r.Key.PlacedIn(r.Span)
		p.bad("the key of a requirement", key, validation.IsQualifiedName(key.Value))
		p.oneOf("the operator", r.Operator.PlacedIn(r.Span), operators...)
		needsValues := !slices.Contains([]string{"Exists", "DoesNotExist"}, r.Operator.Value)
		if slices.Contains(operators, r.Operator.Value) && needsValues != (len(r.Values) > 0) {
			p.messages.badSetting(r.Operator.Span, "the operator", r.Operator.Value, "these values do not go with it")
		}
		for _, v := range r.Values {
			p.bad("the value of a requirement", v, validation.IsValidLabelValue(v.Value))
		}
	}
}
