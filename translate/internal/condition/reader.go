package condition

import (
	"maps"
	"slices"

	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// reader checks a syntax tree and makes nodes of it. Its methods return false
// where they have reported why they cannot.
type reader struct {
	*report
	declared map[string]contract.ParameterType
}

// truth reads an expression that has to be true or false.
func (r *reader) truth(e ast.Expr) (node, bool) {
	n, ok := r.value(e)
	switch {
	case !ok:
		return nil, false
	case n.kind() == kindBool:
		return n, true
	case n.kind() == kindAny:
		return check{n, kindBool}, true
	}
	r.notBoolean(e, n.kind())
	return nil, false
}

// value reads any expression.
func (r *reader) value(e ast.Expr) (node, bool) {
	switch e.Kind() {
	case ast.LiteralKind:
		return r.literal(e)
	case ast.ListKind:
		return r.list(e)
	case ast.IdentKind, ast.SelectKind:
		return r.access(e)
	case ast.CallKind:
		return r.call(e)
	case ast.MapKind:
		r.unsupported(e, "a map")
	case ast.StructKind:
		r.unsupported(e, "a message")
	default:
		r.unsupported(e, "this")
	}
	return nil, false
}

func (r *reader) literal(e ast.Expr) (node, bool) {
	switch v := e.AsLiteral().(type) {
	case types.Null:
		return literal{nil}, true
	case types.Bool:
		return literal{bool(v)}, true
	case types.Int:
		return literal{int64(v)}, true
	case types.Double:
		return literal{float64(v)}, true
	case types.String:
		return literal{string(v)}, true
	case types.Uint:
		r.unsupported(e, "an unsigned integer")
	default:
		r.unsupported(e, "a bytes literal")
	}
	return nil, false
}

func (r *reader) list(e ast.Expr) (node, bool) {
	var l literals
	for _, item := range e.AsList().Elements() {
		if item.Kind() != ast.LiteralKind || item.AsLiteral() == types.NullValue {
			r.unsupported(item, "a list of anything but constants")
			return nil, false
		}
		n, ok := r.literal(item)
		if !ok {
			return nil, false
		}
		l.items = append(l.items, n.(literal))
	}
	return l, true
}

// call reads an operator or a function.
func (r *reader) call(e ast.Expr) (node, bool) {
	call := e.AsCall()
	name, args := call.FunctionName(), call.Args()
	if call.IsMemberFunction() {
		return r.method(e, name)
	}
	switch name {
	case operators.LogicalAnd, operators.LogicalOr:
		return r.logic(e, name)
	case operators.LogicalNot:
		of, ok := r.truth(args[0])
		return negation{of}, ok
	case operators.Conditional:
		return r.choice(e, args)
	case operators.In:
		return r.membership(e, args)
	case operators.Index:
		return r.access(e)
	case "int", "double", "size", "parseJson":
		return r.function(e, name, args)
	}
	symbol, isOperator := operators.FindReverseBinaryOperator(name)
	switch name {
	case operators.Equals, operators.NotEquals:
		return r.equality(e, symbol, args)
	case operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals:
		return r.ordering(e, symbol, args)
	case operators.Negate:
		symbol, isOperator = "-", true
	}
	if isOperator {
		r.unsupportedOperator(e, symbol)
	} else {
		r.unsupportedFunction(e, name)
	}
	return nil, false
}

// method reads target.name(args).
func (r *reader) method(e ast.Expr, name string) (node, bool) {
	call := e.AsCall()
	args := append([]ast.Expr{call.Target()}, call.Args()...)
	switch name {
	case "size":
		return r.function(e, name, args)
	case "startsWith", "endsWith", "contains":
	default:
		r.unsupportedFunction(e, name)
		return nil, false
	}
	if len(args) != 2 {
		r.argumentCount(e, name, 1)
		return nil, false
	}
	whole, ok := r.text(args[0], name+"()")
	part, ok2 := r.text(args[1], name+"()")
	return stringTest{name, whole, part}, ok && ok2
}

// text reads an expression that has to be a string.
func (r *reader) text(e ast.Expr, operation string) (node, bool) {
	n, ok := r.value(e)
	if !ok {
		return nil, false
	}
	switch n.kind() {
	case kindString:
		return n, true
	case kindAny:
		return check{n, kindString}, true
	}
	r.wrongOperand(e, operation, n.kind())
	return nil, false
}

// function reads a function of one argument.
func (r *reader) function(e ast.Expr, name string, args []ast.Expr) (node, bool) {
	if len(args) != 1 {
		r.argumentCount(e, name, 1)
		return nil, false
	}
	if name == "parseJson" {
		of, ok := r.text(args[0], name+"()")
		return parsing{of}, ok
	}
	of, ok := r.value(args[0])
	if !ok {
		return nil, false
	}
	k := of.kind()
	switch {
	case name == "size" && k.hasSize():
		return size{of}, true
	case name == "int" && k.maybeNumber():
		return conversion{kindInt, of}, true
	case name == "double" && k.maybeNumber():
		return conversion{kindDouble, of}.folded(), true
	}
	r.wrongOperand(e, name+"()", k)
	return nil, false
}

// folded is the value of double() of a number that is known, as the SDK writes
// where it compares it with one that is not whole.
func (n conversion) folded() node {
	if l, ok := n.of.(literal); ok {
		switch v := l.value.(type) {
		case int64:
			return literal{float64(v)}
		case float64:
			return l
		}
	}
	return n
}

// logic reads operands that are joined by && or ||.
func (r *reader) logic(e ast.Expr, name string) (node, bool) {
	operands, ok := r.operands(e, name)
	if !ok {
		return nil, false
	}
	symbol, _ := operators.FindReverse(name)
	operands, ok = ordered(operands)
	if !ok {
		r.undecided(e, symbol)
	}
	return logic{symbol, operands}, ok
}

// operands reads the operands of one operator, however they are grouped: it is
// associative, also where some of them fail.
func (r *reader) operands(e ast.Expr, name string) ([]node, bool) {
	if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != name {
		n, ok := r.truth(e)
		return []node{n}, ok
	}
	var all []node
	complete := true
	for _, arg := range e.AsCall().Args() {
		some, ok := r.operands(arg, name)
		all = append(all, some...)
		complete = complete && ok
	}
	return all, complete
}

// choice reads condition ? yes : no.
func (r *reader) choice(e ast.Expr, args []ast.Expr) (node, bool) {
	condition, ok := r.truth(args[0])
	yes, ok2 := r.value(args[1])
	no, ok3 := r.value(args[2])
	if !ok || !ok2 || !ok3 {
		return nil, false
	}
	// expr-lang takes both branches to be of the type of one.
	if yes.kind() != no.kind() || !yes.kind().scalar() {
		r.branches(e, yes.kind(), no.kind())
		return nil, false
	}
	return choice{condition, yes, no}, true
}

// access reads a selection, an index, or the name that one starts from.
func (r *reader) access(e ast.Expr) (node, bool) {
	root, path := unwind(e)
	if root.Kind() != ast.IdentKind {
		of, ok := r.value(root)
		return r.descend(of, ok, path)
	}
	if name := root.AsIdent(); name != "inputs" {
		r.unknownName(root, name)
		return nil, false
	}
	if len(path) < 2 {
		r.wholeInputs(e)
		return nil, false
	}
	switch field, _ := path[0].key.(string); field {
	case "parameter_values":
	case "artifacts":
		r.noArtifacts(e)
		return nil, false
	default:
		r.unknownField(path[0].e, field)
		return nil, false
	}
	of, ok := r.input(path[1])
	return r.descend(of, ok, path[2:])
}

func (r *reader) input(at step) (node, bool) {
	name, ok := at.key.(string)
	if !ok {
		r.computedKey(at.e)
		return nil, false
	}
	t, ok := r.declared[name]
	if !ok {
		r.unknownInput(at.e, name, slices.Sorted(maps.Keys(r.declared)))
		return nil, false
	}
	return input{name, kindOf(t)}, true
}

// descend follows a path into a value.
func (r *reader) descend(of node, ok bool, path []step) (node, bool) {
	for _, step := range path {
		if !ok {
			return nil, false
		}
		of, ok = r.step(of, step)
	}
	return of, ok
}

// step follows one step into a value.
func (r *reader) step(of node, at step) (node, bool) {
	k := of.kind()
	switch key := at.key.(type) {
	case string:
		if k == kindStruct || k == kindAny {
			return member{of, key}, true
		}
	case int64:
		if key < 0 {
			r.negativeIndex(at.e)
			return nil, false
		}
		if k == kindAny {
			return element{check{of, kindList}, key}, true
		}
		if k == kindList && !static(of) {
			return element{of, key}, true
		}
	default:
		r.computedKey(at.e)
		return nil, false
	}
	r.wrongOperand(at.e, "a key", k)
	return nil, false
}

// step is one key of a path and the expression that names it.
type step struct {
	key any // a string or an int64; nil if it is neither
	e   ast.Expr
}

// unwind returns what a chain of selections and indexes starts from, and the
// chain.
func unwind(e ast.Expr) (ast.Expr, []step) {
	var path []step
	for {
		switch {
		case e.Kind() == ast.SelectKind:
			path = append(path, step{e.AsSelect().FieldName(), e})
			e = e.AsSelect().Operand()
		case e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.Index:
			args := e.AsCall().Args()
			path = append(path, step{keyOf(args[1]), args[1]})
			e = args[0]
		default:
			slices.Reverse(path)
			return e, path
		}
	}
}

// keyOf is the key that an index names, nil if it is not a constant.
func keyOf(e ast.Expr) any {
	if e.Kind() != ast.LiteralKind {
		return nil
	}
	switch v := e.AsLiteral().(type) {
	case types.String:
		return string(v)
	case types.Int:
		return int64(v)
	}
	return nil
}
