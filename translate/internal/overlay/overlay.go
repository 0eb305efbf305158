// Package overlay merges patches into a Workflow: fields of Argo's that no
// pipeline has, for the Workflow itself and for the templates of selected
// tasks. A patch is a YAML document:
//
//	workflow:                # fields of a Workflow: metadata and spec
//	  spec: {podGC: {strategy: OnPodSuccess}}
//	tasks:                   # fields of a template, by the task that runs it
//	  train: {priorityClassName: high}
//
// It works in three steps, with the passes of the translator in between.
// [Read] reads the patches and holds each field against Argo's own types.
// [Overlays.Select] finds the tasks, so that tasks with different patches do
// not share a template. [Overlays.Apply] merges the patches into what was
// emitted, as strategic merge patches: lists of named things merge by name,
// other lists are replaced, null removes a field.
//
// What an author of patches writes is Argo's own language; nothing in it is
// shielded.
package overlay

import (
	"encoding/json"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// Overlays are patches that have been read and checked.
type Overlays struct {
	workflow []patch
	tasks    []taskPatch
}

// patch is a part of a patch file that is to be merged into one object.
type patch struct {
	json   json.RawMessage
	source int       // of diagnostics
	span   diag.Span // of the key that it stands under
}

// taskPatch is a patch for the templates of tasks.
type taskPatch struct {
	patch
	selector string
	fields   []document.Text // the keys of the patch
}

// Read reads patches, the later of which win. It reports whatever is not a
// field of Argo's or not of its type, and the fields that are not for patches;
// diagnostics count the sources from one. The result holds what is right.
func Read(sources []diag.Source, report *diag.Report) *Overlays {
	o := &Overlays{}
	for i, src := range sources {
		var found diag.Report
		r := reader{overlays: o, source: i + 1, messages: messages{&found}}
		if tree := document.ReadTree(src, &found); tree != nil {
			r.file(tree)
		}
		for _, d := range found.Diagnostics() {
			d.Source = i + 1
			report.Add(d)
		}
	}
	return o
}

// reader reads one patch file.
type reader struct {
	messages
	overlays *Overlays
	source   int
}

// The keys of a patch file.
const (
	workflowKey = "workflow"
	tasksKey    = "tasks"
)

func (r reader) file(tree *document.Tree) {
	if tree.Kind != document.MappingTree {
		r.notAPatch(tree)
		return
	}
	for _, e := range tree.Fields {
		switch e.Key.Value {
		case workflowKey:
			r.workflow(e)
		case tasksKey:
			r.tasks(e.Value)
		default:
			r.unknownPart(e.Key)
		}
	}
}

func (r reader) workflow(e document.Entry[*document.Tree]) {
	if e.Value.Kind == document.NullTree {
		return
	}
	c := checker{messages: r.messages, path: path{workflowKey}, reserved: reservedOfWorkflow()}
	r.overlays.workflow = append(r.overlays.workflow, r.patch(e, c.object(workflowType(), e.Value)))
}

func (r reader) tasks(tree *document.Tree) {
	switch tree.Kind {
	case document.NullTree:
		return
	case document.MappingTree:
	default:
		r.wrongType(tree, tasksKey, "a mapping from names of tasks to patches")
		return
	}
	for _, e := range tree.Fields {
		t := taskPatch{selector: e.Key.Value}
		c := checker{messages: r.messages, path: path{tasksKey, e.Key.Value}, reserved: reservedOfTask()}
		object := map[string]any{}
		if e.Value.Kind != document.NullTree {
			object = c.object(templateType(), e.Value)
		}
		for _, f := range e.Value.Fields {
			t.fields = append(t.fields, f.Key)
		}
		t.patch = r.patch(e, object)
		r.overlays.tasks = append(r.overlays.tasks, t)
	}
}

func (r reader) patch(e document.Entry[*document.Tree], object map[string]any) patch {
	text, err := json.Marshal(object)
	if err != nil {
		panic(err) // made of JSON that was read before
	}
	return patch{json: text, source: r.source, span: e.Key.Span}
}
