package podspec

import (
	"encoding/json"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// nodeSelector adds the labels of nodes. The JSON form wins over the other, as
// in KFP.
func (b *builder) nodeSelector(n *document.NodeSelector) {
	if n == nil {
		return
	}
	if n.NodeSelectorJSON == nil {
		b.spec.NodeSelector = texts(n.Labels)
		return
	}
	switch v := b.values.Setting(n); {
	case v.JSON != nil:
		mustDecode(v.JSON, &b.spec.NodeSelector)
	case v.Input != "":
		b.patch.nodeSelector = hole(expression.OrNull(expression.Input(v.Input), contract.LabelsSetting))
	}
}

// tolerations adds tolerations in their order. Kubernetes replaces the list as
// a whole, so that all of them are in the patch where one is decided by the
// run.
func (b *builder) tolerations(all []*document.Toleration) {
	var fixed []corev1.Toleration
	var insides []expression.JSON
	open := false
	for _, t := range all {
		part, setting := b.toleration(t)
		switch {
		case !setting.IsZero():
			open = true
			insides = append(insides, expression.ListInside(setting))
		case len(part) > 0:
			fixed = append(fixed, part...)
			insides = append(insides, expression.KnownJSON(bare(literals(part))))
		}
	}
	if !open {
		b.spec.Tolerations = fixed
		return
	}
	b.patch.tolerations = listOf(insides)
}

// toleration returns what one entry stands for: tolerations, or the setting
// that holds them.
func (b *builder) toleration(t *document.Toleration) (part []corev1.Toleration, setting expression.Parameter) {
	if t.TolerationJSON == nil {
		return []corev1.Toleration{toleration(t)}, expression.Parameter{}
	}
	switch v := b.values.Setting(t); {
	case v.Input != "":
		return nil, expression.Input(v.Input)
	case v.JSON != nil:
		return tolerationsOf(v.JSON), expression.Parameter{}
	}
	return nil, expression.Parameter{}
}

// listOf is the JSON list with these insides.
func listOf(insides []expression.JSON) node {
	return hole(expression.Join(expression.KnownJSON("["), expression.Elements(insides), expression.KnownJSON("]")))
}

func toleration(t *document.Toleration) corev1.Toleration {
	toleration := corev1.Toleration{
		Key:      t.Key.Value,
		Operator: corev1.TolerationOperator(t.Operator.Value),
		Value:    t.Value.Value,
		Effect:   corev1.TaintEffect(t.Effect.Value),
	}
	if t.TolerationSeconds.Set {
		toleration.TolerationSeconds = &t.TolerationSeconds.Value
	}
	return toleration
}

// tolerationsOf reads one toleration or a list of them; the check has made sure
// that they are tolerations. Empty ones say nothing.
func tolerationsOf(value json.RawMessage) []corev1.Toleration {
	all := make([]corev1.Toleration, 1)
	if value[0] == '[' {
		mustDecode(value, &all)
	} else {
		mustDecode(value, &all[0])
	}
	return slices.DeleteFunc(all, func(t corev1.Toleration) bool { return t == corev1.Toleration{} })
}

// nodeAffinity adds terms about nodes. Kubernetes replaces each list as a
// whole, so that all terms are in the patch where one is decided by the run.
func (b *builder) nodeAffinity(all []*document.NodeAffinityTerm) {
	var fixed corev1.NodeAffinity
	var open []expression.Parameter
	for _, a := range all {
		if a.NodeAffinityJSON == nil {
			addTerm(&fixed, a)
			continue
		}
		switch v := b.values.Setting(a); {
		case v.JSON != nil:
			var more corev1.NodeAffinity
			mustDecode(v.JSON, &more)
			addAffinity(&fixed, more)
		case v.Input != "":
			open = append(open, expression.Input(v.Input))
		}
	}
	isFixed := fixed.RequiredDuringSchedulingIgnoredDuringExecution != nil || fixed.PreferredDuringSchedulingIgnoredDuringExecution != nil
	switch {
	case len(open) == 0 && isFixed:
		b.affinity().NodeAffinity = &fixed
	case len(open) == 1 && !isFixed:
		b.patch.nodeAffinity = hole(expression.OrNull(open[0], contract.StructSetting))
	case len(open) > 0:
		b.patch.nodeAffinity = mergedAffinity(fixed, open)
	}
}

func (b *builder) affinity() *corev1.Affinity {
	if b.spec.Affinity == nil {
		b.spec.Affinity = &corev1.Affinity{}
	}
	return b.spec.Affinity
}

// addTerm adds one term: what must be or, with a weight, rather is. An empty
// term says nothing.
func addTerm(to *corev1.NodeAffinity, a *document.NodeAffinityTerm) {
	term := corev1.NodeSelectorTerm{MatchExpressions: requirements(a.MatchExpressions), MatchFields: requirements(a.MatchFields)}
	if term.MatchExpressions == nil && term.MatchFields == nil {
		return
	}
	more := corev1.NodeAffinity{}
	if a.Weight.Set {
		more.PreferredDuringSchedulingIgnoredDuringExecution = []corev1.PreferredSchedulingTerm{{
			Weight: int32(a.Weight.Value), Preference: term,
		}}
	} else {
		more.RequiredDuringSchedulingIgnoredDuringExecution = &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{term}}
	}
	addAffinity(to, more)
}

