package document

import (
	"bytes"
	"encoding/json"
	"maps"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// read reads any value as compact JSON. What has no JSON form is reported and
// reads as null.
func (v *Value) read(d *decoder, n *yaml.Node) {
	var b bytes.Buffer
	d.writeNode(&b, n)
	v.JSON, v.Span = b.Bytes(), d.span(n)
}

// writeJSON writes a part of a value. What is refused is written as null.
func (d *decoder) writeJSON(b *bytes.Buffer, n *yaml.Node) {
	before := b.Len()
	d.visit(n, func(n *yaml.Node) { d.writeNode(b, n) })
	if b.Len() == before {
		b.WriteString("null")
	}
}

// writeNode writes a node that is no alias.
func (d *decoder) writeNode(b *bytes.Buffer, n *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		d.writeObject(b, n)
	case yaml.SequenceNode:
		d.writeArray(b, n)
	default:
		d.writeScalar(b, n)
	}
}

// writeObject writes a mapping with its keys in the order of their bytes.
func (d *decoder) writeObject(b *bytes.Buffer, n *yaml.Node) {
	keys, values := map[string]*yaml.Node{}, map[string]*yaml.Node{}
	for key, value := range d.pairs(n) {
		if first, twice := keys[key.Value]; twice {
			d.duplicateKey(key, first)
			continue
		}
		keys[key.Value], values[key.Value] = key, value
	}
	b.WriteByte('{')
	for i, key := range slices.Sorted(maps.Keys(values)) {
		if i > 0 {
			b.WriteByte(',')
		}
		writeString(b, key)
		b.WriteByte(':')
		d.in(key, func() { d.writeJSON(b, values[key]) })
	}
	b.WriteByte('}')
}

// writeArray writes a list.
func (d *decoder) writeArray(b *bytes.Buffer, n *yaml.Node) {
	b.WriteByte('[')
	for i, item := range n.Content {
		if i > 0 {
			b.WriteByte(',')
		}
		d.in("["+strconv.Itoa(i)+"]", func() { d.writeJSON(b, item) })
	}
	b.WriteByte(']')
}

// writeScalar writes a scalar; one that has no JSON form is reported and
// written as null.
func (d *decoder) writeScalar(b *bytes.Buffer, n *yaml.Node) {
	switch value, isBool := boolean(n); {
	case isNull(n):
		b.WriteString("null")
	case isBool:
		b.WriteString(strconv.FormatBool(value))
	case isText(n):
		writeString(b, n.Value)
	case isNumber(n):
		d.writeNumber(b, n)
	default:
		d.foreignTag(n)
		b.WriteString("null")
	}
}

// writeNumber writes a number as [canonicalNumber] spells it.
func (d *decoder) writeNumber(b *bytes.Buffer, n *yaml.Node) {
	text, ok := canonicalNumber(n.Value)
	if !ok {
		d.notJSON(n)
		text = "null"
	}
	b.WriteString(text)
}

// writeString writes text as a JSON string.
func writeString(b *bytes.Buffer, text string) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		panic(err) // a string has a JSON form and a buffer takes it
	}
	b.Truncate(b.Len() - 1) // the encoder ends each value with a newline
}

// jsonNumber matches the numbers of JSON, decimal those of YAML that are not
// whole numbers of another base.
var (
	jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)
	decimal    = regexp.MustCompile(`^([-+]?)([0-9]*)\.?([0-9]*)(?:[eE]([-+]?[0-9]+))?$`)
)

// canonicalNumber returns the one text by which a YAML number is written in
// JSON. A whole number keeps all its digits; another is the shortest decimal
// that reads as the same float64.
//
//	2.0, +2, 0b10, 20e-1    2
//	1e3, 1_000, 0x3e8       1000
//	9007199254740993        9007199254740993
//	1.0e-09, .000000001     0.000000001
//	-0.0                    0
//	1e21                    1e+21
//
// It returns false for .inf, .nan and what a float64 has no room for.
func canonicalNumber(text string) (string, bool) {
	text = strings.ReplaceAll(text, "_", "")
	if len(text) <= maxDigits {
		if whole, ok := new(big.Int).SetString(text, 0); ok { // also of another base
			text = whole.String()
		}
	}
	value, err := strconv.ParseFloat(text, 64)
	match := decimal.FindStringSubmatch(text)
	if err != nil || match == nil || math.IsInf(value, 0) {
		return "", false
	}
	if value == 0 {
		return "0", true
	}
	if isFloat := match[3]+match[4] != ""; isFloat && math.Abs(value) >= 1e21 {
		return strconv.FormatFloat(value, 'e', -1, 64), true // as KFP, and JSON in Go
	}
	if digits, ok := wholeDigits(match[2], match[3], match[4]); ok {
		return strings.TrimPrefix(match[1], "+") + digits, true
	}
	return strconv.FormatFloat(value, 'f', -1, 64), true
}

// maxDigits is more than any float64 has before the decimal point.
const maxDigits = 400

// wholeDigits returns the digits of a decimal number other than zero if it is
// whole.
func wholeDigits(whole, fraction, exponent string) (string, bool) {
	shift := 0
	if exponent != "" {
		var err error
		if shift, err = strconv.Atoi(exponent); err != nil {
			return "", false
		}
	}
	digits := strings.TrimRight(whole+fraction, "0")
	zeros := len(whole) + shift - len(digits)
	if zeros < 0 || zeros > maxDigits {
		return "", false
	}
	return strings.TrimLeft(digits, "0") + strings.Repeat("0", zeros), true
}
