package condition

import "github.com/google/cel-go/common/ast"

// equality reads == and !=. CEL compares values of different types without an
// error, unless it knows the types before it evaluates.
func (r *reader) equality(e ast.Expr, symbol string, args []ast.Expr) (node, bool) {
	left, right, ok := r.sides(args)
	if !ok {
		return nil, false
	}
	a, b := left.kind(), right.kind()
	switch {
	case static(left) && static(right) && a != b:
		r.mixed(e, symbol, a, b)
		return nil, false
	case static(left) && a == kindList && static(right):
		r.unsupported(e, "a comparison of two constant lists")
		return nil, false
	case !equatable(a, b):
		r.neverEqual(e, a, b, symbol == "!=")
	}
	return comparison{symbol, left, right}, true
}

// ordering reads < <= > >=.
func (r *reader) ordering(e ast.Expr, symbol string, args []ast.Expr) (node, bool) {
	left, right, ok := r.sides(args)
	if !ok {
		return nil, false
	}
	a, b := left.kind(), right.kind()
	switch {
	case a == kindAny && b == kindAny:
		r.unordered(e, symbol)
	case a == kindAny && b.scalar(), b == kindAny && a.scalar(),
		a.scalar() && (a == b || a.number() && b.number()):
		return comparison{symbol, left, right}, true
	default:
		r.mixed(e, symbol, a, b)
	}
	return nil, false
}

// sides reads both sides of an operator.
func (r *reader) sides(args []ast.Expr) (left, right node, ok bool) {
	left, ok = r.value(args[0])
	right, ok2 := r.value(args[1])
	return left, right, ok && ok2
}

// membership reads in.
func (r *reader) membership(e ast.Expr, args []ast.Expr) (node, bool) {
	what, of, ok := r.sides(args)
	if !ok {
		return nil, false
	}
	switch k := of.kind(); {
	case k == kindList && !static(of), k == kindStruct && what.kind() == kindString:
		return membership{what, of}, true
	case k == kindList:
		return r.amongLiterals(e, what, of.(literals))
	case k == kindStruct:
		r.unsupported(e, "a search for "+what.kind().String()+" among the keys of a struct")
	default:
		r.wrongOperand(args[1], "in", k)
	}
	return nil, false
}

// amongLiterals reads in with a list that is written out.
func (r *reader) amongLiterals(e ast.Expr, what node, of literals) (node, bool) {
	possible := len(of.items) == 0
	for _, item := range of.items {
		possible = possible || equatable(what.kind(), item.kind())
	}
	switch items, uniform := of.uniform(); {
	case uniform && static(what) && what.kind() != items:
		r.mixed(e, "in", what.kind(), items)
		return nil, false
	case !possible:
		r.neverEqual(e, what.kind(), of.items[0].kind(), false)
	}
	return membership{what, of}, true
}

// uniform returns the kind of all items, if it is one.
func (n literals) uniform() (kind, bool) {
	for _, item := range n.items {
		if item.kind() != n.items[0].kind() {
			return kindAny, false
		}
	}
	if len(n.items) == 0 {
		return kindAny, false
	}
	return n.items[0].kind(), true
}
