// Package placeholder knows the `{{$…}}` grammar of KFP command lines: it
// parses a text once and expands it once. The translator checks placeholders
// with it and the launcher expands them with it, so that what is checked is
// what runs.
//
// A text is a sequence of [Part]s. What is not a placeholder of the grammar is
// literal text, including braces; a value that is put in is never looked at
// again. Where KFP's backend and its local runner disagree, the local runner's
// reading is used: see
// docs/decisions/placeholders.md.
package placeholder

import (
	"strings"
)

// Part is a piece of a text: [Literal] or one of the placeholders.
//
//sumtype:decl
type Part interface{ part() }

// Literal is text without a placeholder.
type Literal string

// ExecutorInput is `{{$}}`: the whole ExecutorInput as JSON.
type ExecutorInput struct{}

// InputParameter is `{{$.inputs.parameters['n']}}`.
type InputParameter struct{ Name string }

// OutputParameterFile is `{{$.outputs.parameters['n'].output_file}}`.
type OutputParameterFile struct{ Name string }

// Artifact is `{{$.inputs.artifacts['n']…}}` or the same with outputs.
type Artifact struct {
	Output bool
	Name   string
	Field  ArtifactField
	// Key is the metadata key, with [MetadataKey].
	Key string
}

// ArtifactField selects the value of an [Artifact] placeholder.
type ArtifactField int

// The parts of an artifact that a placeholder may name.
const (
	Whole ArtifactField = iota // the JSON list of artifacts
	URI
	Path
	Name
	Metadata    // all metadata as JSON
	MetadataKey // one metadata value
)

// OutputFile is `{{$.outputs.output_file}}`, or `{{$.outputMetadataUri}}`.
type OutputFile struct{}

// Pipeline is a placeholder about the run, such as `{{$.pipeline_job_name}}`;
// Name is the text behind `$.`, one of [PipelineNames].
type Pipeline struct{ Name string }

// Brace is `{{$.brace}}`, this project's own: a brace that [Shield] keeps from
// Argo.
type Brace struct{}

func (Literal) part()             {}
func (ExecutorInput) part()       {}
func (InputParameter) part()      {}
func (OutputParameterFile) part() {}
func (Artifact) part()            {}
func (OutputFile) part()          {}
func (Pipeline) part()            {}
func (Brace) part()               {}

// The names of the placeholders about the run.
const (
	JobName         = "pipeline_job_name"
	JobResourceName = "pipeline_job_resource_name"
	JobUUID         = "pipeline_job_uuid"
	TaskName        = "pipeline_task_name"
	TaskUUID        = "pipeline_task_uuid"
	JobCreateTime   = "pipeline_job_create_time_utc"
	JobScheduleTime = "pipeline_job_schedule_time_utc"
	PipelineRoot    = "pipeline_root"
	WorkspacePath   = "workspace_path"
)

// PipelineNames lists the names that a [Pipeline] may have.
func PipelineNames() []string {
	return []string{
		JobName, JobResourceName, JobUUID, TaskName, TaskUUID, JobCreateTime, JobScheduleTime,
		PipelineRoot, WorkspacePath,
	}
}

const (
	open     = "{{$"
	end      = "}}"
	braceTag = "{{$.brace}}"
)

// Parse splits a text into its parts. Every text has a reading.
func Parse(text string) []Part {
	return parse(text, func(string) (Part, bool) { return nil, false })
}

// ParseShielded is [Parse] for text that went through [Shield].
func ParseShielded(text string) []Part {
	return parse(text, func(body string) (Part, bool) {
		return Brace{}, body == ".brace"
	})
}

func parse(text string, extra func(body string) (Part, bool)) []Part {
	var parts []Part
	literal := 0
	for i := 0; i < len(text); {
		part, length := placeholderAt(text[i:], extra)
		if part == nil {
			i++
			continue
		}
		if literal < i {
			parts = append(parts, Literal(text[literal:i]))
		}
		parts = append(parts, part)
		i += length
		literal = i
	}
	if literal < len(text) {
		parts = append(parts, Literal(text[literal:]))
	}
	return parts
}

