package condition_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/condition"
)

var conditions = flag.Int("conditions", 2500, "how many conditions to compare with CEL")

// values holds the JSON text of each input, or nothing for one without a value.
type values map[string]json.RawMessage

// TestOracle asks CEL and expr-lang what random conditions come to for random
// values: it has to be the same.
func TestOracle(t *testing.T) {
	env := celEnv(t)
	var tally tally
	var wait sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		wait.Go(func() {
			for i := w; i < *conditions && !t.Failed(); i += workers {
				confirm(t, env, uint64(i), &tally)
			}
		})
	}
	wait.Wait()
	t.Log(&tally)
	if !t.Failed() {
		tally.requireSpread(t)
	}
}

// valuesEach is how many sets of values each condition is put to.
const valuesEach = 8

// confirm puts the condition of one seed to both.
func confirm(t *testing.T, env *cel.Env, seed uint64, tally *tally) {
	g := newGenerator(rand.New(rand.NewPCG(seed, 1)))
	text := g.condition()
	c, problems := condition.Parse(text, g.declared)
	program, celErr := compileCEL(env, text, g.indexesUnknown)
	if c == nil {
		if tally.refuse(celErr, problems) && celErr == nil && !strings.ContainsAny(text, "&|?") {
			requireFailure(t, program, g, text, problems)
		}
		return
	}
	if repaired(problems) { // on purpose not what CEL reads
		return
	}
	ours := compileExpr(t, c.Expression(inputValue).String())
	tally.translated.Add(1)
	for range valuesEach {
		v := g.values()
		want, wantErr := false, celErr
		if celErr == nil {
			want, wantErr = evalCEL(program, v)
		}
		got, gotErr := ours.eval(t, v)
		agree := (gotErr == nil) == (wantErr == nil) && (gotErr != nil || got == want)
		if len(v) < len(g.declared) { // it may fail where CEL does not
			agree = gotErr != nil || wantErr == nil && got == want
		}
		tally.evaluate(want, wantErr)
		if !agree {
			t.Errorf("seed %d: %s\nis      %s\ntypes   %v\nvalues  %s\nCEL     %v, %v\nArgo    %v, %v",
				seed, text, ours.text, g.declared, v, want, wantErr, got, gotErr)
			return
		}
	}
}

// requireFailure checks that what is refused for its types fails in CEL too,
// whatever the values.
func requireFailure(t *testing.T, program cel.Program, g *generator, text string, problems []condition.Problem) {
	for range valuesEach {
		v := g.values()
		if is, err := evalCEL(program, v); err == nil {
			t.Errorf("%s\nis refused: %s\ntypes  %v\nvalues %s\nCEL    %v", text, written(text, problems), g.declared, v, is)
			return
		}
	}
}

func repaired(problems []condition.Problem) bool {
	return slices.ContainsFunc(problems, func(p condition.Problem) bool { return strings.Contains(p.Message, "has not escaped") })
}

// celEnv is the environment in which KFP evaluates conditions.
func celEnv(t testing.TB) *cel.Env {
	env, err := cel.NewEnv(
		cel.Variable("inputs", cel.MapType(cel.StringType, cel.MapType(cel.StringType, cel.DynType))),
		cel.CrossTypeNumericComparisons(true),
		parseJSON(),
	)
	require.NoError(t, err)
	return env
}

// parseJSON declares KFP's function parseJson.
func parseJSON() cel.EnvOption {
	return cel.Function("parseJson", cel.Overload("parse_json", []*cel.Type{cel.StringType}, cel.DynType,
		cel.UnaryBinding(func(text ref.Val) ref.Val {
			var v any
			if err := json.Unmarshal([]byte(text.Value().(string)), &v); err != nil {
				return types.WrapErr(err)
			}
			return types.DefaultTypeAdapter.NativeToValue(v)
		})))
}

// compileCEL checks and compiles a condition. Where it has an index into a
// value of unknown type, the checker of cel-go takes what is found there for
// the first type that would do, so that int(o['k']) fails for a double; such a
// condition is evaluated without what the checker found out.
func compileCEL(env *cel.Env, text string, indexesUnknown bool) (cel.Program, error) {
	parsed, issues := env.Parse(text)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	checked, issues := env.Check(parsed)
	switch {
	case issues.Err() != nil:
		return nil, issues.Err()
	case indexesUnknown:
		return env.Program(parsed)
	}
	return env.Program(checked)
}

