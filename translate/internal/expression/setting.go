package expression

import "github.com/kfp2argo/kfp2argo/runtime/contract"

// This file holds the expressions for pod settings that the run decides. Each
// such setting is an input of the pod's template. A value that Kubernetes would
// refuse is left out here by the same rules as those by which the driver
// reports it (contract.Setting).
//
// What is made of a setting is JSON that needs no shield, and so a parameter
// text: a setting that is taken holds no escapes, and so neither two braces in a
// row nor a dollar.

// IsSetting reports whether a setting holds a value of the kind that can be in
// a pod.
func IsSetting(setting Parameter, kind contract.SettingKind) Bool {
	s := setting.node
	// What sprig cannot read is nil. Nothing else that reads JSON goes on then.
	read := function("sprig.fromJson", s)
	plain := negation{binary(s, "contains", text(`\`))}
	switch kind {
	case contract.StructSetting:
		return and(typeIs(read, "map"), plain)
	case contract.LabelsSetting:
		return and(typeIs(read, "map"), plain,
			each("all", function("values", function("fromJSON", s)), typeIs(name{"#"}, "string")))
	case contract.StructsSetting:
		return and(binary(function("type", read), "in", newList(text("map"), text("array"))), plain,
			each("all", structs(function("fromJSON", s)), typeIs(name{"#"}, "map")))
	}
	return Bool{binary(s, "matches", text(kind.Pattern()))}
}

func and(operands ...node) Bool { return Bool{operation{"&&", operands}} }

// IfSetting is JSON that is made of the value of a setting, or else another
// where there is no value that can be in a pod.
func IfSetting(setting Parameter, kind contract.SettingKind, then func(value Parameter) JSON, otherwise JSON) JSON {
	v := Parameter{name{"v"}}
	return JSON{let{"v", setting.node, If(IsSetting(v, kind), then(v), otherwise).node}}
}

// OrNull is the JSON text of a setting, or null for none.
func OrNull(setting Parameter, kind contract.SettingKind) JSON {
	return IfSetting(setting, kind, Parameter.Piece, KnownJSON("null"))
}

// Hole is JSON made of settings, for a place in a patch.
func Hole(json JSON) Parameter { return Parameter(json) }

// Image is the image that a setting names, or a name that stands for none.
func Image(setting Parameter) Plain {
	return plain(condition{IsSetting(setting, contract.ImageSetting).node, function("fromJSON", setting.node), text("none")})
}

// Elements is the inside of a JSON list: of texts that hold such insides, those
// that are not empty.
func Elements(insides []JSON) JSON {
	var all list
	for _, e := range insides {
		all.items = append(all.items, e.node)
	}
	if len(all.items) == 1 {
		return insides[0]
	}
	return JSON{function("join", each("filter", all, binary(name{"#"}, "!=", text(""))), text(","))}
}

// structs is a list, or the list of one struct.
func structs(value node) node { return condition{typeIs(value, "map"), newList(value), value} }

// jsonOfEach is the inside of the JSON list with the items.
func jsonOfEach(items node) node {
	return function("join", each("map", items, function("toJson", name{"#"})), text(","))
}

// ListInside is the inside of the JSON list of structs that a setting holds, or
// the struct of which it is a list, or empty. Empty structs say nothing.
func ListInside(setting Parameter) JSON {
	return IfSetting(setting, contract.StructsSetting, func(v Parameter) JSON {
		l := name{"l"}
		return JSON{let{"l", function("fromJSON", v.node), jsonOfEach(each("filter", structs(l), binary(name{"#"}, "!=", emptyMap{})))}}
	}, KnownJSON(""))
}

// MemberInside is the inside of the list at a path of members of a struct that
// a setting holds, or empty.
func MemberInside(setting Parameter, path ...string) JSON {
	return IfSetting(setting, contract.StructSetting, func(v Parameter) JSON {
		found := function("fromJSON", v.node)
		for _, name := range path {
			found = function("get", found, text(name))
		}
		return JSON{jsonOfEach(binary(found, "??", list{}))}
	}, KnownJSON(""))
}

// NonEmptyList is the JSON text of a list between an opening and a closing, or
// null where its inside is empty.
func NonEmptyList(opening string, inside JSON, closing string) JSON {
	l := name{"l"}
	return JSON{let{"l", inside.node, condition{
		isEmpty(l), text("null"), operation{"+", []node{text(opening), l, text(closing)}},
	}}}
}
