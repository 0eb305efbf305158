package expression

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// TestSimplified has expr-lang evaluate random expressions, as they are built
// and simplified: where the first gives a text, the second gives the same. The
// members of a literal that is shielded may be in another order.
func TestSimplified(t *testing.T) {
	changed := 0
	for seed := range uint64(3000) {
		g := generator{rand.New(rand.NewPCG(seed, 7))}
		n := g.text(4)
		simple := simplified(n)
		before, after := printed(n, declares), printed(simple, declares)
		if before == after {
			continue
		}
		changed++
		for range 4 {
			env := g.environment()
			want, err := run(before, env)
			if err != nil {
				continue
			}
			got, err := run(after, env)
			require.NoError(t, err, "%s\n%s\n%v", before, after, env)
			requireAlike(t, want, got, fmt.Sprintf("%s\n%s\n%v", before, after, env))
		}
	}
	require.Greater(t, changed, 1000)
}

func requireAlike(t *testing.T, want, got any, message string) {
	t.Helper()
	a, isText := want.(string)
	b, isTextToo := got.(string)
	if isText && isTextToo && a != b && json.Valid([]byte(a)) && json.Valid([]byte(b)) {
		require.JSONEq(t, a, b, message)
		return
	}
	require.Equal(t, want, got, message)
}

func run(text string, env map[string]any) (any, error) {
	program, err := expr.Compile(text, expr.Env(env))
	if err != nil {
		return nil, err
	}
	return expr.Run(program, env)
}

// generator makes random expressions of references, of which it knows what they
// may hold, and what they hold.
type generator struct{ *rand.Rand }

func (g generator) environment() map[string]any {
	pick := func(texts ...string) string { return texts[g.IntN(len(texts))] }
	parameter := func() string {
		return pick("", `"a"`, `"{\u007b \u0024"`, "3", "true", `{"k":"v"}`, `["{",{"a":1}]`, `""`)
	}
	return map[string]any{
		"inputs":   map[string]any{"parameters": map[string]any{"a": parameter(), "b": parameter()}},
		"workflow": map[string]any{"name": pick("run-1", "x.y"), "parameters": map[string]any{"t": pick("", "{{x}}", "$(X)", `a"b`, "{", "é<>")}},
		"tasks":    map[string]any{"t": map[string]any{"status": pick("Succeeded", "Failed", "")}},
		"toJson": func(v any) (string, error) {
			text, err := json.Marshal(v)
			return string(text), err
		},
	}
}

// text is an expression that gives a text.
func (g generator) text(depth int) node {
	if depth == 0 {
		return g.leaf()
	}
	next := func() node { return g.text(depth - 1) }
	switch g.IntN(8) {
	case 0:
		return operation{"+", []node{next(), next(), g.leaf()}}
	case 1:
		return condition{g.truth(depth - 1), next(), next()}
	case 2:
		return shield{next()}
	case 3:
		return function("toJson", next())
	case 4:
		of := g.leaf()
		return condition{isEmpty(of), text(""), operation{"+", []node{of, next()}}}
	case 5:
		of := g.leaf()
		return condition{isEmpty(of), text(""), shield{of}}
	case 6:
		v := name{fmt.Sprintf("v%d", depth)}
		return let{v.text, next(), operation{"+", []node{v, next()}}}
	}
	return next()
}

func (g generator) leaf() node {
	leaves := []node{
		text(""), text("{"), text("{{"), text("$"), text("plain"), text(`"{"`), text("<"),
		Input("a").node, Input("b").Holding(contract.String).node, Argument("t").node, WorkflowName().node,
	}
	return leaves[g.IntN(len(leaves))]
}

func (g generator) truth(depth int) node {
	switch g.IntN(6) {
	case 0:
		return literal{g.IntN(2) == 0}
	case 4:
		return isEmpty(operation{"+", []node{g.leaf(), g.leaf()}})
	case 1:
		return negation{g.truth(max(depth-1, 0))}
	case 2:
		return operation{"&&", []node{g.truth(0), g.truth(0)}}
	case 3:
		return operation{"||", []node{Succeeded("t").node, literal{g.IntN(2) == 0}}}
	}
	return isEmpty(g.leaf())
}

// TestLaidOut has expr-lang evaluate random expressions on one line and broken
// into several: they give the same.
func TestLaidOut(t *testing.T) {
	broken := 0
	for seed := range uint64(1000) {
		g := generator{rand.New(rand.NewPCG(seed, 11))}
		n := g.text(6)
		flat, laid := printed(n, declares), laidOut(n, declares, "")
		if flat == laid {
			require.LessOrEqual(t, len(flat), 200)
			continue
		}
		broken++
		for line := range strings.Lines(laid) {
			require.LessOrEqual(t, len(line), 200, laid)
			require.Equal(t, strings.TrimRight(line, " \n"), strings.TrimSuffix(line, "\n"), laid)
		}
		env := g.environment()
		want, err := run(flat, env)
		got, laidErr := run(laid, env)
		require.Equal(t, err == nil, laidErr == nil, laid)
		require.Equal(t, want, got, laid)
	}
	require.Greater(t, broken, 100)
}

// TestLayText breaks texts in each way that the parts could come to mean
// something else.
func TestLayText(t *testing.T) {
	for _, unit := range []string{"a", "{", "}", "$", `\`, `"`, "'", `\u003c`, "é", "a, ", "a "} {
		whole := strings.Repeat(unit, 400)
		laid := laidOut(text(whole), declares, "")
		require.NotContains(t, laid, "{{")
		require.NotContains(t, laid, "}}")
		got, err := run(laid, nil)
		require.NoError(t, err, laid)
		require.Equal(t, whole, got)
		if unit == "a, " {
			require.Contains(t, laid, " '\n  + 'a")
		}
	}
}
