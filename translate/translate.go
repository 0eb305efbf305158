package translate

import (
	"cmp"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

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

// Pipeline is a pipeline as the reports on it know it.
type Pipeline = pipeline.Pipeline

// Traced is a translation with what it was made from.
type Traced struct {
	Pipeline *pipeline.Pipeline
	Workflow *wfv1.Workflow
	// Origin is the task that a template was made for first, or nil for one that
	// belongs to no task. Others may share it.
	Origin func(template string) *pipeline.Task
	// Callee is the template that runs a task, of a loop one iteration.
	Callee func(t *pipeline.Task) string
	// Cache says how a task may be spared; it is nil for one that always runs.
	Cache func(t *pipeline.Task) *contract.Cache
	// LooksAhead reports whether a pod of its own looks for a task's results.
	LooksAhead func(t *pipeline.Task) bool
}

// Trace translates as [Translate] does and returns the models in between. The
// result is nil exactly where the Workflow would be.
func Trace(source diag.Source, options Options) (traced *Traced, found []diag.Diagnostic, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			traced, err = nil, &InternalError{Cause: cause, Stack: debug.Stack()}
		}
	}()
	var report diag.Report
	checkOptions(options, &report)
	resolved := resolve(source, options.Arguments, &report)
	if resolved != nil && options.Template != nil {
		checkReference(resolved, options, &report)
	}
	sound := !report.HasErrors()
	overlays := overlay.Read(options.Overlays, &report)
	stores := storage.Read(options.StoreConfigs, storage.Options{
		First:    1 + len(options.Overlays),
		CABundle: options.CABundle.ConfigMap != "",
	}, &report)
	if sound {
		traced = merged(resolved, extras{overlays, stores}, options, &report)
	}
	if report.HasErrors() {
		traced = nil
	}
	return traced, report.Diagnostics(), nil
}

// Resolve reads and checks the pipeline in a source, as Translate does, and
// stops there. The pipeline is nil exactly when one of the diagnostics is an
// error. The error is nil but for an [*InternalError].
func Resolve(source diag.Source) (resolved *pipeline.Pipeline, found []diag.Diagnostic, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			resolved, err = nil, &InternalError{Cause: cause, Stack: debug.Stack()}
		}
	}()
	var report diag.Report
	resolved = resolve(source, nil, &report)
	if report.HasErrors() {
		resolved = nil
	}
	return resolved, report.Diagnostics(), nil
}

// resolve is the passes that find out what a pipeline means and whether it can
// be translated.
func resolve(source diag.Source, arguments map[string]string, report *diag.Report) *pipeline.Pipeline {
	doc := document.Read(source, report)
	resolved := pipeline.Resolve(doc, source, report)
	if resolved != nil {
		check.Pipeline(resolved, arguments, report)
	}
	return resolved
}

// extras are the files beside the pipeline.
type extras struct {
	overlays *overlay.Overlays
	stores   *storage.Config
}

// merged translates a pipeline that has passed all checks, and merges the
// overlays into what it becomes.
func merged(p *pipeline.Pipeline, more extras, options Options, report *diag.Report) *Traced {
	patches := more.overlays.Select(p, report)
	if report.HasErrors() {
		return nil
	}
	planned := plan.Build(p, plan.Options{
		Arguments:    options.Arguments,
		PipelineRoot: options.PipelineRoot,
		FallbackRoot: fallbackRoot(options.StoreVolume, more.stores),
		NoCache:      options.NoCache,
		CacheMaxAge:  options.CacheMaxAge,
		CacheCheck:   options.CacheCheck,
		Patches:      patches,
	})
	if found := len(planned.Templates); found > plan.MaxTemplates {
		report.Errorf(diag.TooLarge, diag.Span{}, "the pipeline becomes %d templates; Argo takes %d at most", found, plan.MaxTemplates).
			Hintf("components that are alike share a template: what differs may be a parameter")
		return nil
	}
	written := emitOptions(options, p.Name)
	written.Store, written.StoreKeys = storeOptions(more.stores)
	workflow := emit.Workflow(planned, written)
	more.overlays.Apply(workflow, planned.Patches(), report)
	requireVolume(workflow, report)
	budget.Check(workflow, cmp.Or(options.MaxSize, budget.DefaultMaxSize), origins(planned), report)
	if options.Template != nil {
		workflow = kind.Reference(workflow, *options.Template, planned.Given())
	}
	return &Traced{
		Pipeline: p, Workflow: workflow,
		Origin: planned.Origin, Callee: planned.Callee, Cache: planned.Cache, LooksAhead: planned.LooksAhead,
	}
}

func emitOptions(o Options, pipelineName string) emit.Options {
	e := emit.Options{
		Name:           o.Name,
		GenerateName:   o.GenerateName,
		Namespace:      o.Namespace,
		ServiceAccount: o.ServiceAccount,
		Image:          o.Image,
		LauncherPath:   o.LauncherPath,
		StoreSecret:    o.StoreSecret,
		StoreVolume:    o.StoreVolume,
		PodSecurity:    o.PodSecurity,
		InlineLimit:    o.InlineLimit,

		Env:                 o.Env,
		CABundle:            o.CABundle,
		ServiceAccountToken: o.ServiceAccountToken,
		DriverResources:     o.DriverResources,
	}
	if e.CABundle.ConfigMap != "" && e.CABundle.Key == "" {
		e.CABundle.Key = "ca.crt"
	}
	if e.GenerateName == "" {
		e.GenerateName = workflowPrefix(pipelineName)
	}
	if e.Image == "" {
		e.Image = DefaultImage()
	}
	return e
}

// workflowPrefix makes the prefix of a Workflow's name from that of a
// pipeline, of which KFP uses what follows the last slash.
func workflowPrefix(pipelineName string) string {
	return plan.TemplateName(pipelineName[strings.LastIndex(pipelineName, "/")+1:]) + "-"
}

// Print writes a translated Workflow, or what package [kind] has made of one,
// as YAML, under a comment that says where it comes from.
func Print(w io.Writer, object runtime.Object, source string) error {
	comment := fmt.Sprintf("Translated by kfp2argo %s from %s.\nTo change it, change the pipeline and translate it again.", Version(), source)
	return printer.Print(w, object, comment)
}
