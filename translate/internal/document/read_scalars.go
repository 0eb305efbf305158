package document

import (
	"math"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"
)

// read reads text. Only text will do, as in protobuf's JSON form, and YAML's
// dates, which are text to everyone but YAML.
func (t *Text) read(d *decoder, n *yaml.Node) {
	t.Span = d.span(n)
	if isNull(n) {
		return
	}
	if n.Kind == yaml.ScalarNode {
		t.Value, t.Set = n.Value, true
	}
	if !isText(n) {
		d.notText(n)
	}
}

// isText reports whether a node is a string to JSON.
func isText(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode {
		return false
	}
	tag := n.ShortTag()
	return tag == "!!str" || tag == "!!timestamp"
}

// isNumber reports whether a node is a number to YAML.
func isNumber(n *yaml.Node) bool {
	if n.Kind != yaml.ScalarNode {
		return false
	}
	tag := n.ShortTag()
	return tag == "!!int" || tag == "!!float"
}

// read reads a boolean.
func (b *Bool) read(d *decoder, n *yaml.Node) {
	b.Span = d.span(n)
	if isNull(n) {
		return
	}
	value, ok := boolean(n)
	if !ok {
		d.notBoolean(n)
		return
	}
	b.Value, b.Set = value, true
}

// boolean returns the value of a boolean node.
func boolean(n *yaml.Node) (value, ok bool) {
	if n.Kind != yaml.ScalarNode || n.ShortTag() != "!!bool" {
		return false, false
	}
	switch n.Value {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	return false, false
}

// read reads a whole number, or text that is one.
func (i *Int) read(d *decoder, n *yaml.Node) {
	i.Span = d.span(n)
	if isNull(n) {
		return
	}
	text, ok := numberText(n)
	if !ok {
		d.wrongType(n, "a whole number")
		return
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		d.notWhole(n)
		return
	}
	i.Value, i.Set = value, true
}

// read reads a number, or text that is one.
func (f *Float) read(d *decoder, n *yaml.Node) {
	f.Span = d.span(n)
	if isNull(n) {
		return
	}
	value, ok := notFinite(n)
	if !ok {
		text, isNumber := numberText(n)
		if !isNumber {
			d.wrongType(n, "a number")
			return
		}
		// A canonical number is always one that a float64 has room for.
		value, _ = strconv.ParseFloat(text, 64)
	}
	f.Value, f.Set = value, true
}

// notFinite returns the value of the text by which protobuf's JSON form spells
// a number that JSON lacks.
func notFinite(n *yaml.Node) (value float64, ok bool) {
	if !isText(n) {
		return 0, false
	}
	switch n.Value {
	case "NaN":
		return math.NaN(), true
	case "Infinity":
		return math.Inf(1), true
	case "-Infinity":
		return math.Inf(-1), true
	}
	return 0, false
}

// numberText returns the canonical text of a number, or of text that is one.
func numberText(n *yaml.Node) (string, bool) {
	switch {
	case isNumber(n):
		return canonicalNumber(n.Value)
	case isText(n) && jsonNumber.MatchString(n.Value):
		return canonicalNumber(n.Value)
	}
	return "", false
}

// read reads the name or the number of an enumeration.
func (e *Enum[T]) read(d *decoder, n *yaml.Node) {
	e.Span = d.span(n)
	if isNull(n) {
		return
	}
	names := enumNames[T]()
	index := -1
	switch {
	case isText(n):
		index = slices.Index(names, n.Value)
	case isNumber(n):
		if text, ok := canonicalNumber(n.Value); ok {
			index = enumIndex(text)
		}
	default:
		d.wrongType(n, "one of its names")
		return
	}
	if index < 0 || index >= len(names) {
		d.invalidEnum(n, names)
		return
	}
	e.Value, e.Set = T(index), true
}

// enumIndex returns the index that a number spells, or -1.
func enumIndex(text string) int {
	index, err := strconv.Atoi(text)
	if err != nil {
		return -1
	}
	return index
}

// enumNames returns the names of an enumeration, each at its number.
func enumNames[T ~int]() []string {
	var zero T
	named, ok := any(zero).(interface{ Names() []string })
	if !ok {
		panic("document: an enumeration lacks its names")
	}
	return named.Names()
}
