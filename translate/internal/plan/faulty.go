package plan

import "github.com/kfp2argo/kfp2argo/translate/internal/pipeline"

// faultyInputs finds the inputs that may hold an error text in the place of a
// value, as contract.ErrorMark describes: those that take a member, which may
// not be there, and those that such an input is handed on to.
func faultyInputs(p *pipeline.Pipeline) map[*pipeline.Parameter]bool {
	faulty := map[*pipeline.Parameter]bool{}
	settle(p, func(owner *pipeline.Component, t *pipeline.Task) bool { return spread(faulty, owner, t) })
	return faulty
}

// spread adds the inputs of a task that may be faulty and reports whether there
// were any.
func spread(faulty map[*pipeline.Parameter]bool, owner *pipeline.Component, t *pipeline.Task) bool {
	changed := false
	for i := range t.Parameters {
		in := t.Component.Parameter(t.Parameters[i].Input)
		if in != nil && !faulty[in] && mayBeFaulty(faulty, owner, &t.Parameters[i]) {
			faulty[in], changed = true, true
		}
	}
	return changed
}

func mayBeFaulty(faulty map[*pipeline.Parameter]bool, owner *pipeline.Component, given *pipeline.Binding) bool {
	if given.Selector != nil {
		return true
	}
	source, ok := given.Source.(pipeline.DAGInput)
	return ok && faulty[owner.Parameter(source.Input)]
}
