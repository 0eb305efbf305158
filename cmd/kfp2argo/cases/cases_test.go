package cases_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/cases"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// TestMistakes reads files that are wrong. Each mistake is named with its place.
func TestMistakes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "f:1:1: there are no cases; expected cases: [{name: …}]"},
		{"cases: []", "f:1:1: there are no cases"},
		{"cases: {}", "f:1:8: cases must be a list"},
		{"case: []", `f:1:1: the file has no field "case"; did you mean "cases"?`},
		{"cases: [{}]", "f:1:9: a case needs a name"},
		{"cases: [{name: 3}]", "f:1:16: name must be a text; put it into quotes\nf:1:9: a case needs a name"},
		{"cases:\n- {name: a}\n- {name: a}", `f:3:3: there are two cases "a"`},
		{"cases: [{name: a, outcome: good}]", `f:1:28: outcome is "good"; it can be succeeded, failed`},
		{"cases: [{name: a, tasks: {b: ran}}]", `f:1:30: the state of a task is "ran"; it can be succeeded, failed, skipped, omitted, cached`},
		{"cases: [{name: a, tasks: {b: failed, b: failed}}]", `f:1:38: tasks has the key "b" twice, or one that is no text`},
		{"cases: [{name: a, timeout: 5}]", "f:1:28: timeout must be a text; put it into quotes\nf:1:28: timeout must be a duration such as 90s"},
		{"cases: [{name: a, artifacts: {b: {text: x}}}]", `f:1:31: "b" names no artifact; expected TASK/NAME or TASK/NAME/FILE`},
		{"cases: [{name: a, artifacts: {a/b/../c: {text: x}}}]", `f:1:31: "a/b/../c" names no artifact; expected TASK/NAME or TASK/NAME/FILE`},
		{"cases: [{name: a, artifacts: {a/b: {text: x, json: 1}}}]", "f:1:36: an artifact needs one of text, contains and json"},
		{"cases: [{name: a, standIns: {b: {command: [x], outputs: {}}}}]", "f:1:33: a stand-in has either a command or outputs"},
		{"cases: [{name: a, standIns: {b: {args: [x]}}}]", "f:1:33: a stand-in needs a command"},
		{"cases: [{name: a, standIns: {b: {imge: x}}}]", `f:1:34: a stand-in has no field "imge"; did you mean "image"?`},
		{"cases: [{name: a, outputs: {x: .nan}}]", "f:1:32: outputs.x is no value of a parameter: json: unsupported value: NaN"},
		{"a: b: c", "f: yaml: mapping values are not allowed in this context"},
	} {
		_, err := cases.Read("f", []byte(c.text))
		require.EqualError(t, err, c.want, c.text)
	}
}

// TestArguments are written as for -p.
func TestArguments(t *testing.T) {
	f, err := cases.Read("f", []byte(`cases: [{name: a, arguments: {t: "3", n: 3, b: true, l: [1, x], z: null}}]`))
	require.NoError(t, err)
	require.Equal(t, map[string]string{"t": "3", "n": "3", "b": "true", "l": `[1,"x"]`, "z": "null"}, f.Cases[0].Arguments)
	require.Equal(t, cases.Succeeded, f.Cases[0].Outcome)
	require.Equal(t, cases.DefaultTimeout, f.Cases[0].Timeout)
}

func replaced(t *testing.T, pipeline, standIns string) (string, error) {
	t.Helper()
	text, err := os.ReadFile(pipeline)
	require.NoError(t, err)
	whole, _, err := translate.PipelineJSON(diag.Source{Name: pipeline, Text: text})
	require.NoError(t, err)
	f, err := cases.Read("f", []byte("cases: [{name: a, standIns: "+standIns+"}]"))
	require.NoError(t, err)
	made, err := f.Cases[0].Replace(whole)
	if err != nil {
		return "", err
	}
	w, found, err := translate.Translate(diag.Source{Name: "made", Text: made}, translate.Options{})
	require.NoError(t, err)
	require.NotNil(t, w, "%v", found)
	var b strings.Builder
	require.NoError(t, translate.Print(&b, w, "made"))
	return b.String(), nil
}

// TestStandIns puts programs in the place of tasks, in loops and pipelines too.
// Others of the same component stay as they are.
func TestStandIns(t *testing.T) {
	made, err := replaced(t, "../../../examples/shell.yaml", `{split: {outputs: {words: [a, "{{item}}"], count: 2}, artifacts: {file: "{{$}}"}}, for-loop-2.shout: {command: [echo, instead]}}`)
	require.NoError(t, err)
	require.NotContains(t, made, "set -f")
	require.NotContains(t, made, "tr a-z A-Z")
	require.Contains(t, made, "WyJhIiwie3tpdGVtfX0iXQ==")
	require.Contains(t, made, "[echo, instead]")

	made, err = replaced(t, "../../../examples/kubernetes_config.yaml", `{}`)
	require.NoError(t, err)
	require.Contains(t, made, "secretKeyRef", "the options of the platform stay")

	for standIns, want := range map[string]string{
		`{splitt: {command: [x]}}`:                        `f:1:30: the pipeline has no task "splitt"; did you mean "split"?`,
		`{split.inner: {command: [x]}}`:                   `f:1:30: the pipeline has no task "split.inner"; there is nothing inside`,
		`{split: {outputs: {count: 1}}}`:                  `f:1:30: the stand-in gives no output parameter "words"`,
		`{split: {outputs: {words: [], count: 1, x: 1}}}`: `f:1:30: the task has no output parameter "x"; it has count, words`,
		`{for-loop-2.shout: {artifacts: {x: y}}}`:         `f:1:30: the task has no output artifact "x", nor any other`,
	} {
		_, err := replaced(t, "../../../examples/shell.yaml", standIns)
		require.EqualError(t, err, want)
	}
	_, err = replaced(t, "../../../examples/hello.yaml", `{greet: {outputs: {Output: 3}}}`)
	require.EqualError(t, err, `f:1:30: output "Output": it must be a text, not 3`)
}

