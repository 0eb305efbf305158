package diag_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// render prints diagnostics about a text.
func render(t *testing.T, text string, opts diag.Options, diags ...diag.Diagnostic) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, diag.Render(&b, diag.Source{Name: "pipeline.yaml", Text: []byte(text)}, diags, opts))
	return b.String()
}

func TestRender(t *testing.T) {
	forty := strings.Repeat("\n", 40)
	long := strings.Repeat("a", 60) + strings.Repeat("b", 60) + strings.Repeat("c", 60)
	for _, tc := range []struct {
		name, text string
		diagnostic diag.Diagnostic
		want       string
	}{
		{
			"error", forty + "          outputArtifactKey: model\n",
			diag.Diagnostic{
				Code: diag.UnknownField, Span: diag.Span{Line: 41, Column: 30, Width: 5},
				Message: `task "eval" reads output "model" of "train", which has no such output`,
				Hint:    `"train" has outputs: checkpoint, metrics`,
			},
			`pipeline.yaml:41:30: task "eval" reads output "model" of "train", which has no such output [unknown-field]
   |
41 |           outputArtifactKey: model
   |                              ^^^^^
   = hint: "train" has outputs: checkpoint, metrics
`,
		}, {
			"warning", "a: b",
			diag.Diagnostic{Code: diag.WrongType, Severity: diag.Warning, Span: diag.Span{Line: 1, Column: 4, Width: 1}, Message: "this is odd"},
			"pipeline.yaml:1:4: warning: this is odd [wrong-type]\n  |\n1 | a: b\n  |    ^\n",
		}, {
			"whole file", "",
			diag.Diagnostic{Code: diag.MissingPipeline, Message: "nothing here", Hint: "write something"},
			"pipeline.yaml: nothing here [missing-pipeline]\n   = hint: write something\n",
		}, {
			"end of line", "a:\nb: 1\n",
			diag.Diagnostic{Code: diag.WrongType, Span: diag.Span{Line: 1, Column: 3, Width: 1}, Message: "a is empty"},
			"pipeline.yaml:1:3: a is empty [wrong-type]\n  |\n1 | a:\n  |   ^\n",
		}, {
			"beyond the text", "a: 1\n",
			diag.Diagnostic{Code: diag.WrongType, Span: diag.Span{Line: 7, Column: 9, Width: 9}, Message: "nowhere"},
			"pipeline.yaml:7:9: nowhere [wrong-type]\n",
		}, {
			"beyond the line", "a: 1\n",
			diag.Diagnostic{Code: diag.WrongType, Span: diag.Span{Line: 1, Column: 90, Width: 9}, Message: "nowhere"},
			"pipeline.yaml:1:90: nowhere [wrong-type]\n  |\n1 | a: 1\n  |     ^\n",
		}, {
			"tabs", "{\ta:\tb}",
			diag.Diagnostic{Code: diag.WrongType, Span: diag.Span{Line: 1, Column: 6, Width: 1}, Message: "tabs"},
			"pipeline.yaml:1:6: tabs [wrong-type]\n  |\n1 | {    a:    b}\n  |            ^\n",
		}, {
			"wide characters", "訓練: 評価 x",
			diag.Diagnostic{Code: diag.WrongType, Span: diag.Span{Line: 1, Column: 5, Width: 2}, Message: "wide"},
			"pipeline.yaml:1:5: wide [wrong-type]\n  |\n1 | 訓練: 評価 x\n  |       ^^^^\n",
		}, {
			"combining characters", "cafe\u0301: x",
			diag.Diagnostic{Code: diag.WrongType, Span: diag.Span{Line: 1, Column: 8, Width: 1}, Message: "combining"},
			"pipeline.yaml:1:8: combining [wrong-type]\n  |\n1 | cafe\u0301: x\n  |       ^\n",
		}, {
			"terminal escapes", "a: \x1b[31m\u202eb",
			diag.Diagnostic{Code: diag.WrongType, Span: diag.Span{Line: 1, Column: 10, Width: 1}, Message: "bad \x1b[0m\nname"},
			"pipeline.yaml:1:10: bad ␛[0m␊name [wrong-type]\n  |\n1 | a: ␛[31m\ufffdb\n  |          ^\n",
		}, {
			"carriage returns", "a: 1\r\nb: 2\rc: 3\u2028d: 4",
			diag.Diagnostic{Code: diag.WrongType, Span: diag.Span{Line: 4, Column: 4, Width: 1}, Message: "four"},
			"pipeline.yaml:4:4: four [wrong-type]\n  |\n4 | d: 4\n  |    ^\n",
		}, {
			"byte order mark", "\ufeffa: 1",
			diag.Diagnostic{Code: diag.WrongType, Span: diag.Span{Line: 1, Column: 1, Width: 1}, Message: "mark"},
			"pipeline.yaml:1:1: mark [wrong-type]\n  |\n1 | a: 1\n  | ^\n",
		}, {
			"long line, middle", long,
			diag.Diagnostic{Code: diag.WrongType, Span: diag.Span{Line: 1, Column: 91, Width: 4}, Message: "long"},
			"pipeline.yaml:1:91: long [wrong-type]\n  |\n1 | …" + strings.Repeat("a", 18) + strings.Repeat("b", 60) + strings.Repeat("c", 22) +
				"…\n  |  " + strings.Repeat(" ", 48) + "^^^^\n",
		}, {
			"long line, start", long,
			diag.Diagnostic{Code: diag.WrongType, Span: diag.Span{Line: 1, Column: 2, Width: 1}, Message: "long"},
			"pipeline.yaml:1:2: long [wrong-type]\n  |\n1 | " + long[:100] + "…\n  |  ^\n",
		}, {
			"long line, end", long,
			diag.Diagnostic{Code: diag.WrongType, Span: diag.Span{Line: 1, Column: 180, Width: 1}, Message: "long"},
			"pipeline.yaml:1:180: long [wrong-type]\n  |\n1 | …" + long[80:] + "\n  |  " + strings.Repeat(" ", 99) + "^\n",
		}, {
			"long span", long,
			diag.Diagnostic{Code: diag.WrongType, Span: diag.Span{Line: 1, Column: 1, Width: 180}, Message: "long"},
			"pipeline.yaml:1:1: long [wrong-type]\n  |\n1 | " + long[:100] + "…\n  | " + strings.Repeat("^", 60) + "\n",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			require.Equal(t, tc.want, render(t, tc.text, diag.Options{}, tc.diagnostic))
		})
	}
}

