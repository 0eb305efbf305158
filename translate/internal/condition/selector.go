package condition

import (
	"github.com/google/cel-go/common/ast"

	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// Selector is a parameterExpressionSelector that can be translated: a path
// into a JSON value.
type Selector struct {
	text string
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
	return &Selector{text: text, path: path}, nil
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

// String is the text of the selector.
func (s *Selector) String() string { return s.text }

// Path lists the keys, which are strings, and indexes, which are int64.
func (s *Selector) Path() []any {
	var keys []any
	for _, step := range s.path {
		keys = append(keys, step.key)
	}
	return keys
}

// Expression turns a parameter text into that of the selected member, as
// [expression.Member] does.
func (s *Selector) Expression(value expression.Parameter) expression.Parameter {
	return expression.Member(value, s.Path())
}
