package contract

import "strings"

// What is called what in a Workflow, for all who write or read one.
const (
	// RootArgument is the argument with the pipeline root.
	RootArgument = "pipeline-root"
	// PipelineAnnotation is the annotation with the name of the pipeline. Each
	// Workflow of this translator has it, and no other.
	PipelineAnnotation = "kfp2argo.dev/pipeline"
	// PipelineLabel is the label of Workflows and pods with the name of the pipeline,
	// as far as a label can have it. TaskLabel has the path of the task of a pod in the
	// run, without iterations, IterationLabel the numbers of these.
	PipelineLabel  = PipelineAnnotation
	TaskLabel      = "kfp2argo.dev/task"
	IterationLabel = "kfp2argo.dev/iteration"
	// DigestAnnotation is the annotation with the digest of the compiled pipeline
	// ([Digest]). Who submits a Workflow and has the pipeline sets it.
	DigestAnnotation = "kfp2argo.dev/pipeline-sha256"
	// ProgramContainer is the container of the user's program, DriverContainer that
	// of the driver, which runs before.
	ProgramContainer = "main"
	DriverContainer  = "driver"
)

// What the driver and the launcher log.
const (
	// LogPrefix begins each line.
	LogPrefix = "kfp2argo: "
	// NotRun is what the launcher says when it runs nothing.
	NotRun = "the program did not run: an earlier task did the same"
)

// EscapedBraces stands for two braces in a row, in which Argo would see a tag. In
// JSON it is the same text. In an argument of a Workflow that is raw text it is the
// only way to write them, and no such argument means this text itself.
const EscapedBraces = `{\u007b`

// EscapeArgument writes the text of an argument such that Argo finds no tag in it.
func EscapeArgument(text string) string { return strings.ReplaceAll(text, "{{", EscapedBraces) }

// PlainArgument is the raw text that [EscapeArgument] was given.
func PlainArgument(text string) string { return strings.ReplaceAll(text, EscapedBraces, "{{") }

// IsArgument reports whether a raw text can be an argument: one that has the escape
// in it already would arrive as another.
func IsArgument(text string) bool { return !strings.Contains(text, EscapedBraces) }