func requirements(all []*document.SelectorRequirement) []corev1.NodeSelectorRequirement {
	var list []corev1.NodeSelectorRequirement
	for _, r := range all {
		list = append(list, corev1.NodeSelectorRequirement{
			Key: r.Key.Value, Operator: corev1.NodeSelectorOperator(r.Operator.Value), Values: values(r.Values),
		})
	}
	return list
}

func addAffinity(to *corev1.NodeAffinity, more corev1.NodeAffinity) {
	to.PreferredDuringSchedulingIgnoredDuringExecution = append(
		to.PreferredDuringSchedulingIgnoredDuringExecution, more.PreferredDuringSchedulingIgnoredDuringExecution...)
	required := more.RequiredDuringSchedulingIgnoredDuringExecution
	if required == nil || len(required.NodeSelectorTerms) == 0 {
		return
	}
	if to.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		to.RequiredDuringSchedulingIgnoredDuringExecution = &corev1.NodeSelector{}
	}
	terms := &to.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	*terms = append(*terms, required.NodeSelectorTerms...)
}

// The members of a node affinity.
const (
	required  = "requiredDuringSchedulingIgnoredDuringExecution"
	preferred = "preferredDuringSchedulingIgnoredDuringExecution"
	terms     = "nodeSelectorTerms"
)

// mergedAffinity adds the terms that the run decides to those that are fixed.
func mergedAffinity(fixed corev1.NodeAffinity, open []expression.Parameter) node {
	var must, rather []expression.JSON
	if r := fixed.RequiredDuringSchedulingIgnoredDuringExecution; r != nil {
		must = append(must, expression.KnownJSON(bare(literals(r.NodeSelectorTerms))))
	}
	if p := fixed.PreferredDuringSchedulingIgnoredDuringExecution; p != nil {
		rather = append(rather, expression.KnownJSON(bare(literals(p))))
	}
	for _, setting := range open {
		must = append(must, expression.MemberInside(setting, required, terms))
		rather = append(rather, expression.MemberInside(setting, preferred))
	}
	return object{
		{key: required, value: hole(expression.NonEmptyList(`{"`+terms+`":[`, expression.Elements(must), "]}"))},
		{key: preferred, value: listOf(rather)},
	}
}

// podAffinity adds terms about other pods: what must be or, with a weight,
// rather is.
func (b *builder) podAffinity(all []*document.PodAffinityTerm) {
	for _, a := range all {
		must, rather := b.podTerms(a.Anti.Value)
		term := corev1.PodAffinityTerm{
			TopologyKey:       a.TopologyKey.Value,
			Namespaces:        values(a.Namespaces),
			LabelSelector:     labelSelector(a.MatchPodLabels, a.MatchPodExpressions),
			NamespaceSelector: labelSelector(a.MatchNamespaceLabels, a.MatchNamespaceExpressions),
		}
		if a.Weight.Set {
			*rather = append(*rather, corev1.WeightedPodAffinityTerm{Weight: int32(a.Weight.Value), PodAffinityTerm: term})
		} else {
			*must = append(*must, term)
		}
	}
}

// podTerms returns the two lists of terms about pods to be near, or not near.
func (b *builder) podTerms(anti bool) (must *[]corev1.PodAffinityTerm, rather *[]corev1.WeightedPodAffinityTerm) {
	affinity := b.affinity()
	if anti {
		if affinity.PodAntiAffinity == nil {
			affinity.PodAntiAffinity = &corev1.PodAntiAffinity{}
		}
		p := affinity.PodAntiAffinity
		return &p.RequiredDuringSchedulingIgnoredDuringExecution, &p.PreferredDuringSchedulingIgnoredDuringExecution
	}
	if affinity.PodAffinity == nil {
		affinity.PodAffinity = &corev1.PodAffinity{}
	}
	p := affinity.PodAffinity
	return &p.RequiredDuringSchedulingIgnoredDuringExecution, &p.PreferredDuringSchedulingIgnoredDuringExecution
}

// labelSelector is nil where nothing is asked for.
func labelSelector(labels document.Map[document.Text], expressions []*document.SelectorRequirement) *metav1.LabelSelector {
	if len(labels)+len(expressions) == 0 {
		return nil
	}
	selector := &metav1.LabelSelector{MatchLabels: texts(labels)}
	for _, r := range expressions {
		selector.MatchExpressions = append(selector.MatchExpressions, metav1.LabelSelectorRequirement{
			Key: r.Key.Value, Operator: metav1.LabelSelectorOperator(r.Operator.Value), Values: values(r.Values),
		})
	}
	return selector
}

// mustDecode reads JSON that the check has read before.
func mustDecode(value json.RawMessage, into any) {
	if err := json.Unmarshal(value, into); err != nil {
		panic(err)
	}
}
