package cases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"os"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// Result is what has become of a run.
type Result struct {
	Run *progress.Run
	// Outputs are the parameters among the outputs of the pipeline.
	Outputs map[string]json.RawMessage
	// Fetch brings an artifact of a task to a path that is not there yet.
	Fetch func(task, name, to string) error
}

// Check returns what is otherwise than expected, a line for each. The directory is
// for artifacts.
func (c *Case) Check(r Result, dir string) []string {
	var wrong []string
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if got := stateOf(r.Run.Status, false); got != c.Outcome {
		bad("the run has %s, not %s%s", got, c.Outcome, because(r.Run.Message))
	}
	for _, path := range slices.Sorted(maps.Keys(c.Tasks)) {
		wrong = append(wrong, c.checkTask(r.Run, path)...)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Outputs)) {
		got, ok := r.Outputs[name]
		switch {
		case !ok:
			bad("the run has no output %q", name)
		case !equal(got, c.Outputs[name]):
			bad("output %q is %s, not %s", name, got, c.Outputs[name])
		}
	}
	for i, path := range slices.Sorted(maps.Keys(c.Artifacts)) {
		if problem := checkArtifact(r, path, c.Artifacts[path], fmt.Sprintf("%s/%d", dir, i)); problem != "" {
			bad("%s: artifact %s %s", c.at["artifacts."+path], path, problem)
		}
	}
	return wrong
}

func because(message string) string {
	if message == "" {
		return ""
	}
	return ": " + message
}

// checkTask compares the tasks that a path leads to: one, or those of all
// iterations of the loops on the way.
func (c *Case) checkTask(run *progress.Run, path string) []string {
	var wrong []string
	found := tasks(run, path)
	if len(found) == 0 {
		return []string{fmt.Sprintf("%s: the run has no task %q", c.at["tasks."+path], path)}
	}
	for _, t := range found {
		if got := stateOf(t.Status, t.Cached); got != c.Tasks[path] {
			wrong = append(wrong, fmt.Sprintf("task %s is %s, not %s%s", t.Path, got, c.Tasks[path], because(t.Message)))
		}
	}
	return wrong
}

// tasks finds tasks by a path as it is shown, or by their keys.
func tasks(run *progress.Run, path string) []*progress.Task {
	var found []*progress.Task
	run.Walk(func(t *progress.Task, _ int) {
		if t.Path == path {
			found = append(found, t)
		}
	})
	if len(found) > 0 {
		return found
	}
	return run.Find(strings.Split(path, "."))
}

// stateOf is the state in the words of cases.
func stateOf(s progress.Status, cached bool) string {
	if cached && s.State == progress.Succeeded {
		return Cached
	}
	return strings.ToLower(s.State.String())
}

// checkArtifact compares a file of an artifact, and returns what is wrong.
func checkArtifact(r Result, path string, want Content, to string) string {
	parts := strings.SplitN(path, "/", 3)
	if err := r.Fetch(parts[0], parts[1], to); err != nil {
		return "cannot be had: " + err.Error()
	}
	file := to
	if len(parts) == 3 {
		file += "/" + parts[2]
	}
	got, err := os.ReadFile(file)
	switch {
	case err != nil:
		return "cannot be read: " + strings.TrimPrefix(err.Error(), "open "+to)
	case want.Text != nil && string(got) != *want.Text:
		return fmt.Sprintf("holds %s, not %s", excerpt(got), excerpt([]byte(*want.Text)))
	case want.Contains != nil && !bytes.Contains(got, []byte(*want.Contains)):
		return fmt.Sprintf("holds %s, which does not contain %s", excerpt(got), excerpt([]byte(*want.Contains)))
	case want.JSON != nil && !equal(got, want.JSON):
		return fmt.Sprintf("holds %s, not %s", excerpt(got), want.JSON)
	}
	return ""
}

// excerpt quotes the beginning of a text.
func excerpt(text []byte) string {
	const most = 300
	if len(text) > most {
		return fmt.Sprintf("%q… (%d bytes)", text[:most], len(text))
	}
	return fmt.Sprintf("%q", text)
}

// equal compares JSON by its meaning: 1 and 1.0 are the same.
func equal(a, b []byte) bool {
	var x, y any
	return decode(a, &x) == nil && decode(b, &y) == nil && same(x, y)
}

// decode reads JSON, in which numbers stay as they are written.
func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}

func same(a, b any) bool {
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		if !ok {
			return false
		}
		return sameNumber(a, b)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, same)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, same)
	}
	return a == b
}

// sameNumber compares numbers: those without an exponent whatever their length.
func sameNumber(a, b json.Number) bool {
	if strings.ContainsAny(a.String()+b.String(), "eE") {
		x, errX := a.Float64()
		y, errY := b.Float64()
		return errX == nil && errY == nil && x == y
	}
	x, okX := new(big.Rat).SetString(a.String())
	y, okY := new(big.Rat).SetString(b.String())
	return okX && okY && x.Cmp(y) == 0
}
