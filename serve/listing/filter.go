package listing

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// filter is what an object must fulfil: all of the predicates.
type filter[T any] []predicate[T]

// predicate compares a field with values, of which one must do.
type predicate[T any] struct {
	field  field[T]
	op     operation
	values []Value
}

// operation says how a field is compared.
type operation int

// The operations, with the numbers that they have in KFP's API. Four was dropped
// there.
const (
	equals            operation = 1
	notEquals         operation = 2
	greaterThan       operation = 3
	greaterThanEquals operation = 5
	lessThan          operation = 6
	lessThanEquals    operation = 7
	in                operation = 8
	isSubstring       operation = 9
)

// The limits of a filter: its bytes, its predicates, and the values of an IN.
const (
	maxFilter     = 64 << 10
	maxPredicates = 100
	maxValues     = 1000
)

func operations() map[string]operation {
	return map[string]operation{
		"EQUALS": equals, "NOT_EQUALS": notEquals, "GREATER_THAN": greaterThan, "GREATER_THAN_EQUALS": greaterThanEquals,
		"LESS_THAN": lessThan, "LESS_THAN_EQUALS": lessThanEquals, "IN": in, "IS_SUBSTRING": isSubstring,
	}
}

// document is a filter as JSON. Keys may be in snake or in camel case.
type document struct {
	Predicates []map[string]json.RawMessage `json:"predicates"`
}

// parseFilter reads a filter: JSON, or JSON that is percent-encoded once more,
// as KFP's web UI sends it. The empty text is a filter that takes everything.
func parseFilter[T any](spec string, fields Fields[T]) (filter[T], error) {
	if spec == "" {
		return nil, nil
	}
	if len(spec) > maxFilter {
		return nil, fmt.Errorf("the filter has %d bytes; %d is the limit", len(spec), maxFilter)
	}
	doc, err := decode(spec)
	if err != nil {
		plain, escape := url.PathUnescape(spec)
		if escape != nil || plain == spec {
			return nil, fmt.Errorf("the filter is not as KFP's: %w", err)
		}
		if doc, err = decode(plain); err != nil {
			return nil, fmt.Errorf("the filter is not as KFP's: %w", err)
		}
	}
	if len(doc.Predicates) > maxPredicates {
		return nil, fmt.Errorf("the filter has %d predicates; %d is the limit", len(doc.Predicates), maxPredicates)
	}
	var all filter[T]
	for i, raw := range doc.Predicates {
		p, err := parsePredicate(raw, fields)
		if err != nil {
			return nil, fmt.Errorf("predicate %d of the filter: %w", i+1, err)
		}
		all = append(all, p)
	}
	return all, nil
}

func decode(spec string) (document, error) {
	var doc document
	decoder := json.NewDecoder(strings.NewReader(spec))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&doc); err != nil {
		return document{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return document{}, errors.New("there is more behind its end")
	}
	return doc, nil
}

func parsePredicate[T any](raw map[string]json.RawMessage, fields Fields[T]) (predicate[T], error) {
	var p predicate[T]
	var key string
	valueName, value := "", json.RawMessage(nil)
	for name, text := range raw {
		var err error
		switch snake(name) {
		case "operation":
			p.op, err = parseOperation(text)
		case "key":
			if err = json.Unmarshal(text, &key); err != nil {
				err = fmt.Errorf("its key: %w", err)
			}
		default:
			if value != nil {
				err = fmt.Errorf("it has two values, %s and %s", min(name, valueName), max(name, valueName))
			}
			valueName, value = name, text
		}
		if err != nil {
			return p, err
		}
	}
	if p.op == 0 {
		return p, errors.New("it has no operation")
	}
	if value == nil {
		return p, errors.New("it has no value")
	}
	var err error
	if p.field, err = fields.find(key); err != nil {
		return p, err
	}
	if p.values, err = parseValues(snake(valueName), value, p.field.kind); err != nil {
		return p, fmt.Errorf("%s of field %s: %w", valueName, p.field.name, err)
	}
	return p, p.check(snake(valueName))
}

