package budget_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// source is a pipeline whose components run programs of these sizes, one of
// them in a loop.
type source struct {
	programs    []int
	arguments   int // more of them, of 100 kB
	items       int
	description int
}

func (s source) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "pipelineInfo:\n  name: big\n  description: %q\nschemaVersion: 2.1.0\n", strings.Repeat("d", s.description))
	b.WriteString("deploymentSpec:\n  executors:\n")
	for i, size := range s.programs {
		fmt.Fprintf(&b, "    exec-%d: {container: {image: 'a:1', command: [python3, -c], args: [short, %q%s]}}\n",
			i, strings.Repeat("p", size-1)+string(rune('a'+i)), strings.Repeat(", "+strings.Repeat("q", 100_000), s.arguments))
	}
	b.WriteString("components:\n")
	for i := range s.programs {
		fmt.Fprintf(&b, "  comp-%d: {executorLabel: exec-%d, inputDefinitions: {parameters: {n: {parameterType: NUMBER_INTEGER, isOptional: true}}}}\n", i, i)
	}
	b.WriteString("root:\n  dag:\n    tasks:\n")
	for i := range s.programs {
		fmt.Fprintf(&b, "      task-%d: {taskInfo: {name: t}, componentRef: {name: comp-%d}}\n", i, i)
	}
	if s.items > 0 {
		items := strings.TrimSuffix(strings.Repeat("1,", s.items), ",")
		fmt.Fprintf(&b, "      again: {taskInfo: {name: t}, componentRef: {name: comp-0}, parameterIterator: {itemInput: n, items: {raw: '[%s]'}}}\n", items)
	}
	return b.String()
}

// many is a number of programs of 100 KiB.
func many(count int) []int { return slices.Repeat([]int{100 << 10}, count) }

func TestCheck(t *testing.T) {
	const kib = 1 << 10
	tests := map[string]struct {
		source
		maxSize int
		want    []string
	}{
		"nothing": {source: source{programs: []int{10}}},
		"the longest argument": {source: source{programs: []int{128*kib - 1}}, want: []string{
			`9:11: warning: component "comp-0" has 132688 bytes as a template; from 131072 on, Argo makes a ConfigMap for each of its pods [near-limit]`,
		}},
		"an argument that is too long": {source: source{programs: []int{128 * kib}}, want: []string{
			`7:78: an argument of the program of component "comp-0" has 131072 bytes; Linux takes 131071 at most [too-large]`,
			`9:11: warning: component "comp-0" has 132689 bytes as a template; from 131072 on, Argo makes a ConfigMap for each of its pods [near-limit]`,
		}},
		"a template that is too large": {source: source{programs: []int{10}, arguments: 11}, maxSize: -1, want: []string{
			`9:11: component "comp-0" has 1101660 bytes as a template; Argo can give a pod 1048576 at most [too-large]`,
		}},
		"a Workflow that is too large": {source: source{programs: append(many(10), 120*kib)}, want: []string{
			`29:12: the Workflow has 1154591 bytes; Argo keeps 1048576 at most [too-large]`,
		}},
		"a Workflow that is nearly so": {source: source{programs: many(9)}, want: []string{
			`17:11: warning: the Workflow has 928216 bytes before it runs; Argo keeps 1048576 at most, with the state of the run [near-limit]`,
		}},
		"another limit": {source: source{programs: many(11)}, maxSize: 4 << 20},
		"a smaller limit": {source: source{programs: many(2)}, maxSize: 200 * kib, want: []string{
			`10:11: the Workflow has 207594 bytes; Argo keeps 204800 at most [too-large]`,
		}},
		"a large description": {source: source{programs: []int{10}, description: 256 * kib}, want: []string{
			`0:0: the annotations of the Workflow have 262201 bytes; Kubernetes takes 262144 at most [too-large]`,
		}},
		"a loop": {source: source{programs: []int{10}, items: 3000}},
		"a loop that may be too large": {source: source{programs: []int{10}, items: 9000}, want: []string{
			`14:7: warning: the state of a run may come to 9004 nodes, and with the Workflow to N bytes when it is compressed; Argo keeps 1048576 at most [near-limit]`,
		}},
		"a loop that is too large": {source: source{programs: []int{10}, items: 30000}, want: []string{
			`14:7: the state of a run comes to 30004 nodes, and with the Workflow to N bytes at least when it is compressed; Argo keeps 1048576 at most [too-large]`,
		}},
		"a loop where state is offloaded": {source: source{programs: []int{10}, items: 30000}, maxSize: -1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text := diag.Source{Name: "big.yaml", Text: []byte(test.text())}
			workflow, found, err := translate.Translate(text, translate.Options{MaxSize: test.maxSize})
			require.NoError(t, err)
			var said []string
			refused := false
			for _, d := range found {
				severity := "warning: "
				if d.Severity == diag.Error {
					severity, refused = "", true
				}
				message := predicted.ReplaceAllString(d.Message, "with the Workflow to N bytes")
				said = append(said, fmt.Sprintf("%d:%d: %s%s [%s]", d.Span.Line, d.Span.Column, severity, message, d.Code))
				require.NotEmpty(t, d.Hint)
			}
			require.Equal(t, test.want, said)
			require.Equal(t, refused, workflow == nil)
		})
	}
}

