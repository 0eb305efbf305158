package plan

import (
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/flow"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// sizes is what is known of the sizes of values before a run.
type sizes struct{ items, bytes map[flow.Place]flow.Range }

// Items is how many items the loop of a template has, whichever of its tasks
// runs it. It is not known where the run makes the list.
func (w *Workflow) Items(template string) flow.Range {
	var all flow.Range
	for _, t := range w.loops[template] {
		all = all.Or(w.LoopItems(t))
	}
	return all
}

// LoopItems is how many items the loop of a task has.
func (w *Workflow) LoopItems(t *pipeline.Task) flow.Range { return w.sizes.items[flow.Loop{Task: t}] }

// Filled is how many bytes an element of the command line of a template's
// program has at least when its placeholders are filled in, for the task for
// which those are the most.
func (w *Workflow) Filled(template string, index int) int {
	most := 0
	for t, callee := range w.callees {
		container, ok := t.Component.Body.(*pipeline.Container)
		if !ok || callee != template {
			continue
		}
		line := slices.Concat(container.Spec.Command, container.Spec.Args)
		if index < len(line) {
			most = max(most, w.sizes.filled(t, line[index]))
		}
	}
	return most
}

// filled counts what is certain of one element: its literal text, and the values
// that it names. What a structure of placeholders comes to the run decides.
func (s sizes) filled(t *pipeline.Task, text document.Text) int {
	element, err := placeholder.Parser(placeholder.Parse).ParseElement(text.Value)
	if err != nil {
		return 0
	}
	parts, ok := element.(placeholder.Text)
	if !ok {
		return 0
	}
	total := 0
	for _, part := range parts {
		switch part := part.(type) {
		case placeholder.Literal:
			total += len(part)
		case placeholder.InputParameter:
			total += s.bytes[flow.Argument{Task: t, Name: part.Name}].Least
		case placeholder.ExecutorInput:
			for _, p := range t.Component.Parameters {
				total += s.bytes[flow.Argument{Task: t, Name: p.Name}].Least
			}
		case placeholder.OutputParameterFile, placeholder.Artifact, placeholder.OutputFile, placeholder.Pipeline, placeholder.Brace:
			// They are short.
		}
	}
	return total
}
