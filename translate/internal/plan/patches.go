package plan

import (
	"encoding/json"

	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// Patches maps the names of templates to the patches that are to be merged into
// them, in order.
func (w *Workflow) Patches() map[string][]json.RawMessage {
	all := map[string][]json.RawMessage{}
	for _, t := range w.Templates {
		switch t := t.(type) {
		case *DAG:
			all[t.Name] = t.Patches
		case *Pod:
			all[t.Name] = t.Patches
		case *Claim:
			all[t.Name] = t.Patches
		case *Nothing, *Stop:
			// No task of the pipeline is behind these.
		}
	}
	return all
}

// patched is a task that runs a DAG of its own for the sake of its patches, or
// nil.
func (b *builder) patched(t *pipeline.Task) *pipeline.Task {
	if len(b.options.Patches[t]) == 0 {
		return nil
	}
	return t
}
