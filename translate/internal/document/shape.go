package document

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// shape is what the decoder knows of a struct: the fields of a message.
type shape struct {
	fields []fieldShape
}

// fieldShape describes one field of a message. The `ir` tag of a struct field
// is its name in the document, where that is not the Go name in lowerCamelCase,
// followed by any of these, separated by commas:
//
//	oneof=NAME  no other field of the oneof group NAME may be set
//	object      a Value that must be an object
type fieldShape struct {
	index  int
	name   string // in the document
	snake  string // protobuf's own name, which its JSON form accepts too
	oneof  string
	object bool
}

// shapeOf returns the shape of a message type.
func shapeOf[T any]() shape { return newShape(reflect.TypeFor[T]()) }

// newShape reads the shape of a struct type. Each but the field Span is a
// field of the message.
func newShape(t reflect.Type) shape {
	var s shape
	for f := range t.Fields() {
		if f.Name != spanField {
			s.fields = append(s.fields, newFieldShape(f))
		}
	}
	return s
}

// spanField is the field of each struct that holds its place.
const spanField = "Span"

// newFieldShape reads the shape of one field.
func newFieldShape(f reflect.StructField) fieldShape {
	name, options, _ := strings.Cut(f.Tag.Get("ir"), ",")
	if name == "" {
		name = strings.ToLower(f.Name[:1]) + f.Name[1:]
	}
	shape := fieldShape{index: f.Index[0], name: name, snake: snakeCase(name)}
	for option := range strings.SplitSeq(options, ",") {
		switch key, value, _ := strings.Cut(option, "="); key {
		case "":
		case "oneof":
			shape.oneof = value
		case "object":
			shape.object = true
		default:
			panic("document: unknown option " + option + " in the tag of " + f.Name)
		}
	}
	return shape
}

// snakeCase turns lowerCamelCase into snake_case.
func snakeCase(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// field returns the field that a key names, or nil.
func (s shape) field(key string) *fieldShape {
	i := slices.IndexFunc(s.fields, func(f fieldShape) bool { return f.name == key || f.snake == key })
	if i < 0 {
		return nil
	}
	return &s.fields[i]
}

// names returns the names of the fields, in their order.
func (s shape) names() []string {
	names := make([]string, len(s.fields))
	for i, f := range s.fields {
		names[i] = f.name
	}
	return names
}
