package condition

import "github.com/kfp2argo/kfp2argo/runtime/contract"

// kind is what is known of a value before it is there.
type kind int

// The kinds of value. KFP reads all numbers in JSON as doubles, also those of
// NUMBER_INTEGER; integers are what literals, int() and size() give.
const (
	kindAny kind = iota
	kindNull
	kindBool
	kindInt
	kindDouble
	kindString
	kindList
	kindStruct
)

// String returns the kind in the words of messages.
func (k kind) String() string {
	return [...]string{
		"a value of unknown type", "null", "a boolean", "an integer", "a number", "a string", "a list", "a struct",
	}[k]
}

// number reports whether the values are numbers, which compare with each other
// whatever their kind.
func (k kind) number() bool { return k == kindInt || k == kindDouble }

// hasSize reports whether the values may have a size.
func (k kind) hasSize() bool {
	return k == kindAny || k == kindString || k == kindList || k == kindStruct
}

// maybeNumber reports whether the values may be converted to numbers.
func (k kind) maybeNumber() bool { return k == kindAny || k == kindString || k.number() }

// scalar reports whether the values have an order.
func (k kind) scalar() bool { return k == kindBool || k == kindString || k.number() }

// kindOf returns the kind of the values of a declared type.
func kindOf(t contract.ParameterType) kind {
	switch t {
	case contract.NumberInteger, contract.NumberDouble:
		return kindDouble
	case contract.String:
		return kindString
	case contract.Boolean:
		return kindBool
	case contract.List:
		return kindList
	case contract.Struct, contract.TaskFinalStatus, contract.TaskConfig:
		return kindStruct
	}
	return kindAny
}

// equatable reports whether values of two kinds can be equal at all.
func equatable(a, b kind) bool {
	return a == b || a == kindAny || b == kindAny || a.number() && b.number()
}