// TestCheck compares a run with what is expected of it.
func TestCheck(t *testing.T) {
	state := func(s progress.State) progress.Status { return progress.Status{State: s} }
	iteration := func(path string, s progress.State) *progress.Task {
		inner := &progress.Task{Key: "fit", Path: path + ".fit", Index: -1, Status: state(s)}
		return &progress.Task{Path: path, Index: 0, Status: state(s), Inside: []*progress.Task{inner}}
	}
	run := &progress.Run{Status: progress.Status{State: progress.Failed, Message: "no"}, Tasks: []*progress.Task{
		{Key: "load", Path: "load", Index: -1, Status: state(progress.Succeeded), Cached: true},
		{Key: "loop", Path: "loop", Index: -1, Kind: progress.Loop, Status: state(progress.Failed),
			Inside: []*progress.Task{iteration("loop-0", progress.Succeeded), iteration("loop-1", progress.Failed)}},
	}}
	result := cases.Result{Run: run,
		Outputs: map[string]json.RawMessage{"n": json.RawMessage("1.0"), "l": json.RawMessage(`[{"a": 12345678901234567890}]`)},
		Fetch: func(task, name, to string) error {
			if task != "load" {
				return errors.New("gone")
			}
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				return err
			}
			return os.WriteFile(to, []byte(`{"x": 1}`), 0o600)
		}}
	for _, c := range []struct{ expected, want string }{
		{`outcome: failed, tasks: {load: cached, loop: failed, loop-0.fit: succeeded}, outputs: {n: 1, l: [{a: 12345678901234567890}]}`, ""},
		{`artifacts: {load/x: {json: {x: 1.0}}}, outcome: failed`, ""},
		{`artifacts: {load/x: {contains: '"x"'}}, outcome: failed`, ""},
		{``, "the run has failed, not succeeded: no"},
		{`outcome: failed, tasks: {loop.fit: failed}`, "task loop-0.fit is succeeded, not failed"},
		{`outcome: failed, tasks: {load: succeeded}`, "task load is cached, not succeeded"},
		{`outcome: failed, outputs: {l: [{a: 12345678901234567891}], n: 1.5}`, "output \"l\" is [{\"a\": 12345678901234567890}], not [{\"a\":12345678901234567891}]\noutput \"n\" is 1.0, not 1.5"},
		{`outcome: failed, artifacts: {other/x: {text: a}}`, "f:1:51: artifact other/x cannot be had: gone"},
		{`outcome: failed, artifacts: {load/x: {text: a}}`, `f:1:51: artifact load/x holds "{\"x\": 1}", not "a"`},
		{`outcome: failed, artifacts: {load/x/y: {text: a}}`, `f:1:51: artifact load/x/y cannot be read: /y: not a directory`},
	} {
		f, err := cases.Read("f", []byte("cases: [{name: case, "+c.expected+"}]"))
		require.NoError(t, err)
		require.Equal(t, c.want, strings.Join(f.Cases[0].Check(result, t.TempDir()), "\n"), c.expected)
	}
}

// FuzzRead requires that each mistake has a place, and that what is read can be
// put into a pipeline or is refused.
func FuzzRead(f *testing.F) {
	f.Add("cases: [{name: a, standIns: {split: {command: [x]}, for-loop-2.shout: {command: [x]}}}]")
	f.Add("cases: [{name: a, tasks: {a: failed}, arguments: {b: [1, {c: null}]}, timeout: 5s}]")
	f.Add("cases: [{name: &a b, artifacts: {x/y: {json: *a}}}]")
	text, err := os.ReadFile("../../../examples/testing/shell.test.yaml")
	require.NoError(f, err)
	f.Add(string(text))
	pipeline, err := os.ReadFile("../../../examples/shell.yaml")
	require.NoError(f, err)
	whole, _, err := translate.PipelineJSON(diag.Source{Name: "shell.yaml", Text: pipeline})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := cases.Read("f", []byte(text))
		if err != nil {
			for line := range strings.Lines(err.Error()) {
				require.True(t, strings.HasPrefix(line, "f:"), line)
				break
			}
			return
		}
		for _, c := range file.Cases {
			if made, err := c.Replace(whole); err == nil {
				require.True(t, json.Valid(made))
			}
		}
	})
}
