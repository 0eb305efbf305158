package graph

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/unfold"
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
func (b *builder) title(n *unfold.Node, kind groupKind) string {
	var parts []string
	t := n.Task
	if t.Condition != nil {
		parts = append(parts, b.branch(n))
	}
	if t.Loop != nil {
		parts = append(parts, b.loopTitle(n))
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

func (b *builder) loopTitle(n *unfold.Node) string {
	var over string
	switch l := n.Task.Loop; {
	case l.Input == "":
		over = items(l.Static)
	case l.Artifact:
		over = b.wordsFor(n.Artifact(l.Input), n.Task.Artifact(l.Input), l.Input)
	default:
		over = b.wordsFor(n.Parameter(l.Input), n.Task.Parameter(l.Input), l.Input)
	}
	text := "for each of " + over
	if n.Task.Loop.Parallelism > 0 {
		text += fmt.Sprintf(", %d at a time", n.Task.Loop.Parallelism)
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
func (b *builder) words(n *unfold.Node) string {
	return b.inWords(n, condition(n))
}

// wordsFor says what an input gets, whose value is given by a binding or nil.
func (b *builder) wordsFor(value unfold.Value, given *pipeline.Binding, input string) string {
	if given != nil {
		if c, ok := given.Source.(pipeline.Constant); ok {
			return shorten(string(c.Value), 60)
		}
	}
	if all := b.origins(value); len(all) == 1 {
		return all[0].name
	}
	return pipeline.PlainName(input)
}

// branch is the condition of a task. KFP writes the negation of all conditions
// before into an elif or else; here these are words again.
func (b *builder) branch(n *unfold.Node) string {
	full := condition(n)
	if n.Parent.Task == nil || kindOfGroup(n.Parent.Task) != branches {
		return "if " + b.words(n)
	}
	negated := ""
	for _, before := range branchesInOrder(n.Parent) {
		rest, ok := strings.CutPrefix(condition(before), negated)
		switch {
		case before == n && negated != "" && full+" && " == negated:
			return "else"
		case before == n && negated != "" && ok:
			return "elif " + strings.TrimPrefix(b.words(n), b.inWords(n, negated))
		case before == n || !ok:
			return "if " + b.words(n)
		}
		negated += "!(" + rest + ") && "
	}
	return "if " + b.words(n)
}

func condition(n *unfold.Node) string { return n.Task.Spec.TriggerPolicy.Condition.Value }

// inWords is a part of a task's condition with its inputs called by where they
// come from.
func (b *builder) inWords(n *unfold.Node, part string) string {
	return reading.ReplaceAllStringFunc(part, func(match string) string {
		m := reading.FindStringSubmatch(match)
		input := m[1] + m[2]
		return b.wordsFor(n.Parameter(input), n.Task.Parameter(input), input)
	})
}

// branchesInOrder lists the tasks of a group of branches as the author wrote
// them: each has the negations of those before it, and is longer.
func branchesInOrder(group *unfold.Node) []*unfold.Node {
	sorted := slices.Clone(group.Children)
	slices.SortStableFunc(sorted, func(a, b *unfold.Node) int {
		return strings.Count(condition(a), "!(") - strings.Count(condition(b), "!(")
	})
	return sorted
}

// groupDetails are the facts about a group that its title leaves out.
func (b *builder) groupDetails(n *unfold.Node) []string {
	details := []string{"task " + n.Task.Key}
	if n.Task.Condition != nil {
		details = append(details, "condition: "+b.words(n))
	}
	if l := n.Task.Loop; l != nil && l.Static != nil {
		details = append(details, fmt.Sprintf("%d items", len(l.Static)))
	}
	return append(details, retryDetails(n.Task)...)
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