// check reports an operation that makes no sense with the field and the value.
func (p predicate[T]) check(valueName string) error {
	list := strings.HasSuffix(valueName, "_values")
	switch {
	case p.op == in && !list:
		return fmt.Errorf("IN needs a list such as string_values, not %s", valueName)
	case p.op != in && list:
		return fmt.Errorf("only IN takes %s", valueName)
	case p.op == isSubstring && p.field.kind != text:
		return fmt.Errorf("IS_SUBSTRING needs a text; field %s is a time", p.field.name)
	}
	return nil
}

// parseOperation reads an operation, by its number or by its name.
func parseOperation(raw json.RawMessage) (operation, error) {
	name := string(bytes.Trim(raw, `"`))
	if op, ok := operations()[name]; ok {
		return op, nil
	}
	if n, err := strconv.Atoi(name); err == nil {
		for _, op := range operations() {
			if operation(n) == op {
				return op, nil
			}
		}
	}
	return 0, fmt.Errorf("there is no operation %s", raw)
}

// parseValues reads a value, or the list of an IN, for a field of a kind.
func parseValues(name string, raw json.RawMessage, of kind) ([]Value, error) {
	switch name {
	case "string_value", "int_value", "long_value", "timestamp_value":
		v, err := parseValue(name, raw, of)
		return []Value{v}, err
	case "string_values", "int_values", "long_values":
	default:
		return nil, errors.New("there is no such kind of value")
	}
	var list struct {
		Values []json.RawMessage `json:"values"`
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, err
	}
	if len(list.Values) > maxValues {
		return nil, fmt.Errorf("there are %d values; %d is the limit", len(list.Values), maxValues)
	}
	var all []Value
	for _, element := range list.Values {
		v, err := parseValue(strings.TrimSuffix(name, "s"), element, of)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// parseValue reads one value. A time is a timestamp, or a number of seconds, as
// KFP's database has it.
func parseValue(name string, raw json.RawMessage, of kind) (Value, error) {
	if name == "int_value" || name == "long_value" {
		n, err := strconv.ParseInt(string(bytes.Trim(raw, `"`)), 10, 64)
		switch {
		case err != nil:
			return Value{}, fmt.Errorf("%s is no whole number", raw)
		case of != moment:
			return Value{}, errors.New("the field is a text")
		}
		return Value{kind: moment, number: n}, nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return Value{}, err
	}
	switch {
	case name == "timestamp_value" && of == moment:
		t, err := time.Parse(time.RFC3339, s)
		return Value{kind: moment, number: t.Unix()}, err
	case name == "timestamp_value":
		return Value{}, errors.New("the field is a text")
	case of == moment:
		return Value{}, errors.New("the field is a time")
	}
	return Text(s), nil
}

// takes reports whether an object fulfils all predicates.
func (f filter[T]) takes(object T) bool {
	return !slices.ContainsFunc(f, func(p predicate[T]) bool { return !p.holds(p.field.of(object)) })
}

// holds compares a value. What an object does not have is not equal to anything
// and has no place in any order.
func (p predicate[T]) holds(v Value) bool {
	if v.kind == none {
		return p.op == notEquals
	}
	return slices.ContainsFunc(p.values, func(w Value) bool { return p.op.holds(v, w) })
}

func (op operation) holds(v, w Value) bool {
	order := v.compare(w)
	switch op {
	case equals, in:
		return order == 0
	case notEquals:
		return order != 0
	case greaterThan:
		return order > 0
	case greaterThanEquals:
		return order >= 0
	case lessThan:
		return order < 0
	case lessThanEquals:
		return order <= 0
	case isSubstring:
		return strings.Contains(strings.ToLower(v.text), strings.ToLower(w.text))
	}
	panic("listing: unknown operation")
}