// TestCheckFollowsValues makes sure that a size counts wherever the value comes
// from: a list that is looped over, and a text that reaches a command line.
func TestCheckFollowsValues(t *testing.T) {
	const form = `
pipelineInfo: {name: big}
schemaVersion: 2.1.0
deploymentSpec:
  executors: {exec-a: {container: {image: 'a:1', command: [run], args: ["x{{$.inputs.parameters['n']}}"]}}}
components:
  comp-a: {executorLabel: exec-a, inputDefinitions: {parameters: {n: {parameterType: STRING}}}}
  comp-each:
    inputDefinitions: {parameters: {items: {parameterType: LIST}, n: {parameterType: STRING}}}
    dag: {tasks: {a: {componentRef: {name: comp-a}, inputs: {parameters: {n: {componentInputParameter: n}}}}}}
root:
  inputDefinitions: {parameters: {items: {parameterType: LIST, defaultValue: %s}, text: {parameterType: STRING, defaultValue: %q}}}
  dag:
    tasks:
      a: {componentRef: {name: comp-a}, inputs: {parameters: {n: {componentInputParameter: text}}}}
      b: {componentRef: {name: comp-a}, inputs: {parameters: {n: {runtimeValue: {constant: %q}}}}}
      each:
        componentRef: {name: comp-each}
        inputs: {parameters: {items: {componentInputParameter: items}}}
        parameterIterator: {itemInput: n, items: {inputParameter: items}}
`
	many := "[" + strings.TrimSuffix(strings.Repeat("1,", 30_000), ",") + "]"
	long := strings.Repeat("t", 128<<10)
	const tooMany, tooLong = "the state of a run comes to", "an argument of the program of component"
	for name, test := range map[string]struct {
		items, text, constant string
		arguments             map[string]string
		want                  string
	}{
		"nothing":             {items: "[1]"},
		"a default list":      {items: many, want: tooMany},
		"an argument list":    {items: "[1]", arguments: map[string]string{"items": many}, want: tooMany},
		"an argument instead": {items: many, arguments: map[string]string{"items": "[1]"}},
		"a constant":          {items: "[1]", constant: long, want: tooLong},
		"a default text":      {items: "[1]", text: long, want: tooLong},
		"an argument text":    {items: "[1]", arguments: map[string]string{"text": long}, want: tooLong},
		"a text in its place": {items: "[1]", text: long, arguments: map[string]string{"text": "short"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := fmt.Sprintf(form, test.items, test.text, test.constant)
			_, found, err := translate.Translate(diag.Source{Name: "big.yaml", Text: []byte(text)}, translate.Options{Arguments: test.arguments})
			require.NoError(t, err)
			refused := slices.DeleteFunc(found, func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
			if test.want == "" {
				require.Empty(t, refused)
				return
			}
			require.Len(t, refused, 1)
			require.Equal(t, diag.TooLarge, refused[0].Code)
			require.Contains(t, refused[0].Message, test.want)
		})
	}
}

// predicted matches a size that depends on how well nodes compress.
var predicted = regexp.MustCompile(`with the Workflow to \d+ bytes`)

// TestLargest makes sure that the hint names what is largest, and where.
func TestLargest(t *testing.T) {
	text := diag.Source{Name: "big.yaml", Text: []byte(source{programs: append(many(10), 120<<10)}.text())}
	_, found, err := translate.Translate(text, translate.Options{})
	require.NoError(t, err)
	require.Equal(t, `component "comp-10" has 123376, component "comp-0" has 102895, component "comp-1" has 102895; `+
		`if the controller has another MAX_WORKFLOW_SIZE, give it as --max-size`, found[0].Hint)
}
