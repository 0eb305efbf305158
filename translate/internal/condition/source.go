package condition

import (
	"strings"
	"unicode/utf8"

	"github.com/google/cel-go/common"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/parser"
)

// source is a text and its syntax tree.
type source struct {
	text string
	tree ast.Expr // nil if the text is not CEL
	info *ast.SourceInfo
	at   []int // the offset in bytes of each character of text, and of its end
	// patches lists the parts of text that stand for others of the text that
	// was given, in order.
	patches []patch
}

// patch is a part of a repaired text and what it stands for.
type patch struct{ repaired, given span }

// parse reads a text as CEL. Macros stay calls, which the reader refuses by
// name. Errors have places in characters of the text.
func parse(text string) (source, []*common.Error) {
	s := source{text: text}
	for i := range text {
		s.at = append(s.at, i)
	}
	s.at = append(s.at, len(text))
	p, err := parser.NewParser(parser.Macros())
	if err != nil {
		panic(err) // the options are constant
	}
	tree, errs := p.Parse(common.NewTextSource(text))
	if found := errs.GetErrors(); len(found) > 0 {
		return s, found
	}
	s.tree, s.info = tree.Expr(), tree.SourceInfo()
	return s, nil
}

// span is a part of a text, in bytes.
type span struct{ start, end int }

// given returns the part of the text that was given for a part of text.
func (s source) given(part span) span {
	start, end := part.start, part.end
	for _, p := range s.patches {
		switch {
		case part.start >= p.repaired.end:
			start = part.start + p.given.end - p.repaired.end
		case part.start >= p.repaired.start:
			start = p.given.start
		}
		switch {
		case part.end >= p.repaired.end:
			end = part.end + p.given.end - p.repaired.end
		case part.end > p.repaired.start:
			end = p.given.end
		}
	}
	return span{start, end}
}

// whole is the span of the whole text.
func (s source) whole() span { return span{0, len(s.text)} }

// errorSpan is the place of a syntax error.
func (s source) errorSpan(e *common.Error) span {
	line := e.Location.Line()
	start := 0
	for ; line > 1 && start < len(s.text); line-- {
		next := strings.IndexByte(s.text[start:], '\n')
		if next < 0 {
			break
		}
		start += next + 1
	}
	column := e.Location.Column()
	for ; column > 0 && start < len(s.text); column-- {
		_, size := utf8.DecodeRuneInString(s.text[start:])
		start += size
	}
	return span{start, min(start+1, len(s.text))}
}

// token is the span of the token at which CEL places an expression: the whole
// of a literal or name, but the bracket of a call and the dot of a selection.
func (s source) token(e ast.Expr) span {
	r, ok := s.info.GetOffsetRange(e.ID())
	if !ok {
		return s.whole()
	}
	start := s.at[min(max(int(r.Start), 0), len(s.at)-1)]
	return span{start, min(start+int(r.Stop-r.Start), len(s.text))} // CEL gives the width in bytes
}

// span is the part of the text that an expression takes up, without brackets
// around it.
func (s source) span(e ast.Expr) span {
	at := s.token(e)
	switch e.Kind() {
	case ast.SelectKind:
		selection := e.AsSelect()
		at.start = s.span(selection.Operand()).start
		at.end = s.behind(at.end, selection.FieldName())
	case ast.ListKind:
		for _, item := range e.AsList().Elements() {
			at.end = max(at.end, s.span(item).end)
		}
		at.end = s.behind(at.end, "]")
	case ast.CallKind:
		at = s.callSpan(e.AsCall(), at)
	}
	return at
}

// callSpan is the span of a call whose operator or bracket is at.
func (s source) callSpan(call ast.CallExpr, at span) span {
	operands := call.Args()
	if call.IsMemberFunction() {
		operands = append([]ast.Expr{call.Target()}, operands...)
	}
	name, whole := call.FunctionName(), at
	for _, operand := range operands {
		part := s.span(operand)
		whole.start, whole.end = min(whole.start, part.start), max(whole.end, part.end)
	}
	if _, isOperator := operators.FindReverse(name); !isOperator {
		if !call.IsMemberFunction() {
			whole.start = max(strings.LastIndex(s.text[:at.start], name), 0)
		}
		whole.end = s.behind(whole.end, ")")
	} else if name == operators.Index {
		whole.end = s.behind(whole.end, "]")
	}
	return whole
}

// behind is the offset behind the next occurrence of a token.
func (s source) behind(offset int, token string) int {
	if i := strings.Index(s.text[offset:], token); i >= 0 {
		return offset + i + len(token)
	}
	return offset
}
