// Package translate turns compiled Kubeflow pipelines into Argo Workflows that
// run on Argo alone.
//
// Translation is a straight line of passes, each a package of its own, each
// making a new model out of the one before:
//
//	read     document   text → typed document with positions
//	resolve  pipeline   names → pointers
//	check    check      reports only
//	plan     plan       templates, edges, names
//	emit     emit       the plan as Argo's types
//	merge    overlay    the patches of the user
//	weigh    budget     reports only: what is too large to run
//	print    printer    Argo's types as YAML for people
//
// What is translated is a Workflow; package [kind] makes Argo's other kinds of
// one. Nothing in a Workflow depends on the name under which it runs.
// Package storage reads what a cluster says of its stores.
//
// Mistakes in the pipeline are diagnostics, collected over all passes up to
// check and returned at once. After check nothing can fail; what does is a bug
// of this package, and Translate returns it as an [*InternalError].
package translate

import (
	"cmp"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/budget"
	"github.com/kfp2argo/kfp2argo/translate/check"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/document"
	"github.com/kfp2argo/kfp2argo/translate/emit"
	"github.com/kfp2argo/kfp2argo/translate/kind"
	"github.com/kfp2argo/kfp2argo/translate/overlay"
	"github.com/kfp2argo/kfp2argo/translate/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/plan"
	"github.com/kfp2argo/kfp2argo/translate/printer"
	"github.com/kfp2argo/kfp2argo/translate/storage"
)

// Options are the choices that a pipeline leaves open. The zero value
// translates a pipeline as it is.
type Options struct {
	// Name is the name of the Workflow. Where it is empty, the API server
	// makes one up from GenerateName, which itself defaults to the name of
	// the pipeline with a dash.
	Name, GenerateName string
	// Namespace is where the Workflow goes; empty leaves it to whoever
	// submits it.
	Namespace string
	// ServiceAccount is what the pods run as; empty means the namespace's
	// default.
	ServiceAccount string
	// Arguments replaces the defaults of the pipeline's inputs. The texts are
	// as on a command line: raw for a STRING and for the URI of an artifact,
	// JSON for the rest.
	Arguments map[string]string
	// PipelineRoot is the URI under which artifacts are stored. Where it is
	// empty, the pipeline's own default holds, then the StoreVolume, then the
	// StoreConfigs, and without any whoever submits the Workflow must give it.
	PipelineRoot string
	// Image holds the driver and the launcher. It defaults to [DefaultImage].
	Image string
	// LauncherPath is the absolute path of the launcher in the users' images,
	// for images that embed it.
	LauncherPath string
	// StoreSecret names a Secret with the keys accesskey and secretkey for an
	// S3 store. Where it is empty, the pods find credentials by themselves.
	StoreSecret string
	// StoreConfigs describe stores, as ConfigMaps of KFP's launcher and of
	// Argo's artifact repositories; earlier ones win. See docs/storage.md.
	StoreConfigs []StoreConfig
	// StoreVolume is a claim that all pods mount at [StoreDir], to store
	// artifacts in.
	StoreVolume StoreVolume
	PodSecurity PodSecurity
	// Env lists environment variables of every program, such as HTTPS_PROXY.
	// What a pipeline sets for a program wins.
	Env []EnvVar
	// CABundle holds the certificates that every program trusts, instead of
	// those of its image.
	CABundle CABundle
	// ServiceAccountToken gives programs the token of the pod's service
	// account, with which they can call the API server.
	ServiceAccountToken bool
	// DriverResources are the requests and limits of the driver. Those of
	// Argo's own containers stand in Argo's configuration.
	DriverResources corev1.ResourceRequirements
	// NoCache runs every task, whatever the pipeline says of caching.
	NoCache bool
	// CacheMaxAge is how old an earlier result may be that spares a task. Zero
	// takes any.
	CacheMaxAge time.Duration
	// InlineLimit is the size in bytes above which the value of an output
	// parameter, or the metadata of an artifact, goes to the store instead of
	// into the Workflow. Zero is contract.DefaultInlineLimit.
	InlineLimit int
	// CacheCheck says where a task looks for an earlier one that did the same.
	CacheCheck CacheCheck
	// MaxSize is how many bytes a Workflow may have together with the state of
	// its run: what the controller has as MAX_WORKFLOW_SIZE. Zero is its default,
	// 1 MiB; a negative number is for a controller that offloads the state.
	MaxSize int
	// Overlays are patches, YAML documents with fields of Argo's for the
	// Workflow and for the templates of selected tasks; later ones win. See
	// docs/overlays.md.
	Overlays []diag.Source
	// Template, where it is given, is a template that was translated from the
	// same pipeline. The Workflow only refers to it, and has those arguments
	// that Arguments and PipelineRoot give; see [kind.Reference]. What the
	// other options say of its spec stands in the template.
	Template *kind.Ref
}

// EnvVar is an environment variable.
type EnvVar = emit.EnvVar

// CABundle is a key of a ConfigMap that holds certificates in PEM form. Key
// defaults to ca.crt.
type CABundle = emit.CABundle

// CacheCheck says where a task looks for an earlier one that did the same.
type CacheCheck = plan.CacheCheck

// The places to look: in a small pod before the task's own (ahead), in the
// task's own (inline), or ahead for tasks with accelerators only (auto).
const (
	CheckAuto   = plan.CheckAuto
	CheckInline = plan.CheckInline
	CheckAhead  = plan.CheckAhead
)

// StoreConfig is a file that describes stores. Key selects one of several
// artifact repositories; where it is empty, Argo's annotation does.
type StoreConfig = storage.File

// StoreVolume is a claim, or a directory in it.
type StoreVolume = emit.StoreVolume

// StoreDir is where a StoreVolume is mounted.
const StoreDir = contract.StoreDir

// PodSecurity says which Kubernetes Pod Security Standard the pods meet.
type PodSecurity = emit.PodSecurity

// The levels of Pod Security.
const (
	Restricted = emit.Restricted
	Baseline   = emit.Baseline
	Off        = emit.Off
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
