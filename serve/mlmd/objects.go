package mlmd

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/execution"
)

// The fields of objects that have the same number in several of them.
const (
	idField         = 1
	typeIDField     = 2
	propertiesField = 5
)

// contextOf writes the context of a run.
func contextOf(r *execution.Run) message {
	var m message
	m.int(idField, execution.Number(r.ID))
	m.int(typeIDField, idOf(contextTypes(), runType))
	m.text(3, r.ID)
	p := properties{}
	p.text("namespace", r.Namespace)
	p.text("resource_name", r.Name)
	p.text("pipeline_root", r.Root)
	p.write(&m, propertiesField)
	m.text(6, runType)
	return m
}

// The states of executions and artifacts.
const (
	stateNew      = 1
	stateRunning  = 2
	stateComplete = 3
	stateFailed   = 4
	stateCached   = 5
	stateCanceled = 6
	stateLive     = 2
)

func stateOf(t *runs.Task) int64 {
	switch t.State {
	case runs.Pending:
		return stateNew
	case runs.Running:
		return stateRunning
	case runs.Succeeded:
		if t.Cached {
			return stateCached
		}
		return stateComplete
	case runs.Failed:
		return stateFailed
	case runs.Skipped, runs.Omitted:
		return stateCanceled
	case runs.Unknown, runs.Waiting:
	}
	return 0
}

// executionType is the type of a task.
func executionType(t *execution.Task) string {
	switch t.Kind {
	case runs.Group, runs.Loop:
		return groupType
	case runs.Podless:
		return "system.ImporterExecution"
	case runs.Pod:
	}
	return "system.ContainerExecution"
}

// executionOf writes a task.
func executionOf(r *execution.Run, t *execution.Task) message {
	var m message
	kind := executionType(t)
	m.int(idField, t.Number)
	m.int(typeIDField, idOf(executionTypes(), kind))
	m.int(3, stateOf(t.Task))
	p := properties{}
	p.text("task_name", t.Key) // the UI knows the run itself by its having none
	p.text("display_name", t.Key)
	p.text("namespace", r.Namespace)
	if t.Parent != nil {
		p.int("parent_dag_id", t.Parent.Number)
	}
	if t.Kind == runs.Loop {
		p.int("iteration_count", int64(len(t.Inside)))
	}
	if t.Iteration >= 0 {
		p.int("iteration_index", int64(t.Iteration))
	}
	if n := len(t.Attempts); n > 0 {
		p.text("pod_name", t.Attempts[n-1].Pod)
	}
	if t.Cached {
		// What the UI wants to know is that there is one.
		p.text("cached_execution_id", "0")
	}
	p.structure("inputs", parameters(t.Inputs))
	p.structure("outputs", parameters(t.Outputs))
	p.write(&m, propertiesField)
	m.text(6, "run/"+t.ID)
	m.text(7, kind)
	m.int(8, milliseconds(t.Started))
	m.int(9, milliseconds(latest(t.Started, t.Finished)))
	return m
}

func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// parameters are the parameters among values.
func parameters(all runs.Values) map[string]any {
	made := map[string]any{}
	for name, v := range all {
		var value any
		if v.Parameter != nil && json.Unmarshal(v.Parameter, &value) == nil {
			made[name] = value
		}
	}
	return made
}

// artifactOf writes an artifact.
func artifactOf(r *execution.Run, a *execution.Artifact) message {
	var m message
	kind := a.Type.SchemaTitle
	if kind == "" {
		kind = plainType
	}
	m.int(idField, a.Number)
	m.int(typeIDField, idOf(artifactTypes(), kind))
	uri, _, _ := strings.Cut(a.URI, "?") // how the store is reached is not of its name
	m.text(3, uri)
	p := properties{}
	for name, value := range a.Metadata {
		p.json(name, value)
	}
	p.text("display_name", nameOf(r, a))
	p.write(&m, propertiesField)
	m.int(6, stateLive)
	m.text(7, a.Name)
	if a.Maker != nil {
		m.int(9, milliseconds(a.Maker.Finished))
		m.int(10, milliseconds(a.Maker.Finished))
	}
	m.text(8, kind)
	return m
}

// nameOf is what people know an artifact by: the output that it is.
func nameOf(r *execution.Run, a *execution.Artifact) string {
	for _, l := range r.Links {
		if l.Artifact == a {
			return l.Key
		}
	}
	return a.Name
}

// The types of events.
const (
	inputEvent  = 3
	outputEvent = 4
)

// eventOf writes which task has which artifact.
func eventOf(l execution.Link) message {
	var m, path, key, index message
	m.int(1, l.Artifact.Number)
	m.int(2, l.Task.Number)
	key.text(2, l.Key)
	path.message(1, key)
	index.always(1, int64(l.At))
	path.message(1, index)
	m.message(3, path)
	kind, at := int64(inputEvent), l.Task.Started
	if l.Output {
		kind, at = outputEvent, l.Task.Finished
	}
	m.int(4, kind)
	m.int(5, milliseconds(at))
	return m
}
