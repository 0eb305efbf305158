package expression

import "github.com/kfp2argo/kfp2argo/runtime/contract"

// This file holds the expressions for the manifests of claims, which Argo reads
// in a pod of its own.

// podName is the name of the pod that a template becomes. No two tasks and no
// two iterations or attempts have the same.
func podName() Plain { return plain(path("pod", "name")) }

// NullOr is null where a parameter has no value, otherwise else.
func NullOr(p, otherwise Parameter) Parameter { return IfEmpty(p, Known("null"), otherwise) }

// UniqueName is a name that nothing else has, with a suffix, which may be empty.
func UniqueName(suffix Text) Text { return Join(podName().Text(), suffix) }

// NameOr is the parameter text of a name, or where that is empty or none,
// another.
func NameOr(given Parameter, other Text) Parameter {
	if given.holds() == contract.String {
		isNone := Bool{binary(given.node, "in", newList(text(""), text(`""`)))}
		return If(isNone, Shield(ToJSON(other)), given)
	}
	n := Text{name{"n"}}
	return Shield(ToJSON(Text{let{"n", AsText(given).node, If(IsEmpty(n), other, n).node}}))
}

// EitherName is a name, or where that is empty, a unique one with a suffix.
// Where neither is empty it is no name at all but says what is wrong.
func EitherName(given, suffix Text) Text {
	n, s := Text{name{"n"}}, Text{name{"s"}}
	both := If(IsEmpty(s), n, String("pvc_name and pvc_name_suffix exclude each other"))
	return Text{let{"n", given.node, let{"s", suffix.node, If(IsEmpty(n), UniqueName(s), both).node}}}
}
