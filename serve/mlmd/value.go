package mlmd

import (
	"encoding/json"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// properties are the custom_properties of an execution or an artifact.
type properties map[string]message

// The fields of a Value, which is one of these.
const (
	intValue    = 1
	doubleValue = 2
	textValue   = 3
	structValue = 4
	boolValue   = 6
)

// text has a text as a property, also an empty one.
func (p properties) text(name, v string) {
	var m message
	m.message(textValue, []byte(v))
	p[name] = m
}

func (p properties) int(name string, v int64) {
	var m message
	m.always(intValue, v)
	p[name] = m
}

// json has a value as the property that the UI looks for: an object below struct,
// and a list below list.
func (p properties) json(name string, text json.RawMessage) {
	var v any
	if json.Unmarshal(text, &v) != nil {
		return
	}
	switch v := v.(type) {
	case string:
		p.text(name, v)
	case float64:
		p[name] = protowire.AppendFixed64(protowire.AppendTag(nil, doubleValue, protowire.Fixed64Type), math.Float64bits(v))
	case bool:
		p[name] = protowire.AppendVarint(protowire.AppendTag(nil, boolValue, protowire.VarintType), protowire.EncodeBool(v))
	case map[string]any:
		p.structure(name, map[string]any{"struct": v})
	case []any:
		p.structure(name, map[string]any{"list": v})
	}
}

// structure has a struct as a property. One that has something that structs
// cannot have, such as a text that is no UTF-8, is left out.
func (p properties) structure(name string, v map[string]any) {
	made, err := structpb.NewStruct(v)
	if err != nil {
		return
	}
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(made)
	if err != nil {
		return
	}
	var m message
	m.message(structValue, text)
	p[name] = m
}

// The fields of an entry of a map.
const (
	keyField   = 1
	valueField = 2
)

// write adds the properties to a message, in the order of their names.
func (p properties) write(to *message, field protowire.Number) {
	for _, name := range slices.Sorted(maps.Keys(p)) {
		var entry message
		entry.text(keyField, name)
		entry.message(valueField, p[name])
		to.message(field, entry)
	}
}
