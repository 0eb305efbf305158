package document

import (
	"encoding/json"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// Text is a string scalar and where it stands. Set tells an empty string from
// a field that is not there.
type Text struct {
	Value string
	Set   bool
	Span  diag.Span
}

// String returns the text itself.
func (t Text) String() string { return t.Value }

// PlacedIn is the text with a place to point at: where the document leaves it
// out, what it is missing from.
func (t Text) PlacedIn(around diag.Span) Text {
	if !t.Span.Known() {
		t.Span = around
	}
	return t
}

// Bool is a boolean scalar and where it stands.
type Bool struct {
	Value bool
	Set   bool
	Span  diag.Span
}

// Int is a whole number and where it stands. Protobuf's JSON form allows it
// as a number or as a string of digits.
type Int struct {
	Value int64
	Set   bool
	Span  diag.Span
}

// Float is a floating point number and where it stands.
type Float struct {
	Value float64
	Set   bool
	Span  diag.Span
}

// Value is any JSON value (protobuf's Value and Struct): its compact JSON
// text, with object keys sorted and whole numbers free of a fraction or an
// exponent, so that `2.0` reads as 2. JSON is nil where the field is not
// there; an explicit null is the text null.
type Value struct {
	JSON json.RawMessage
	Span diag.Span
}

// Set reports whether the field is there, if only as null.
func (v Value) Set() bool { return v.JSON != nil }

// Map is a protobuf map field: its entries in the order of the document.
type Map[T any] []Entry[T]

// Entry is one key of a [Map] and what it stands for.
type Entry[T any] struct {
	Key   Text
	Value T
}

// Get returns the value of a key.
func (m Map[T]) Get(key string) (T, bool) {
	for _, e := range m {
		if e.Key.Value == key {
			return e.Value, true
		}
	}
	var zero T
	return zero, false
}
