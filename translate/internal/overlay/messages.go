package overlay

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// messages holds the text of everything that this package reports.
type messages struct{ report *diag.Report }

// The file.

func (m messages) notAPatch(n *document.Tree) {
	m.report.Errorf(diag.WrongType, n.Span, "a patch must be a mapping, found %s", n.Describe()).
		Hintf("its keys are workflow and tasks")
}

func (m messages) unknownPart(key document.Text) {
	d := m.report.Errorf(diag.UnknownField, key.Span, "unknown field %q at the top of the patch", key.Value)
	if _, ok := find(fieldsOf(workflowType()), key.Value); ok {
		d.Hintf("fields of the Workflow stand under workflow")
		return
	}
	if name, ok := diag.Nearest(key.Value, []string{workflowKey, tasksKey}); ok {
		d.Hintf("did you mean %q?", name)
		return
	}
	d.Hintf("a patch has the keys workflow and tasks")
}

// Fields.

func (m messages) unknownField(key document.Text, in path, t reflect.Type) {
	d := m.report.Errorf(diag.UnknownField, key.Span, "unknown field %q in %s", key.Value, in).At(in.String())
	fields := fieldsOf(t)
	if parent, ok := below(fields, key.Value); ok {
		d.Hintf("it belongs under %s", parent)
		return
	}
	if _, ok := find(fieldsOf(podSpecType()), key.Value); ok && t == templateType() {
		d.Hintf("Argo has it only in podSpecPatch: {%s: …}", key.Value)
		return
	}
	var all []string
	for _, f := range fields {
		all = append(all, f.name)
	}
	if name, ok := diag.Nearest(key.Value, all); ok {
		d.Hintf("did you mean %q?", name)
		return
	}
	d.Hintf("the fields here are %s", strings.Join(all, ", "))
}

func (m messages) removedField(key document.Text, in path, successor string) {
	m.report.Errorf(diag.UnknownField, key.Span, "Argo 4 no longer has the field %q in %s", key.Value, in).At(in.String()).
		Hintf("write %s, which is a list", successor)
}

func (m messages) reservedField(key document.Text, in path, hint string) {
	m.report.Errorf(diag.ReservedField, key.Span, "%q in %s is not for patches", key.Value, in).At(in.String()).Hintf("%s", hint)
}

func (m messages) nullItem(n *document.Tree, subject string) {
	m.report.Errorf(diag.WrongType, n.Span, "%s is empty", subject).
		Hintf("give it a value or remove it")
}

func (m messages) noKey(n *document.Tree, subject, key string) {
	m.report.Errorf(diag.WrongType, n.Span, "%s has no %s, by which the items of this list are merged", subject, key)
}

func (m messages) misplacedDirective(key document.Text) {
	m.report.Errorf(diag.UnknownField, key.Span, "%s means something only in an item of a list that is merged by a key", patchDirective).
		Hintf("null removes a field; a further patch can set it anew")
}

func (m messages) badDirective(n *document.Tree, subject, key string) {
	m.report.Errorf(diag.WrongType, n.Span, "%s does not say what becomes of the items that are there", subject).
		Hintf("{%s: …, $patch: delete} deletes one, {$patch: replace} all", key)
}

func (m messages) itemTwice(n *document.Tree, subject, key string, first *document.Tree) {
	m.report.Errorf(diag.DuplicateKey, n.Span, "%s has the same %s as the item on line %d", subject, key, first.Span.Line).
		Hintf("remove one of the two")
}

// Values.

func (m messages) wrongType(n *document.Tree, subject, want string) *diag.Diagnostic {
	return m.report.Errorf(diag.WrongType, n.Span, "%s must be %s, found %s", subject, want, n.Describe())
}

func (m messages) notText(n *document.Tree, subject string) {
	d := m.wrongType(n, subject, "text")
	if n.Kind == document.NumberTree || n.Kind == document.BooleanTree {
		d.Hintf("put it in quotes")
	}
}

func (m messages) notBoolean(n *document.Tree, subject string) {
	m.wrongType(n, subject, "a boolean").Hintf("write true or false, without quotes")
}

func (m messages) notWhole(n *document.Tree, subject string, bits int) {
	m.report.Errorf(diag.InvalidNumber, n.Span, "%s must be a whole number of at most %d bits, found %s", subject, min(bits, 53), n.Describe())
}

func (m messages) invalidEnum(n *document.Tree, subject string, legal []string) {
	m.report.Errorf(diag.InvalidEnum, n.Span, "%s cannot be %s", subject, n.Describe()).
		Hintf("it is one of %s", strings.Join(legal, ", "))
}

func (m messages) badQuantity(n *document.Tree, subject string) {
	m.report.Errorf(diag.BadQuantity, n.Span, "%s is %s, which is not a quantity that Kubernetes knows", subject, n.Describe()).
		Hintf("such as 500m, 2, 512Mi or 4G")
}

func (m messages) unreadable(n *document.Tree, subject, want string) {
	m.report.Errorf(diag.WrongType, n.Span, "%s must be of Kubernetes' or Argo's type %s, found %s", subject, want, n.Describe())
}

// Tasks.

func (m messages) unmatched(t taskPatch, all []namedTask) {
	d := m.report.Errorf(diag.UnmatchedSelector, t.span, "the pipeline has no task %q", t.selector)
	d.Source = t.source
	var names []string
	for _, n := range all {
		name := n.task.Key
		if strings.Contains(t.selector, "/") {
			name = n.owner + "/" + name
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if name, ok := diag.Nearest(t.selector, names); ok {
		d.Hintf("did you mean %q?", name)
		return
	}
	d.Hintf("there are these tasks: %s", strings.Join(shortened(names), ", "))
}

// shortened cuts a long list.
func shortened(names []string) []string {
	const limit = 20
	if len(names) <= limit {
		return names
	}
	return append(names[:limit:limit], "…")
}

func (m messages) meaningless(t taskPatch, f document.Text, n namedTask) {
	d := m.report.Errorf(diag.NoPod, f.Span, "task %q has no pod of its own, so %q means nothing there", n.task.Key, f.Value)
	d.Source = t.source
	switch n.task.Component.Body.(type) {
	case *pipeline.DAG:
		d.Hintf("select the tasks in it: %q", n.task.Component.Name()+"/*")
	case *pipeline.Claim:
		d.Message = fmt.Sprintf("task %q runs nothing but Argo's own program, so %q means nothing there", n.task.Key, f.Value)
	default:
		d.Hintf("an importer runs nothing")
	}
}

// Merging.

func (m messages) unmergeable(p patch, err error) {
	d := m.report.Errorf(diag.UnmergeablePatch, p.span, "this patch cannot be merged: %v", err)
	d.Source = p.source
	if errors.Is(err, errPodSpecs) {
		d.Hintf("the pipeline's own settings that the run decides are in it; set plain fields of the template instead")
	}
}

func (m messages) lost(p patch, what string) {
	d := m.report.Errorf(diag.ReservedField, p.span, "this patch takes away %s, without which no task runs", what)
	d.Source = p.source
}

func (m messages) noImage(p patch, name string) {
	d := m.report.Errorf(diag.UnmergeablePatch, p.span, "this patch adds a container %q that has no image", name)
	d.Source = p.source
	d.Hintf("give it one; the containers of tasks can be patched under tasks")
}

func (m messages) secondExit(p patch, onExit string) {
	d := m.report.Errorf(diag.ReservedField, p.span, "this patch sets a hook for the exit, which would not run: the Workflow has the exit handler %s", onExit)
	d.Source = p.source
	d.Hintf("it is for the pipeline's exit tasks; a hook of another name, with an expression, runs too")
}
