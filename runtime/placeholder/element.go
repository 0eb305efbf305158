package placeholder

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Element is one element of a command line: a text, or one of the structures
// that KFP's SDK writes as JSON into a single element.
//
//sumtype:decl
type Element interface{ element() }

// Text is an element of text with placeholders.
type Text []Part

// Concat joins its items into one argument.
type Concat []Element

// IfPresent is replaced by Then if the named input has a value, else by Else;
// either may be several arguments or none.
type IfPresent struct {
	Input      string
	Then, Else []Element
}

func (Text) element()      {}
func (Concat) element()    {}
func (IfPresent) element() {}

// Parser reads parts out of a text: [Parse] or [ParseShielded].
type Parser func(text string) []Part

// ParseElement reads one element of a command line. Text that begins like a
// structure must be one; the error says what is wrong with it.
func (parse Parser) ParseElement(text string) (Element, error) {
	trimmed := strings.TrimSpace(text)
	if !beginsStructure(trimmed) {
		return Text(parse(text)), nil
	}
	if !json.Valid([]byte(trimmed)) {
		return Text(parse(text)), nil // only looks like one: a program's own text
	}
	return parse.structure(json.RawMessage(trimmed))
}

func beginsStructure(text string) bool {
	rest, ok := strings.CutPrefix(text, "{")
	rest = strings.TrimSpace(rest)
	return ok && (strings.HasPrefix(rest, `"IfPresent"`) || strings.HasPrefix(rest, `"Concat"`))
}

// structure reads a string, a Concat or an IfPresent.
func (parse Parser) structure(value json.RawMessage) (Element, error) {
	var text string
	if json.Unmarshal(value, &text) == nil {
		return Text(parse(text)), nil
	}
	var object struct {
		Concat    *[]json.RawMessage
		IfPresent *struct {
			InputName  *string
			Then, Else json.RawMessage
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&object); err != nil {
		return nil, fmt.Errorf("expected a string, a Concat or an IfPresent: %w", err)
	}
	switch {
	case object.Concat != nil && object.IfPresent == nil:
		return parse.concat(*object.Concat)
	case object.IfPresent != nil && object.Concat == nil:
		if object.IfPresent.InputName == nil {
			return nil, errors.New("IfPresent needs InputName")
		}
		return parse.ifPresent(*object.IfPresent.InputName, object.IfPresent.Then, object.IfPresent.Else)
	}
	return nil, errors.New("expected either Concat or IfPresent")
}

func (parse Parser) concat(values []json.RawMessage) (Element, error) {
	concat := make(Concat, 0, len(values))
	for _, v := range values {
		item, err := parse.structure(v)
		if err != nil {
			return nil, fmt.Errorf("item of Concat: %w", err)
		}
		concat = append(concat, item)
	}
	return concat, nil
}

func (parse Parser) ifPresent(input string, then, otherwise json.RawMessage) (Element, error) {
	e := IfPresent{Input: input}
	var err error
	if e.Then, err = parse.branch(then); err != nil {
		return nil, fmt.Errorf("branch Then of IfPresent: %w", err)
	}
	if e.Else, err = parse.branch(otherwise); err != nil {
		return nil, fmt.Errorf("branch Else of IfPresent: %w", err)
	}
	return e, nil
}

// branch reads a branch of an IfPresent: nothing, one element, or a list.
func (parse Parser) branch(value json.RawMessage) ([]Element, error) {
	if len(value) == 0 || string(value) == "null" {
		return nil, nil
	}
	var list []json.RawMessage
	if json.Unmarshal(value, &list) != nil {
		list = []json.RawMessage{value}
	}
	elements := make([]Element, 0, len(list))
	for _, v := range list {
		e, err := parse.structure(v)
		if err != nil {
			return nil, err
		}
		elements = append(elements, e)
	}
	return elements, nil
}

// Visit calls f for every placeholder of an element, and present for the input
// of every IfPresent, in the order of the text.
func Visit(e Element, f func(Part), present func(input string)) {
	switch e := e.(type) {
	case Text:
		for _, p := range e {
			if _, ok := p.(Literal); !ok {
				f(p)
			}
		}
	case Concat:
		visitAll(e, f, present)
	case IfPresent:
		present(e.Input)
		visitAll(e.Then, f, present)
		visitAll(e.Else, f, present)
	}
}

func visitAll(elements []Element, f func(Part), present func(string)) {
	for _, e := range elements {
		Visit(e, f, present)
	}
}
