package document

import (
	"fmt"
	"reflect"
	"strconv"
)

// Leaf is a value in a message: where it stands, in the names of the document,
// and its text.
type Leaf struct{ Path, Text string }

// Leaves lists the values that a message, or a list or map of messages, sets, in
// the order of its fields. Two messages have the same leaves exactly where they
// say the same; where in the document they stand does not count.
func Leaves(message any) []Leaf {
	var l leaves
	l.walk("", reflect.ValueOf(message))
	return l
}

type leaves []Leaf

func (l *leaves) add(path, text string) { *l = append(*l, Leaf{path, text}) }

func (l *leaves) walk(path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			l.walk(path, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			l.element(path, i, v.Index(i))
		}
	case reflect.Struct:
		if text, set, isScalar := scalar(v); isScalar {
			if set {
				l.add(path, text)
			}
			return
		}
		for _, f := range newShape(v.Type()).fields {
			name := f.name
			if path != "" {
				name = path + "." + name
			}
			l.walk(name, v.Field(f.index))
		}
	}
}

// element walks an element of a list, or an entry of a map.
func (l *leaves) element(path string, i int, v reflect.Value) {
	if v.Kind() == reflect.Struct {
		if key, ok := v.Field(0).Interface().(Text); ok && v.Type().Field(0).Name == "Key" && v.NumField() == 2 {
			l.walk(path+"["+strconv.Quote(key.Value)+"]", v.Field(1))
			return
		}
	}
	l.walk(fmt.Sprintf("%s[%d]", path, i), v)
}

// scalar returns the text of a scalar and whether it is set.
func scalar(v reflect.Value) (text string, set, ok bool) {
	switch s := v.Interface().(type) {
	case Text:
		return s.Value, s.Set, true
	case Value:
		return string(s.JSON), s.Set(), true
	}
	if is := v.FieldByName("Set"); is.IsValid() && v.NumField() == 3 {
		value := v.FieldByName("Value")
		if e, ok := value.Interface().(interface{ Names() []string }); ok {
			return e.Names()[value.Int()], is.Bool(), true
		}
		return fmt.Sprint(value.Interface()), is.Bool(), true
	}
	return "", false, false
}
