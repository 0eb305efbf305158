package refcheck

import (
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// scope is what an expression may refer to.
type scope struct {
	inputs    []string
	arguments []string
	// outputs lists the outputs of each task that has succeeded before, ended
	// those of each that has ended.
	outputs, ended map[string][]string
	// item says that the expression belongs to a loop.
	item bool
	// resource says that the expression belongs to a template in which Argo
	// creates or deletes an object.
	resource bool
	// pod says that Argo fills in the expression when it makes the pod.
	pod bool
	// lenient says that a reference to nothing takes a default: that of an
	// output of the template.
	lenient bool
}

func (c *checker) scopeOf(t *wfv1.Template) scope {
	s := scope{outputs: map[string][]string{}, ended: map[string][]string{}, resource: t.Resource != nil}
	for _, p := range t.Inputs.Parameters {
		s.inputs = append(s.inputs, p.Name)
	}
	for _, p := range c.workflow.Spec.Arguments.Parameters {
		s.arguments = append(s.arguments, p.Name)
	}
	return s
}

// outputsScope is what the outputs of a DAG may refer to: all its tasks.
func (c *checker) outputsScope(t *wfv1.Template) scope {
	s := c.scopeOf(t)
	s.lenient = true
	for _, task := range t.DAG.Tasks {
		s.outputs[task.Name] = c.outputsOf(task)
		s.ended[task.Name] = c.outputsOf(task)
	}
	return s
}

// taskScope is what a task may refer to: the tasks before it.
func (c *checker) taskScope(t *wfv1.Template, task *wfv1.DAGTask) scope {
	s := c.scopeOf(t)
	s.item = len(task.WithItems) > 0 || task.WithParam != ""
	succeeded, ended := ancestors(t, task.Name, mustSucceed), ancestors(t, task.Name, mustEnd)
	for _, other := range t.DAG.Tasks {
		if slices.Contains(succeeded, other.Name) {
			s.outputs[other.Name] = c.outputsOf(other)
		}
		if slices.Contains(ended, other.Name) {
			s.ended[other.Name] = c.outputsOf(other)
		}
	}
	return s
}

func (c *checker) outputsOf(task wfv1.DAGTask) []string {
	var names []string
	if callee := c.templates[task.Template]; callee != nil {
		for _, o := range callee.Outputs.Parameters {
			names = append(names, o.Name)
		}
	}
	return names
}

// tags checks every tag in a text: expressions, the simple tags that are
// allowed, and KFP's placeholders, which Argo leaves alone.
func (c *checker) tags(where, text string, s scope, allowed []string) {
	for {
		_, rest, ok := strings.Cut(text, "{{")
		if !ok {
			return
		}
		tag, after, ok := strings.Cut(rest, "}}")
		if !ok {
			c.problem("%s: a tag is not closed: %.60s", where, rest)
			return
		}
		text = after
		expression, isExpression := strings.CutPrefix(tag, "=")
		switch {
		case isExpression:
			c.expression(where, expression, s)
		case strings.HasPrefix(tag, "$"), slices.Contains(allowed, tag):
		default:
			c.problem("%s: the tag {{%s}} is not allowed", where, tag)
		}
	}
}

// expression checks what an expression refers to.
func (c *checker) expression(where, text string, s scope) {
	if text == "" {
		return
	}
	tree, err := parser.Parse(text)
	if err != nil {
		c.problem("%s: %v", where, err)
		return
	}
	v := &visitor{checker: c, where: where, scope: s}
	v.walk(tree.Node)
	for _, task := range v.guessed {
		if !s.lenient && !slices.Contains(v.required, task) {
			c.problem("%s: takes task %s for one without outputs as long as it has not run", where, task)
		}
	}
}

// visitor walks an expression from the outside in, so that a chain of members
// is looked at as a whole.
type visitor struct {
	*checker
	where     string
	scope     scope
	variables []string
	// guessed are the tasks whose outputs the expression can do without,
	// required those whose status it cannot do without. Argo evaluates a DAG's
	// tags once before any of its tasks has run, and takes what it gets.
	guessed, required []string
}

func (v *visitor) walk(node ast.Node) {
	switch n := node.(type) {
	case *ast.IdentifierNode:
		if !slices.Contains(v.variables, n.Value) && (n.Value != "item" || !v.scope.item) {
			v.problem("%s: %s stands alone", v.where, n.Value)
		}
	case *ast.MemberNode:
		v.member(n)
	case *ast.VariableDeclaratorNode:
		v.walk(n.Value)
		v.variables = append(v.variables, n.Name)
		v.walk(n.Expr)
	case *ast.CallNode:
		v.call(n)
	case *ast.BuiltinNode:
		if n.Name == "get" && v.maybeOutputs(n) {
			return
		}
		v.walkAll(n.Arguments)
	default:
		v.walkAll(children(node))
	}
}

func (v *visitor) walkAll(nodes []ast.Node) {
	for _, node := range nodes {
		v.walk(node)
	}
}

// maybeOutputs recognises the form that reads the outputs of a task which may
// have none: get(get(tasks['a'], 'outputs'), 'parameters').
func (v *visitor) maybeOutputs(n *ast.BuiltinNode) bool {
	inner, ok := n.Arguments[0].(*ast.BuiltinNode)
	if !ok || inner.Name != "get" {
		return false
	}
	member, ok := inner.Arguments[0].(*ast.MemberNode)
	if !ok {
		return false
	}
	path, ok := memberPath(member)
	if !ok || len(path) != 2 || path[0] != "tasks" {
		return false
	}
	if _, ended := v.scope.ended[path[1]]; !ended {
		v.problem("%s: may read outputs of task %s, which has not ended before", v.where, path[1])
	}
	v.guessed = append(v.guessed, path[1])
	return true
}

// call checks the arguments of a function, and of a method such as
// sprig.trim. Whether the function exists only Argo knows.
func (v *visitor) call(n *ast.CallNode) {
	if m, ok := n.Callee.(*ast.MemberNode); ok {
		if _, function := memberPath(m); !function {
			v.walk(m.Node) // what has the method
		}
	}
	for _, argument := range n.Arguments {
		v.walk(argument)
	}
}

// member checks a chain such as tasks['a'].outputs.parameters['o'].
func (v *visitor) member(n *ast.MemberNode) {
	path, ok := memberPath(n)
	if !ok {
		v.walk(n.Node)
		v.walk(n.Property)
		return
	}
	switch {
	case slices.Contains(v.variables, path[0]):
	case path[0] == "workflow" && v.scope.lenient:
		v.problem("%s: reads %s, which the outputs of a DAG do not see", v.where, strings.Join(path, "."))
	case matches(path, "inputs", "parameters"), matches(path, "workflow", "parameters"):
	case matches(path, "inputs", "parameters", "*"):
		v.declared("input", path[2], v.scope.inputs)
	case matches(path, "workflow", "parameters", "*"):
		v.declared("argument", path[2], v.scope.arguments)
	case matches(path, "workflow", "name"), matches(path, "workflow", "uid"), matches(path, "workflow", "failures"):
	case matches(path, "workflow", "scheduledTime"), matches(path, "workflow", "creationTimestamp", "RFC3339"):
	case matches(path, "node", "name") && v.scope.pod:
	case matches(path, "pod", "name") && v.scope.resource:
	case matches(path, "tasks", "*", "status"):
		v.status(path[1])
	case matches(path, "tasks", "*", "outputs", "parameters", "*"):
		v.output(path[1], path[4])
	default:
		v.problem("%s: reads %s, which is not a known reference", v.where, strings.Join(path, "."))
	}
}

// matches compares a chain of members with one in which `*` is any name.
func matches(path []string, pattern ...string) bool {
	return slices.EqualFunc(path, pattern, func(name, want string) bool { return want == "*" || name == want })
}

func (v *visitor) declared(kind, name string, known []string) {
	if !slices.Contains(known, name) {
		v.problem("%s: reads %s %s, which is not declared", v.where, kind, name)
	}
}

func (v *visitor) status(task string) {
	if _, ended := v.scope.ended[task]; !ended {
		v.problem("%s: reads the status of task %s, which has not ended before", v.where, task)
	}
	v.required = append(v.required, task)
}

func (v *visitor) output(task, name string) {
	outputs, ok := v.scope.outputs[task]
	switch {
	case !ok:
		v.problem("%s: reads an output of task %s, which has not succeeded before", v.where, task)
	case !slices.Contains(outputs, name):
		v.problem("%s: reads output %s of task %s, which has no such output", v.where, name, task)
	}
}

// memberPath returns the names of a chain of members, or false where one of
// them is computed.
func memberPath(n *ast.MemberNode) ([]string, bool) {
	property, ok := n.Property.(*ast.StringNode)
	if !ok {
		return nil, false
	}
	switch of := n.Node.(type) {
	case *ast.IdentifierNode:
		return []string{of.Value, property.Value}, true
	case *ast.MemberNode:
		path, ok := memberPath(of)
		return append(path, property.Value), ok
	}
	return nil, false
}

// children lists the operands of a node that is neither a reference nor a
// declaration.
func children(node ast.Node) []ast.Node {
	switch n := node.(type) {
	case *ast.UnaryNode:
		return []ast.Node{n.Node}
	case *ast.BinaryNode:
		return []ast.Node{n.Left, n.Right}
	case *ast.ConditionalNode:
		return []ast.Node{n.Cond, n.Exp1, n.Exp2}
	case *ast.ArrayNode:
		return n.Nodes
	case *ast.ChainNode:
		return []ast.Node{n.Node}
	case *ast.SliceNode:
		return []ast.Node{n.Node, n.From, n.To}
	case *ast.SequenceNode:
		return n.Nodes
	case *ast.PredicateNode:
		return []ast.Node{n.Node}
	case *ast.PointerNode: // the item of a predicate
		return nil
	}
	return nil // a literal
}
