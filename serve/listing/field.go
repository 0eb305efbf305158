package listing

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Fields are the properties of a kind of objects.
type Fields[T any] struct {
	// ID tells objects apart. It decides between those that are otherwise equal.
	ID func(T) string
	// Default is the name of the field that orders a list where the caller does
	// not say.
	Default string
	// Texts and Times are the fields by their names, in snake case. One field may
	// have several names.
	Texts map[string]func(T) string
	Times map[string]func(T) Value
	// Tag returns the tag of an object that has a name. It is nil for a kind
	// that has no tags.
	Tag func(object T, name string) Value
}

// field is a property by one of its names.
type field[T any] struct {
	name string
	kind kind
	of   func(T) Value
}

// find looks a field up. Its name may be in camel case.
func (f Fields[T]) find(name string) (field[T], error) {
	key := snake(name)
	if of, ok := f.Texts[key]; ok {
		return field[T]{key, text, func(o T) Value { return Text(of(o)) }}, nil
	}
	if of, ok := f.Times[key]; ok {
		return field[T]{key, moment, of}, nil
	}
	if tag, ok := strings.CutPrefix(name, "tags."); ok && f.Tag != nil {
		return field[T]{name, text, func(o T) Value { return f.Tag(o, tag) }}, nil
	}
	known := slices.Sorted(maps.Keys(f.Texts))
	known = append(known, slices.Sorted(maps.Keys(f.Times))...)
	return field[T]{}, fmt.Errorf("there is no field %q; there are %s", name, strings.Join(known, ", "))
}

// snake turns displayName into display_name.
func snake(name string) string {
	var out strings.Builder
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			if i > 0 {
				out.WriteByte('_')
			}
			c += 'a' - 'A'
		}
		out.WriteRune(c)
	}
	return out.String()
}
