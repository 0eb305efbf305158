package flow

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// MayBeNoString finds the places of parameters that need not hold a string in
// every run. A declaration alone does not say so: KFP's compiler declares as
// STRING what it knows nothing of, such as the items of a list. Of a text that
// is certain neither a condition nor a constant must ask what it is.
func (g *Graph) MayBeNoString() Set {
	return g.may(beginsAsNoString, func(e Edge) effect {
		//exhaustive:enforce
		switch e.How {
		case Whole, Alternative, Fallback:
			return carries
		case Item:
			if _, static := e.From.(Items); static {
				return carries
			}
			return gives
		case Selected, Collected:
			return gives
		case Mentioned, Computed:
			return stops
		}
		panic("flow: unknown edge")
	}, false)
}

// beginsAsNoString reports whether a place by itself need not hold a string.
func beginsAsNoString(p Place) bool {
	switch p := p.(type) {
	case Constant:
		return contract.KindOf(p.Binding.Source.(pipeline.Constant).Value) != contract.KindString
	case Default:
		return p.Parameter.Type != contract.String
	case Items:
		return slices.ContainsFunc(p.Task.Loop.Static, func(item json.RawMessage) bool {
			return contract.KindOf(item) != contract.KindString
		})
	case Input:
		declared := p.Component.Parameter(p.Name)
		return declared == nil || declared.Type != contract.String
	case Result:
		declared := p.Task.Component.OutputParam(p.Name)
		return !p.Task.Component.HasPod() || p.Task.Loop != nil || declared == nil || declared.Type != contract.String
	case Output, Status:
		return true
	case Submitted, Argument, Body, Condition, Loop, Setting, Texts:
		return false
	}
	return true
}

// MayFail finds the places that may hold an error text in the place of a value,
// as contract.ErrorMark describes: those that take a member, which may not be
// there, and those that such a value is handed on to.
func (g *Graph) MayFail() Set {
	return g.may(never, func(e Edge) effect {
		//exhaustive:enforce
		switch e.How {
		case Selected:
			return gives
		case Whole:
			return carries
		case Item, Mentioned, Alternative, Fallback, Collected, Computed:
			return stops
		}
		panic("flow: unknown edge")
	}, false)
}

// Read finds the places whose values something reads: a program, an importer, a
// claim, a condition, a loop, a setting, or who looks at the pipeline's outputs.
func (g *Graph) Read() Set {
	return g.may(func(p Place) bool {
		switch p := p.(type) {
		case Body, Condition, Loop, Setting, Texts:
			return true
		case Output:
			return p.Component == g.pipeline.Root
		case Constant, Default, Items, Submitted, Status, Input, Argument, Result:
			return false
		}
		return false
	}, always, true)
}

// ReadByArgo finds the places whose values Argo itself must know in the end:
// conditions, loops, settings of pods, importers and claims read them. So do
// people who look at the parameters that the pipeline hands out, and so are the
// outputs whose lists Argo collects. What only programs read is not among them:
// a reference to the store may stand for it.
func (g *Graph) ReadByArgo() Set {
	return g.may(g.argoReads, func(e Edge) effect {
		if e.How == Computed {
			return stops
		}
		return carries
	}, true)
}

// MadeByArgo finds the places whose values Argo must have as values: all of
// [Graph.ReadByArgo], and what may be replaced by a default on its way, as there
// the question is whether there is a value. Anywhere else a text may stand by
// which the pod makes the value (contract.Derived).
func (g *Graph) MadeByArgo() Set {
	return g.may(func(p Place) bool {
		a, ok := p.(Argument)
		return g.argoReads(p) || ok && !a.Artifact && mayFallBack(a)
	}, func(e Edge) effect {
		if e.How == Computed {
			return stops
		}
		return carries
	}, true)
}

// MadeByTasks finds the places that may hold an output of a task, or what was
// made of one. How a task has ended is no output.
func (g *Graph) MadeByTasks() Set {
	return g.may(func(p Place) bool {
		_, is := p.(Result)
		return is
	}, always, false)
}

