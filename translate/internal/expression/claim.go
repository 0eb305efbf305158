package expression

import "fmt"

// This file holds the expressions for the manifests of claims, which Argo reads
// in a pod of its own.

// podName is the name of the pod that a template becomes. No two tasks and no
// two iterations or attempts have the same.
const podName Expression = "pod.name"

// NullOr is null where a parameter text is empty, otherwise else.
func NullOr(text, otherwise Expression) Expression { return IfEmpty(text, "'null'", otherwise) }

// UniqueName is a name that nothing else has, with a suffix, which may be empty.
func UniqueName(suffix Expression) Expression {
	if suffix == "''" {
		return podName
	}
	return podName + " + " + operand(suffix)
}

// EitherName is a name, or where that is empty, a unique one with a suffix.
// Where neither is empty it is no name at all but says what is wrong.
func EitherName(name, suffix Expression) Expression {
	if suffix == "''" {
		return Expression(fmt.Sprintf("(let n = %s; n == '' ? %s : n)", name, UniqueName(suffix)))
	}
	return Expression(fmt.Sprintf(
		"(let n = %s; let s = %s; n == '' ? %s : s == '' ? n : 'pvc_name and pvc_name_suffix exclude each other')",
		name, suffix, UniqueName("s")))
}
