package translate

import (
	"cmp"
	"fmt"
	"io"
	"runtime/debug"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/budget"
	"github.com/kfp2argo/kfp2argo/translate/internal/check"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/emit"
	"github.com/kfp2argo/kfp2argo/translate/internal/overlay"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/plan"
	"github.com/kfp2argo/kfp2argo/translate/internal/printer"
	"github.com/kfp2argo/kfp2argo/translate/internal/storage"
	"github.com/kfp2argo/kfp2argo/translate/internal/trace"
	"github.com/kfp2argo/kfp2argo/translate/kind"
)

// InternalError is a bug of the translator, met while it translated a
// pipeline that passed all checks.
type InternalError struct {
	Cause any
	Stack []byte
}

// Error says that this is a bug and where.
func (e *InternalError) Error() string {
	return fmt.Sprintf("internal error: %v; this is a bug of kfp2argo, please report it with the pipeline", e.Cause)
}

// Unwrap returns the cause if that is an error, such as a [runtime.Error].
func (e *InternalError) Unwrap() error {
	cause, _ := e.Cause.(error)
	return cause
}

// catch turns a panic into an [*InternalError].
func catch(err *error) {
	if cause := recover(); cause != nil {
		*err = &InternalError{Cause: cause, Stack: debug.Stack()}
	}
}

// Translate translates the pipeline in a source. It returns the Workflow and
// everything there is to say about the pipeline, the overlays and the store
// configs, ordered by place; diagnostics count the latter two from one, in this
// order. The Workflow is nil exactly when one of the diagnostics is an error.
// The error is nil but for an [*InternalError].
//
// The same source and options give the same Workflow, to the byte of its
// printed form.
func Translate(source diag.Source, options Options) (*wfv1.Workflow, []diag.Diagnostic, error) {
	traced, found, err := Trace(source, options)
	if traced == nil {
		return nil, found, err
	}
	return traced.Workflow, found, nil
}

// Trace translates as [Translate] does, for the reports on a translation, such
// as package explain. The result is nil exactly where the Workflow would be.
func Trace(source diag.Source, options Options) (translation *Translation, found []diag.Diagnostic, err error) {
	defer catch(&err)
	var report diag.Report
	checkOptions(options, &report)
	resolved := resolve(source, options.Arguments, &report)
	if resolved != nil && options.Template != nil {
		checkReference(resolved, options, &report)
	}
	sound := !report.HasErrors()
	overlays := overlay.Read(options.Overlays, &report)
	stores := storage.Read(storeFiles(options.Store.Configs), storage.Options{
		First:    1 + len(options.Overlays),
		CABundle: options.Pods.CABundle.ConfigMap != "",
	}, &report)
	var made *Translation
	if sound {
		token := tokenTasks(resolved, options.Pods, &report)
		warnOfCalls(resolved, source, token, &report)
		made = merged(resolved, extras{overlays, stores, token}, options, &report)
	}
	if report.HasErrors() {
		made = nil
	}
	return made, report.Diagnostics(), nil
}

// PipelineJSON returns the compiled pipeline in a source as canonical JSON, the
// same however the document was written, and its SHA-256 in hex, which names the
// version of the pipeline that a run is of. Both are empty where the source has
// no pipeline.
func PipelineJSON(source diag.Source) (canonical []byte, digest string, err error) {
	defer catch(&err)
	text := document.JSON(source)
	if text == nil {
		return nil, "", nil
	}
	return contract.Digest(text)
}

// Resolve reads and checks the pipeline in a source, as [Translate] does, and
// stops there. The pipeline is nil exactly when one of the diagnostics is an
// error. The error is nil but for an [*InternalError].
func Resolve(source diag.Source) (shown *Pipeline, found []diag.Diagnostic, err error) {
	defer catch(&err)
	var report diag.Report
	resolved := resolve(source, nil, &report)
	if report.HasErrors() {
		return nil, report.Diagnostics(), nil
	}
	return present(resolved), report.Diagnostics(), nil
}

// resolve is the passes that find out what a pipeline means and whether it can
// be translated.
func resolve(source diag.Source, arguments map[string]string, report *diag.Report) *pipeline.Pipeline {
	doc := document.Read(source, report)
	resolved := pipeline.Resolve(doc, source, report)
	if resolved != nil {
		check.Pipeline(resolved, arguments, source, report)
	}
	return resolved
}

// extras are the files beside the pipeline.
type extras struct {
	overlays *overlay.Overlays
	stores   *storage.Config
	// token has the tasks whose programs get the token of the service account.
	token map[*pipeline.Task]bool
}

// merged translates a pipeline that has passed all checks, and merges the
// overlays into what it becomes.
func merged(p *pipeline.Pipeline, more extras, options Options, report *diag.Report) *Translation {
	patches := more.overlays.Select(p, report)
	if report.HasErrors() {
		return nil
	}
	choices := planOptions(options, more.stores)
	choices.Patches = patches
	choices.Token = more.token
	planned := plan.Build(p, choices)
	if found := len(planned.Templates); found > plan.MaxTemplates {
		report.Errorf(diag.TooLarge, diag.Span{}, "the pipeline becomes %d templates; Argo takes %d at most", found, plan.MaxTemplates).
			Hintf("components that are alike share a template: what differs may be a parameter")
		return nil
	}
	workflow := emit.Workflow(planned, emitOptions(options, more.stores, p.Name))
	more.overlays.Apply(workflow, planned.Patches(), report)
	checkRoot(workflow, report)
	requireVolume(workflow, report)
	budget.Check(workflow, cmp.Or(options.MaxSize, budget.DefaultMaxSize), origins(planned), report)
	if options.Template != nil {
		workflow = kind.Reference(workflow, *options.Template, planned.Given())
	}
	return &Translation{
		Pipeline: present(p), Workflow: workflow,
		carrier: trace.Carry(trace.Trace{Pipeline: p, Plan: planned}),
	}
}

// Print writes a translated Workflow, or what package [kind] has made of one,
// as YAML, under a comment that says where it comes from.
func Print(w io.Writer, object runtime.Object, source string) error {
	comment := fmt.Sprintf("Translated by kfp2argo %s from %s.\nTo change it, change the pipeline and translate it again.", Version(), source)
	return printer.Print(w, object, comment)
}