func evalCEL(program cel.Program, v values) (bool, error) {
	parameters := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for name, text := range v {
		value := new(structpb.Value)
		if err := value.UnmarshalJSON(text); err != nil {
			return false, err
		}
		parameters.Fields[name] = value
	}
	result, _, err := program.Eval(map[string]any{
		"inputs": map[string]any{"parameter_values": parameters, "artifacts": map[string]any{}},
	})
	if err != nil {
		return false, err
	}
	return asBool(result.Value())
}

func asBool(result any) (bool, error) {
	if b, ok := result.(bool); ok {
		return b, nil
	}
	return false, fmt.Errorf("%T is not a boolean", result)
}

// argoExpression is an expression, compiled as Argo compiles it.
type argoExpression struct {
	text    string
	program *vm.Program
}

// compileExpr compiles an expression, which has to be one that is safe in a
// tag whatever the values.
func compileExpr(t testing.TB, text string) argoExpression {
	require.NotContains(t, text, "}}")
	require.NotContains(t, text, "{{")
	program, err := expr.Compile(text, expr.Env(argoEnv(nil)))
	require.NoError(t, err, text)
	return argoExpression{text, program}
}

// eval evaluates the expression of a condition, which is a boolean or fails.
func (e argoExpression) eval(t testing.TB, v values) (bool, error) {
	result, err := expr.Run(e.program, argoEnv(v))
	if err != nil {
		return false, err
	}
	require.IsType(t, true, result, e.text)
	return result.(bool), nil
}

// argoEnv is what an expression sees in Argo: texts, with no value as the
// empty text.
func argoEnv(v values) map[string]any {
	parameters := map[string]any{}
	for _, name := range inputNames {
		parameters[name] = ""
	}
	for name, text := range v {
		encoded, err := contract.EncodeParameter(text)
		if err != nil {
			panic(err) // the test's own value
		}
		parameters[name] = encoded
	}
	return map[string]any{
		"inputs": map[string]any{"parameters": parameters},
		"toJson": func(v any) (string, error) {
			text, err := json.Marshal(v)
			return string(text), err
		},
		"sprig": map[string]any{"fromJson": func(text string) any {
			var v any
			if json.Unmarshal([]byte(text), &v) != nil {
				return nil
			}
			return v
		}},
	}
}

// tally counts what became of the conditions, for a test that compares nothing
// proves nothing.
type tally struct {
	translated, undecided, mistaken, unsupported atomic.Int64 // conditions
	isTrue, isFalse, fails                       atomic.Int64 // their values in CEL
}

// refuse counts a refusal and reports whether it is for the types of a
// condition.
func (c *tally) refuse(celErr error, problems []condition.Problem) bool {
	is := func(part string) bool {
		return slices.ContainsFunc(problems, func(p condition.Problem) bool { return strings.Contains(p.Message, part) })
	}
	switch {
	case celErr == nil && is("each for its own reason"):
		c.undecided.Add(1)
	case celErr == nil && is("cannot be translated"):
		c.unsupported.Add(1)
	default:
		c.mistaken.Add(1)
		return true
	}
	return false
}

func (c *tally) evaluate(is bool, err error) {
	switch {
	case err != nil:
		c.fails.Add(1)
	case is:
		c.isTrue.Add(1)
	default:
		c.isFalse.Add(1)
	}
}

func (c *tally) String() string {
	return fmt.Sprintf("translated %d; refused %d for their types, %d as undecided, %d as unsupported; in CEL %d are true, %d false, %d fail",
		c.translated.Load(), c.mistaken.Load(), c.undecided.Load(), c.unsupported.Load(), c.isTrue.Load(), c.isFalse.Load(), c.fails.Load())
}

// requireSpread checks that no outcome is rare.
func (c *tally) requireSpread(t *testing.T) {
	require.Greater(t, c.translated.Load(), c.mistaken.Load())
	require.Greater(t, c.translated.Load(), 2*(c.undecided.Load()+c.unsupported.Load()))
	all := c.isTrue.Load() + c.isFalse.Load() + c.fails.Load()
	for _, some := range []*atomic.Int64{&c.isTrue, &c.isFalse, &c.fails} {
		require.Greater(t, some.Load(), all/10)
	}
}
