package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Derived is a parameter text that does not hold a value but says how the pod
// makes it of other values:
//
//	member ["k",0] of TEXT        the member of the value of another parameter text
//	fill JSON with {"n":"TEXT"}   the JSON with the placeholders in its strings filled
//	                              in, those of inputs with the values of parameter texts
//
// So it goes through a Workflow without Argo looking into it. No JSON text
// begins so. The pod makes the value of the outermost after those inside.
type Derived struct {
	// Path leads to a member, by keys, which are strings, and indexes, which are
	// int64 or, where it was read, float64. It is nil for what is filled in.
	Path []any
	Of   string
	// Fill is the value with placeholders, nil for a member.
	Fill json.RawMessage
	With map[string]string
}

// What texts of [Derived] begin with, and what stands between their parts.
const (
	MemberWord = "member "
	ofWord     = "of "
	FillWord   = "fill "
	withWord   = "with "
)

// MemberStart is the text of a member up to what it is taken from.
func MemberStart(path []any) string { return MemberWord + Shield(mustJSON(path)) + " " + ofWord }

// FillStart is the text of what is filled in up to the object with the values of
// the inputs. The value may span lines.
func FillStart(value json.RawMessage) string {
	between := " "
	if bytes.ContainsRune(value, '\n') {
		between = "\n"
	}
	return FillWord + Shield(value) + between + withWord
}

// Text returns the parameter text.
func (d Derived) Text() string {
	if d.Fill == nil {
		return MemberStart(d.Path) + d.Of
	}
	return FillStart(d.Fill) + string(mustJSON(d.With))
}

// ParseDerived reads a parameter text that is a [Derived]; it is nil where the
// text is none.
func ParseDerived(text string) (*Derived, error) {
	rest, isMember := strings.CutPrefix(text, MemberWord)
	if !isMember {
		var isFilled bool
		if rest, isFilled = strings.CutPrefix(text, FillWord); !isFilled {
			return nil, nil
		}
	}
	if !isMember && strings.Contains(rest, "{{=") {
		return nil, errNotEvaluated
	}
	var d Derived
	var err error
	if isMember {
		d.Of, err = readPart(rest, &d.Path, ofWord)
	} else {
		var values string
		if values, err = readPart(rest, &d.Fill, withWord); err == nil {
			err = strictJSON([]byte(values), &d.With)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("what the pod is to make of it cannot be read: %w", err)
	}
	return &d, nil
}

// readPart reads the JSON that a text begins with and returns what follows the
// word behind it.
func readPart(text string, into any, word string) (string, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	if err := decoder.Decode(into); err != nil {
		return "", err
	}
	rest, ok := strings.CutPrefix(strings.TrimLeft(text[decoder.InputOffset():], " \n"), word)
	if !ok {
		return "", io.ErrUnexpectedEOF
	}
	return rest, nil
}

// Each returns the same with other parameter texts inside.
func (d Derived) Each(of func(text string) (string, error)) (Derived, error) {
	var err error
	if d.Fill == nil {
		d.Of, err = of(d.Of)
		return d, err
	}
	with := maps.Clone(d.With)
	for _, name := range slices.Sorted(maps.Keys(with)) {
		if with[name], err = of(with[name]); err != nil {
			return d, err
		}
	}
	d.With = with
	return d, nil
}

// Select returns the member of a value at a path of [Derived]. A value that is a
// string is looked into as JSON, as KFP's parseJson(string_value) says. Of no
// value, and where the member is null, it returns nil: there is no value.
func Select(value json.RawMessage, path []any) (json.RawMessage, error) {
	if kind := KindOf(value); kind == KindInvalid || kind == KindNull {
		return nil, nil
	}
	if KindOf(value) == KindString {
		text, err := Text(value)
		if err != nil {
			return nil, err
		}
		value = json.RawMessage(text)
	}
	for _, key := range path {
		member, ok := memberOf(value, key)
		if !ok {
			return nil, errors.New(NoMember(path))
		}
		value = member
	}
	if KindOf(value) == KindNull {
		return nil, nil
	}
	return Canonical(value)
}

func memberOf(value json.RawMessage, key any) (json.RawMessage, bool) {
	switch key := key.(type) {
	case string:
		var fields map[string]json.RawMessage
		if json.Unmarshal(value, &fields) != nil {
			return nil, false
		}
		member, ok := fields[key]
		return member, ok
	case int64:
		return element(value, int(key))
	case float64:
		return element(value, int(key))
	}
	return nil, false
}

func element(value json.RawMessage, index int) (json.RawMessage, bool) {
	var items []json.RawMessage
	if json.Unmarshal(value, &items) != nil || index < 0 || index >= len(items) {
		return nil, false
	}
	return items[index], true
}

// NoMember says that a value has no member at a path.
func NoMember(path []any) string {
	keys := ""
	for _, key := range path {
		keys += "[" + string(mustJSON(key)) + "]"
	}
	return "the value it is taken from has no member " + keys
}

// mustJSON is the JSON of what always has one.
func mustJSON(of any) json.RawMessage {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(of); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
