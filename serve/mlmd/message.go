package mlmd

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a message of protocol buffers that is being written. Fields that
// have their zero value are left out, as proto3 and readers of proto2 take it.
type message []byte

func (m *message) int(field protowire.Number, v int64) {
	if v != 0 {
		m.always(field, v)
	}
}

// always adds a number, also zero: of alternatives it says which it is.
func (m *message) always(field protowire.Number, v int64) {
	*m = protowire.AppendTag(*m, field, protowire.VarintType)
	*m = protowire.AppendVarint(*m, uint64(v)) //nolint:gosec // two's complement is how it is written
}

func (m *message) text(field protowire.Number, v string) {
	if v != "" {
		*m = protowire.AppendTag(*m, field, protowire.BytesType)
		*m = protowire.AppendString(*m, v)
	}
}

// message adds a message, also an empty one.
func (m *message) message(field protowire.Number, v []byte) {
	*m = protowire.AppendTag(*m, field, protowire.BytesType)
	*m = protowire.AppendBytes(*m, v)
}

// request is what a request may say. Each method has some of it.
type request struct {
	// ids are those of field 1 where that is a list of numbers, or one.
	ids []int64
	// typeName and name are the texts of fields 1 and 2.
	typeName, name string
	// limit is how many objects a page has at most, or 0; token is where it begins.
	limit int64
	token string
}

// The fields of requests. Field 1 is IDs or the name of a type, by the method.
const (
	firstField  = 1
	secondField = 2
	limitField  = 1 // of the options
	tokenField  = 3
)

// parse reads a request. What is not known in it is passed over, as protocol
// buffers have it.
func parse(text []byte) (request, error) {
	var r request
	err := fields(text, func(number protowire.Number, kind protowire.Type, value []byte, n uint64) error {
		switch {
		case number == firstField && kind == protowire.VarintType:
			r.ids = append(r.ids, int64(n)) //nolint:gosec // two's complement
		case number == firstField && kind == protowire.BytesType:
			// A packed list looks like a text here: the method knows which it is.
			r.typeName = string(value)
		case number == secondField && kind == protowire.BytesType:
			r.name = string(value)
		}
		return nil
	})
	return r, err
}

// packed reads the numbers of a list that was packed into field 1.
func (r *request) packed() error {
	for rest := []byte(r.typeName); len(rest) > 0; {
		v, n := protowire.ConsumeVarint(rest)
		if n < 0 {
			return fmt.Errorf("a list of numbers: %w", protowire.ParseError(n))
		}
		r.ids = append(r.ids, int64(v)) //nolint:gosec // two's complement
		rest = rest[n:]
	}
	return nil
}

// options reads options of a list.
func (r *request) options(text string) error {
	return fields([]byte(text), func(number protowire.Number, kind protowire.Type, value []byte, n uint64) error {
		switch {
		case number == limitField && kind == protowire.VarintType:
			r.limit = int64(n) //nolint:gosec // two's complement
		case number == tokenField && kind == protowire.BytesType:
			r.token = string(value)
		}
		return nil
	})
}

// fields calls visit for each field of a message that is a number or bytes.
func fields(text []byte, visit func(protowire.Number, protowire.Type, []byte, uint64) error) error {
	for len(text) > 0 {
		number, kind, n := protowire.ConsumeTag(text)
		if n < 0 {
			return fmt.Errorf("the message: %w", protowire.ParseError(n))
		}
		text = text[n:]
		var value []byte
		var v uint64
		switch kind {
		case protowire.VarintType:
			v, n = protowire.ConsumeVarint(text)
		case protowire.BytesType:
			value, n = protowire.ConsumeBytes(text)
		case protowire.Fixed32Type, protowire.Fixed64Type, protowire.StartGroupType, protowire.EndGroupType:
			n = protowire.ConsumeFieldValue(number, kind, text)
		default:
			n = protowire.ConsumeFieldValue(number, kind, text)
		}
		if n < 0 {
			return fmt.Errorf("the message: field %d: %w", number, protowire.ParseError(n))
		}
		if err := visit(number, kind, value, v); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}
