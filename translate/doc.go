// Package translate turns compiled Kubeflow pipelines into Argo Workflows that
// run on Argo alone.
//
// # Use
//
// [Translate] takes the text of a pipeline, as the KFP SDK compiles it, and
// returns Argo's own type, ready to be submitted with Argo's client or to be
// written with [Print]:
//
//	workflow, found, err := translate.Translate(diag.Source{Name: name, Text: text}, translate.Options{})
//
// Three kinds of trouble are kept apart:
//
//   - What is wrong with the pipeline, or strange, is in found, a list of
//     [diag.Diagnostic]: code, severity, place, message and hint. All of it is
//     reported at once, and [diag.Render] prints it for people. Where one of them
//     is an error, the Workflow is nil.
//   - A bug of this package is the only error, an [*InternalError].
//   - Nothing else fails: the package reads no files, no environment and no
//     network, and keeps no state. Its functions may be called concurrently.
//
// [Options] holds what a pipeline leaves open. Package [kind] makes a
// WorkflowTemplate, ClusterWorkflowTemplate or CronWorkflow of the Workflow.
// [Resolve] only checks a pipeline and says which inputs it takes; package graph
// draws what it returns. [Trace] translates for the reports of packages explain
// and compare. The programs of the pods are in an image of the same version, see
// [DefaultImage].
//
// # How it works
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
// Nothing in a Workflow depends on the name under which it runs. The same source
// and options give the same bytes. Package storage reads what a cluster says of
// its stores. Mistakes in the pipeline are collected over all passes up to
// check; after check nothing can fail.
package translate