// mayFallBack reports whether an argument for a nested pipeline may be replaced
// by a default.
func mayFallBack(a Argument) bool {
	declared := a.Task.Component.Parameter(a.Name)
	return isDAG(a.Task.Component) && declared != nil && declared.Default != nil
}

// argoReads reports whether a place is where Argo reads a value.
func (g *Graph) argoReads(p Place) bool {
	switch p := p.(type) {
	case Condition, Loop, Setting, Texts:
		return true
	case Body:
		_, isClaim := p.Task.Component.Body.(*pipeline.Claim)
		return isClaim || !p.Task.Component.HasPod()
	case Output:
		return p.Component == g.pipeline.Root && !p.Artifact
	case Result:
		return p.Task.Loop != nil && !p.Artifact
	case Constant, Default, Items, Submitted, Status, Input, Argument:
		return false
	}
	return false
}

// MayNameWorkspace finds the places that may hold a path in the workspace, and
// the bodies that must mount it: containers that speak of it or are given what
// may, and importers that download to it. A container that mounts it may hand
// out paths in any of its output parameters. Arguments are what the pipeline's
// inputs are given at translation. A pipeline without a workspace has none.
func (g *Graph) MayNameWorkspace(arguments map[string]string) Set {
	if platform := g.pipeline.Platform; platform == nil || platform.PipelineConfig == nil || platform.PipelineConfig.Workspace == nil {
		return nil
	}
	return g.may(func(p Place) bool { return speaksOfWorkspace(p, arguments) }, func(e Edge) effect {
		if body, ok := e.To.(Body); ok && !isContainer(body.Task.Component) {
			return stops // it does not look into what it is given
		}
		if result, ok := e.To.(Result); ok && e.How == Computed && isContainer(result.Task.Component) && result.Artifact {
			return stops // it lies in the store
		}
		return carries
	}, false)
}

// speaksOfWorkspace reports whether a place by itself may hold a path in the
// workspace, or is a body that uses it.
func speaksOfWorkspace(p Place, arguments map[string]string) bool {
	switch p := p.(type) {
	case Constant:
		return namesWorkspace(string(p.Binding.Source.(pipeline.Constant).Value))
	case Default:
		return namesWorkspace(string(p.Parameter.Default))
	case Items:
		return slices.ContainsFunc(p.Task.Loop.Static, func(i json.RawMessage) bool { return namesWorkspace(string(i)) })
	case Submitted:
		return !p.Artifact && namesWorkspace(arguments[p.Name])
	case Body:
		return bodyNamesWorkspace(p.Task.Component)
	case Status, Input, Argument, Output, Result, Condition, Loop, Setting, Texts:
		return false
	}
	return false
}

func isContainer(c *pipeline.Component) bool {
	_, ok := c.Body.(*pipeline.Container)
	return ok
}

// bodyNamesWorkspace reports whether what implements a component uses the
// workspace whatever it is given.
func bodyNamesWorkspace(c *pipeline.Component) bool {
	switch body := c.Body.(type) {
	case *pipeline.Importer:
		return body.Spec.DownloadToWorkspace.Value
	case *pipeline.Container:
		var texts []document.Text
		texts = append(append(texts, body.Spec.Command...), body.Spec.Args...)
		for _, v := range body.Spec.Env {
			texts = append(texts, v.Value)
		}
		return slices.ContainsFunc(texts, func(t document.Text) bool { return namesWorkspace(t.Value) })
	case *pipeline.Claim, *pipeline.DAG:
		return false
	}
	return false
}

func namesWorkspace(text string) bool {
	return strings.Contains(text, contract.WorkspaceDir) || strings.Contains(text, "{{$."+placeholder.WorkspacePath+"}}")
}

func never(Place) bool { return false }

func always(Edge) effect { return carries }
