package graph

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// taskTitle is the name that the author gave a task to be shown.
func taskTitle(t *pipeline.Task) string {
	if name := strings.TrimSpace(t.Spec.TaskInfo.Name.Value); name != "" {
		return name
	}
	return t.Key
}

// typeTitle is the title of an artifact's type without its namespace.
//
//	system.Dataset → Dataset
func typeTitle(t contract.ArtifactType) string {
	return t.SchemaTitle[strings.LastIndex(t.SchemaTitle, ".")+1:]
}

// title says why the tasks of a group stand together.
func (s *scope) title(t *pipeline.Task, kind groupKind) string {
	var parts []string
	if t.Condition != nil {
		parts = append(parts, s.branch(t))
	}
	if t.Loop != nil {
		parts = append(parts, s.loopTitle(t))
	}
	switch kind {
	case branches:
		parts = append(parts, "one of")
	case exitHandler:
		parts = append(parts, "exit handler: "+taskTitle(t))
	case nested:
		parts = append(parts, "pipeline "+taskTitle(t))
	}
	if t.Always {
		parts = append(parts, "(always runs)")
	}
	return strings.Join(parts, " ")
}

func (s *scope) loopTitle(t *pipeline.Task) string {
	var over string
	if t.Loop.Input == "" {
		over = items(t.Loop.Static)
	} else {
		list := t.Parameter(t.Loop.Input)
		if t.Loop.Artifact {
			list = t.Artifact(t.Loop.Input)
		}
		over = s.wordsFor(list, t.Loop.Input)
	}
	text := "for each of " + over
	if t.Loop.Parallelism > 0 {
		text += fmt.Sprintf(", %d at a time", t.Loop.Parallelism)
	}
	return text
}

func items(values []json.RawMessage) string {
	var texts []string
	for _, v := range values {
		texts = append(texts, shorten(string(v), 40))
	}
	list := strings.Join(texts, ", ")
	if len([]rune(list)) > 80 {
		return fmt.Sprintf("[%s …] (%d items)", strings.TrimRight(shorten(list, 60), "…, "), len(values))
	}
	return "[" + list + "]"
}

// reading is how a condition reads an input.
var reading = regexp.MustCompile(`inputs\.parameter_values\[\s*(?:'([^']*)'|"([^"]*)")\s*\]`)

// words is a condition as the document has it, but that inputs are called by
// where they come from.
func (s *scope) words(t *pipeline.Task) string {
	return s.inWords(t, t.Spec.TriggerPolicy.Condition.Value)
}

// wordsFor says where the value of an input comes from.
func (s *scope) wordsFor(b *pipeline.Binding, input string) string {
	if b == nil {
		return pipeline.PlainName(input)
	}
	if c, ok := b.Source.(pipeline.Constant); ok {
		return shorten(string(c.Value), 60)
	}
	if all := s.origins(b.Source); len(all) == 1 {
		return all[0].name
	}
	return pipeline.PlainName(input)
}

// branch is the condition of a task. KFP writes the negation of all conditions
// before into an elif or else; here these are words again.
func (s *scope) branch(t *pipeline.Task) string {
	full := t.Spec.TriggerPolicy.Condition.Value
	if s.task == nil || kindOfGroup(s.task) != branches {
		return "if " + s.words(t)
	}
	negated := ""
	for _, before := range s.branchesInOrder() {
		condition := before.Spec.TriggerPolicy.Condition.Value
		rest, ok := strings.CutPrefix(condition, negated)
		switch {
		case before == t && negated != "" && full+" && " == negated:
			return "else"
		case before == t && negated != "" && ok:
			return "elif " + strings.TrimPrefix(s.words(t), s.inWords(t, negated))
		case before == t || !ok:
			return "if " + s.words(t)
		}
		negated += "!(" + rest + ") && "
	}
	return "if " + s.words(t)
}

// inWords is a part of a task's condition with its inputs called by where they
// come from.
func (s *scope) inWords(t *pipeline.Task, part string) string {
	return reading.ReplaceAllStringFunc(part, func(match string) string {
		m := reading.FindStringSubmatch(match)
		return s.wordsFor(t.Parameter(m[1]+m[2]), m[1]+m[2])
	})
}

// branchesInOrder lists the tasks of a group of branches as the author wrote
// them: each has the negations of those before it, and is longer.
func (s *scope) branchesInOrder() []*pipeline.Task {
	sorted := slices.Clone(s.dag.Tasks)
	slices.SortStableFunc(sorted, func(a, b *pipeline.Task) int {
		return strings.Count(a.Spec.TriggerPolicy.Condition.Value, "!(") - strings.Count(b.Spec.TriggerPolicy.Condition.Value, "!(")
	})
	return sorted
}

// groupDetails are the facts about a group that its title leaves out.
func groupDetails(s *scope, t *pipeline.Task) []string {
	details := []string{"task " + t.Key}
	if t.Condition != nil {
		details = append(details, "condition: "+s.words(t))
	}
	if t.Loop != nil && t.Loop.Static != nil {
		details = append(details, fmt.Sprintf("%d items", len(t.Loop.Static)))
	}
	return append(details, retryDetails(t)...)
}

// taskDetails are the facts about a task that has nothing inside.
func taskDetails(t *pipeline.Task) []string {
	details := []string{"task " + t.Key}
	if component := t.Component.Name(); component != t.Key {
		details = append(details, "component "+component)
	}
	switch body := t.Component.Body.(type) {
	case *pipeline.Container:
		details = append(details, "image "+body.Spec.Image.Value)
	case *pipeline.Importer:
		if body.URI != "" {
			details = append(details, "imports "+body.URI)
		}
	case *pipeline.Claim:
		details = append(details, map[pipeline.ClaimAction]string{
			pipeline.CreateClaim: "creates a volume claim", pipeline.DeleteClaim: "deletes a volume claim",
		}[body.Action])
	case *pipeline.DAG:
		// Its tasks are drawn.
	}
	if t.Cached {
		details = append(details, "takes an earlier result from the cache")
	}
	return append(details, retryDetails(t)...)
}

func retryDetails(t *pipeline.Task) []string {
	if t.Retry == nil {
		return nil
	}
	return []string{fmt.Sprintf("retried up to %d times", t.Retry.Limit)}
}
