package condition

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/google/cel-go/common/ast"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// Selector is a parameterExpressionSelector that can be translated: a path
// into a JSON value.
type Selector struct {
	path []step
}

// ParseSelector reads a selector of the form parseJson(string_value)["key"],
// with any number of constant keys and indexes. It returns nil, and at least
// one problem, for any other text.
func ParseSelector(text string) (*Selector, []Problem) {
	s, errs := parse(text)
	r := &report{source: s}
	for _, e := range errs {
		r.notCEL(e)
	}
	if s.tree == nil {
		return nil, r.sorted()
	}
	root, path := unwind(s.tree)
	if !r.isWholeValue(root) || !r.arePlain(path) {
		return nil, r.sorted()
	}
	if len(path) == 0 {
		r.notSelector(s.tree, "a selector that selects nothing")
		return nil, r.sorted()
	}
	return &Selector{path: path}, nil
}

// isWholeValue reports whether an expression is parseJson(string_value).
func (r *report) isWholeValue(e ast.Expr) bool {
	switch e.Kind() {
	case ast.IdentKind:
		r.notSelector(e, e.AsIdent())
	case ast.CallKind:
		call := e.AsCall()
		args := call.Args()
		switch {
		case call.IsMemberFunction() || call.FunctionName() != "parseJson" || len(args) != 1:
			r.notSelector(e, "this")
		case args[0].Kind() != ast.IdentKind || args[0].AsIdent() != "string_value":
			r.notSelector(args[0], "parseJson() of anything but string_value")
		default:
			return true
		}
	default:
		r.notSelector(e, "this")
	}
	return false
}

// arePlain reports whether all steps are constant.
func (r *report) arePlain(path []step) bool {
	for _, s := range path {
		switch key := s.key.(type) {
		case string:
		case int64:
			if key < 0 {
				r.negativeIndex(s.e)
				return false
			}
		default:
			r.computedKey(s.e)
			return false
		}
	}
	return true
}

// Expression turns a parameter text into that of the selected member. No value
// gives no value, and so does a member that is null. Where the value has no
// such member, the result is an error text, as contract.ErrorMark describes:
// an expression that fails would be handed on in the place of a value.
func (s *Selector) Expression(value expression.Expression) expression.Expression {
	// string_value is the text of a string as it is, of anything else its JSON.
	// What sprig cannot read is nil, where fromJSON would fail.
	lets := fmt.Sprintf("let v = sprig.fromJson(%s); let o = type(v) == 'string' ? sprig.fromJson(v) : v; ", value)
	holder := "o"
	last := len(s.path) - 1
	for i, step := range s.path[:last] {
		inner := fmt.Sprintf("o%d", i+2)
		lets += fmt.Sprintf("let %s = type(%s) == %s ? get(%[2]s, %[4]s) : nil; ", inner, holder, step.holderType(), step.literal())
		holder = inner
	}
	member := expression.Expression(holder + "[" + s.path[last].literal() + "]")
	return expression.IfEmpty(value, "''", expression.Expression(fmt.Sprintf(
		"%s!(%s) ? %s : %s == nil ? '' : %s",
		lets, s.path[last].presence(holder), s.missing(), member, expression.Shield(expression.JSONString(member)))))
}

// literal is the key or index of a step as an expression.
func (s step) literal() string {
	if index, ok := s.key.(int64); ok {
		return strconv.FormatInt(index, 10)
	}
	return expression.Quote(s.key.(string))
}

// holderType is the type of what has such a member.
func (s step) holderType() string {
	if _, ok := s.key.(int64); ok {
		return "'array'"
	}
	return "'map'"
}

// presence is the condition that the holder has the member.
func (s step) presence(holder string) string {
	if _, ok := s.key.(int64); ok {
		return fmt.Sprintf("type(%[1]s) == 'array' && len(%[1]s) > %[2]s", holder, s.literal())
	}
	return fmt.Sprintf("type(%[1]s) == 'map' && %[2]s in %[1]s", holder, s.literal())
}

// missing is the error text for a value without the member.
func (s *Selector) missing() string {
	path := ""
	for _, step := range s.path {
		key, err := json.Marshal(step.key)
		if err != nil {
			panic(err) // a string or a number
		}
		path += "[" + string(key) + "]"
	}
	return expression.Quote(contract.ErrorMark + "the value it is taken from has no member " + path)
}
