package contract

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// ParameterType is the declared type of a parameter, under its KFP name.
type ParameterType string

// The parameter types of KFP.
const (
	NumberDouble    ParameterType = "NUMBER_DOUBLE"
	NumberInteger   ParameterType = "NUMBER_INTEGER"
	String          ParameterType = "STRING"
	Boolean         ParameterType = "BOOLEAN"
	List            ParameterType = "LIST"
	Struct          ParameterType = "STRUCT"
	TaskFinalStatus ParameterType = "TASK_FINAL_STATUS"
	TaskConfig      ParameterType = "TASK_CONFIG"
)

// Coerce fits a value to a declared type by KFP's rule: STRING takes anything
// as its [Text], every other type takes only its own JSON kind.
func (t ParameterType) Coerce(value json.RawMessage) (json.RawMessage, error) {
	kind := KindOf(value)
	if kind == KindNull {
		return nil, fmt.Errorf("null is not of type %s", t)
	}
	if t == String && kind != KindString {
		text, err := Text(value)
		if err != nil {
			return nil, err
		}
		return QuoteText(text), nil
	}
	if want := t.kind(); want != KindInvalid && want != kind {
		return nil, fmt.Errorf("%s is not of type %s", kind, t)
	}
	return value, nil
}

// kind returns the JSON kind of the type's values; KindInvalid for a type that
// this version does not know, whose values are not checked.
func (t ParameterType) kind() Kind {
	switch t {
	case NumberDouble, NumberInteger:
		return KindNumber
	case String:
		return KindString
	case Boolean:
		return KindBool
	case List:
		return KindList
	case Struct, TaskFinalStatus, TaskConfig:
		return KindStruct
	}
	return KindInvalid
}

// ParseFile reads the text that a program wrote as an output of this type. A
// STRING is the text itself, to the last newline; numbers and booleans are
// trimmed and read as Go reads them; the rest is JSON, which must pass [Record].
func (t ParameterType) ParseFile(text string) (json.RawMessage, error) {
	trimmed := strings.TrimSpace(text)
	switch t {
	case String:
		return QuoteText(text), nil
	case NumberInteger:
		n, err := strconv.ParseInt(trimmed, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s is not a whole number", excerpt(trimmed))
		}
		return strconv.AppendInt(nil, n, 10), nil
	case NumberDouble:
		f, err := strconv.ParseFloat(trimmed, 64)
		if err != nil || f-f != 0 {
			return nil, fmt.Errorf("%s is not a finite number", excerpt(trimmed))
		}
		return json.RawMessage(FloatText(f)), nil
	case Boolean:
		b, err := strconv.ParseBool(trimmed)
		if err != nil {
			return nil, fmt.Errorf("%s is not true or false", excerpt(trimmed))
		}
		return json.RawMessage(strconv.FormatBool(b)), nil
	}
	value, err := Canonical(json.RawMessage(text))
	if err != nil {
		return nil, err
	}
	return t.Record(value)
}

// Record fits what a program returns to the declared type of its output, so
// that everyone who reads the output may rely on the type. It is [Coerce], but
// for one liberty that programs take: a list may stand where a struct is
// declared and the other way round.
func (t ParameterType) Record(value json.RawMessage) (json.RawMessage, error) {
	if kind := KindOf(value); t == List && kind == KindStruct || t == Struct && kind == KindList {
		return value, nil
	}
	return t.Coerce(value)
}

// excerpt quotes the beginning of a text for a message.
func excerpt(text string) string {
	const most = 40
	if len(text) > most {
		return strconv.Quote(text[:most]) + "…"
	}
	return strconv.Quote(text)
}
