package expression

import (
	"fmt"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// This file holds the expressions for pod settings that the run decides. Each
// such setting is an input of the pod's template. A value that Kubernetes would
// refuse is left out here by the same rules as those by which the driver
// reports it (contract.Setting).

// IsSetting reports whether a setting holds a value of the kind that can be in
// a pod.
func IsSetting(setting Expression, kind contract.SettingKind) Expression {
	// What sprig cannot read is nil. Nothing else that reads JSON goes on then.
	typed := "type(sprig.fromJson(" + setting + "))"
	plain := ` && not (` + setting + ` contains '\\')`
	switch kind {
	case contract.StructSetting:
		return typed + " == 'map'" + plain
	case contract.LabelsSetting:
		return typed + " == 'map'" + plain + " && all(values(fromJSON(" + setting + ")), type(#) == 'string')"
	case contract.StructsSetting:
		return typed + " in ['map', 'array']" + plain + " && all(" + structs("fromJSON("+setting+")") + ", type(#) == 'map')"
	}
	return setting + " matches " + String(kind.Pattern())
}

// IfSetting is a text that is made of the value of a setting, or else another
// where there is no value that can be in a pod.
func IfSetting(setting Expression, kind contract.SettingKind, then func(value Expression) Expression, otherwise Expression) Expression {
	const value = Expression("v")
	return "let v = " + setting + "; " + If(IsSetting(value, kind), then(value), otherwise)
}

// OrNull is the JSON text of a setting, or null for none.
func OrNull(setting Expression, kind contract.SettingKind) Expression {
	return IfSetting(setting, kind, func(value Expression) Expression { return value }, "'null'")
}

// Verbatim writes a text that Argo is to leave alone: two braces in a row come
// from an expression, which Argo does not look at again.
func Verbatim(text string) string {
	return strings.ReplaceAll(text, "{{", Expression("'{' + '{'").Tag())
}

// Elements is the inside of a JSON list: of texts that hold such insides, those
// that are not empty.
func Elements(insides []Expression) Expression {
	texts := make([]string, len(insides))
	for i, e := range insides {
		texts[i] = string(operand(e))
	}
	return Expression("join(filter([" + strings.Join(texts, ", ") + "], # != ''), ',')")
}

// structs is a list, or the list of one struct.
func structs(value Expression) Expression {
	return "type(" + value + ") == 'map' ? [" + value + "] : " + value
}

// ListInside is the inside of the JSON list of structs that a setting holds, or
// the struct of which it is a list, or empty. Empty structs say nothing.
func ListInside(setting Expression) Expression {
	return IfSetting(setting, contract.StructsSetting, func(v Expression) Expression {
		return "(let l = fromJSON(" + v + "); join(map(filter(" + structs("l") + ", # != {}), toJson(#)), ','))"
	}, "''")
}

// MemberInside is the inside of the list at a path of members of a struct that
// a setting holds, or empty.
func MemberInside(setting Expression, path ...string) Expression {
	return IfSetting(setting, contract.StructSetting, func(v Expression) Expression {
		list := "fromJSON(" + v + ")"
		for _, name := range path {
			list = "get(" + list + ", " + String(name) + ")"
		}
		return "join(map(" + list + " ?? [], toJson(#)), ',')"
	}, "''")
}

// NonEmptyList is the JSON text of a list between an opening and a closing, or
// null where its inside is empty.
func NonEmptyList(opening string, inside Expression, closing string) Expression {
	return Expression(fmt.Sprintf("let l = %s; l == '' ? 'null' : %s + l + %s", inside, Quote(opening), Quote(closing)))
}