func TestRenderColor(t *testing.T) {
	got := render(t, "a: b", diag.Options{Color: true},
		diag.Diagnostic{Code: diag.WrongType, Span: diag.Span{Line: 1, Column: 4, Width: 1}, Message: "this is odd", Hint: "mend it"})
	require.Equal(t, "\x1b[1mpipeline.yaml:1:4:\x1b[0m this is odd [wrong-type]\n"+
		"\x1b[34m  |\x1b[0m\n\x1b[34m1 |\x1b[0m a: b\n\x1b[34m  |\x1b[0m    \x1b[31m^\x1b[0m\n  \x1b[34m=\x1b[0m hint: mend it\n", got)
}

func TestRenderLimit(t *testing.T) {
	var many []diag.Diagnostic
	for i := range 103 {
		many = append(many, diag.Diagnostic{Code: diag.WrongType, Message: fmt.Sprintf("problem %d", i)})
	}
	got := render(t, "", diag.Options{}, many...)
	require.True(t, strings.HasSuffix(got, "\n\npipeline.yaml: problem 99 [wrong-type]\n\n3 more problems\n"), got)
	require.Equal(t, "pipeline.yaml: problem 0 [wrong-type]\n\n1 more problem\n", render(t, "", diag.Options{Limit: 1}, many[:2]...))
	require.NotContains(t, render(t, "", diag.Options{}, many[:100]...), "more")
}

// full is a disk without space.
type full struct{}

var errFull = errors.New("no space left")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestRenderFails(t *testing.T) {
	err := diag.Render(full{}, diag.Source{}, []diag.Diagnostic{{Message: "x"}}, diag.Options{})
	require.ErrorIs(t, err, errFull)
}

func TestRenderOtherSources(t *testing.T) {
	at := diag.Span{Line: 1, Column: 1, Width: 1}
	got := render(t, "a: 1", diag.Options{Others: []diag.Source{{Name: "b.yaml", Text: []byte("b: 2")}, {Name: "c.yaml"}}},
		diag.Diagnostic{Code: diag.WrongType, Span: at, Message: "first"},
		diag.Diagnostic{Code: diag.WrongType, Source: 1, Span: at, Message: "second"},
		diag.Diagnostic{Code: diag.WrongType, Source: 2, Message: "third"},
		diag.Diagnostic{Code: diag.WrongType, Source: 3, Span: at, Message: "fourth"})
	require.Equal(t, `pipeline.yaml:1:1: first [wrong-type]
  |
1 | a: 1
  | ^

b.yaml:1:1: second [wrong-type]
  |
1 | b: 2
  | ^

c.yaml: third [wrong-type]

<text 3>:1:1: fourth [wrong-type]
`, got)
}