// Find returns where a placeholder first is in a text and how long it is
// there, in bytes. It stands nowhere if width is zero, as where a structure of
// a command line writes it with the escapes of JSON.
func Find(text string, wanted Part) (offset, width int) {
	none := func(string) (Part, bool) { return nil, false }
	for i := 0; i < len(text); {
		part, length := placeholderAt(text[i:], none)
		if part == wanted {
			return i, length
		}
		i += max(length, 1)
	}
	return 0, 0
}

// placeholderAt reads a placeholder at the start of a text and returns how
// long it is, or nil where there is none.
func placeholderAt(text string, extra func(string) (Part, bool)) (Part, int) {
	if !strings.HasPrefix(text, open) {
		return nil, 0
	}
	body, length := text[len(open):], 0
	// A name may itself hold braces: try every closing pair.
	for {
		n := strings.Index(body[length:], end)
		if n < 0 {
			return nil, 0
		}
		length += n
		if part := parseBody(body[:length]); part != nil {
			return part, len(open) + length + len(end)
		}
		if part, ok := extra(body[:length]); ok {
			return part, len(open) + length + len(end)
		}
		if !strings.Contains(body[:length], "['") {
			return nil, 0
		}
		length++
	}
}

// parseBody reads what stands between `{{$` and `}}`.
func parseBody(body string) Part {
	switch body {
	case "":
		return ExecutorInput{}
	case ".outputs.output_file", ".outputMetadataUri":
		return OutputFile{}
	}
	for _, name := range PipelineNames() {
		if body == "."+name {
			return Pipeline{Name: name}
		}
	}
	if name, rest, ok := subscript(body, ".inputs.parameters"); ok && rest == "" {
		return InputParameter{Name: name}
	}
	if name, rest, ok := subscript(body, ".outputs.parameters"); ok && rest == ".output_file" {
		return OutputParameterFile{Name: name}
	}
	if name, rest, ok := subscript(body, ".inputs.artifacts"); ok {
		return artifact(Artifact{Name: name}, rest)
	}
	if name, rest, ok := subscript(body, ".outputs.artifacts"); ok {
		return artifact(Artifact{Name: name, Output: true}, rest)
	}
	return nil
}

// subscript reads `prefix['name']rest`.
func subscript(text, prefix string) (name, rest string, ok bool) {
	text, ok = strings.CutPrefix(text, prefix+"['")
	if !ok {
		return "", "", false
	}
	return strings.Cut(text, "']")
}

func artifact(a Artifact, field string) Part {
	switch field {
	case "":
		a.Field = Whole
	case ".uri":
		a.Field = URI
	case ".path":
		a.Field = Path
	case ".name":
		a.Field = Name
	case ".metadata":
		a.Field = Metadata
	default:
		key, rest, ok := subscript(field, ".metadata")
		if !ok || rest != "" {
			return nil
		}
		a.Field, a.Key = MetadataKey, key
	}
	return a
}

// Shield rewrites a text so that Argo finds no template tag in it: every `{{`
// that does not open a placeholder becomes `{{$.brace}}{`. [ParseShielded]
// and then [Expand] give the text's own meaning back.
func Shield(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		if !strings.HasPrefix(text[i:], "{{") {
			b.WriteByte(text[i])
			i++
			continue
		}
		part, length := placeholderAt(text[i:], func(string) (Part, bool) { return nil, false })
		if part != nil {
			b.WriteString(text[i : i+length])
			i += length
			continue
		}
		b.WriteString(braceTag)
		i++
	}
	return b.String()
}

// ShieldText rewrites a text without placeholders as [Shield] does; what KFP
// would call a placeholder is none there.
func ShieldText(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if strings.HasPrefix(text[i:], "{{") {
			b.WriteString(braceTag)
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// UnshieldText gives back what [ShieldText] took.
func UnshieldText(text string) string { return strings.ReplaceAll(text, braceTag, "{") }
