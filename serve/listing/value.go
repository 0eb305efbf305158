package listing

import (
	"cmp"
	"strings"
	"time"
)

// Value is a property of an object, by which lists are ordered and filtered. The
// zero Value is that of an object without the property; it comes before all
// others.
type Value struct {
	kind   kind
	text   string
	number int64
}

// kind says what a Value holds. Values of a field have one kind, or none.
type kind int

const (
	none kind = iota
	text
	moment
)

// Text is the value of a property that is a text.
func Text(s string) Value { return Value{kind: text, text: s} }

// Time is the value of a property that is a time; the zero time is none.
// Kubernetes keeps times in whole seconds, and so does this.
func Time(t time.Time) Value {
	if t.IsZero() {
		return Value{}
	}
	return Value{kind: moment, number: t.Unix()}
}

func (v Value) compare(w Value) int {
	return cmp.Or(cmp.Compare(v.kind, w.kind), cmp.Compare(v.number, w.number), strings.Compare(v.text, w.text))
}
