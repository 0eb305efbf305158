package diag

import "slices"

// Explanation explains a code, beyond one diagnostic.
type Explanation struct {
	Code    Code
	Meaning string // what is wrong and why it matters
	Example string // a fragment of a document that has the mistake
	Fix     string // what to do
}

// Explain returns the explanation of a code, or false if there is no such
// code.
func Explain(code Code) (Explanation, bool) {
	all := Explanations()
	i := slices.IndexFunc(all, func(e Explanation) bool { return e.Code == code })
	if i < 0 {
		return Explanation{}, false
	}
	return all[i], true
}

// Explanations returns the explanations of all codes, in the order in which
// the passes report them.
func Explanations() []Explanation {
	return slices.Concat(fileCodes(), fieldCodes(), referenceCodes(), ruleCodes(), placeholderCodes(), overlayCodes(), storeCodes())
}

// fileCodes explains the codes about a file and its documents.
func fileCodes() []Explanation {
	return []Explanation{{
		Code:    SyntaxError,
		Meaning: "The text is neither YAML nor JSON, so nothing in it can be read.",
		Example: "pipelineInfo:\n\tname: train",
		Fix:     "Indent with spaces, and quote text that holds \": \" or starts with one of @ ` % & * ! | > { [. Better still, let the KFP compiler write the file.",
	}, {
		Code:    NotText,
		Meaning: "The file is no text in UTF-8: it is text in UTF-16, an archive, or another binary file.",
		Example: "a file that PowerShell wrote with >",
		Fix:     "Save text as UTF-8: in PowerShell, with | Out-File -Encoding utf8 FILE. The command unpacks .zip, .tar.gz and .gz; in Go, package archive does.",
	}, {
		Code:    InvalidEncoding,
		Meaning: "The text has bytes that are not UTF-8, or control characters that YAML does not allow.",
		Example: "text: \"a\x01b\", with the character itself",
		Fix:     "Save the file as UTF-8. In quoted text write control characters as escapes, such as \"\\x1b\".",
	}, {
		Code:    MissingPipeline,
		Meaning: "The file holds no pipeline: it is empty, or has platform options only.",
		Example: "# just a comment",
		Fix:     "Pass the file that the KFP compiler wrote: kfp dsl compile --py pipeline.py --output pipeline.yaml",
	}, {
		Code:    NotAPipeline,
		Meaning: "A document of the file is not a compiled KFP v2 pipeline.",
		Example: "name: Train\nimplementation:\n  container:\n    image: python:3.12",
		Fix:     "Compile the pipeline with the KFP v2 SDK and pass what it writes. A component on its own is loaded into a pipeline with kfp.components.load_component_from_file.",
	}, {
		Code:    ArgoWorkflow,
		Meaning: "The document is an Argo object already. The KFP v1 SDK compiles to Argo Workflows; the translator reads what the v2 SDK writes.",
		Example: "apiVersion: argoproj.io/v1alpha1\nkind: Workflow",
		Fix:     "Submit the workflow to Argo as it is, or compile its pipeline with the KFP v2 SDK.",
	}, {
		Code:    PipelineJob,
		Meaning: "The document is a PipelineJob: a pipeline together with the arguments and settings of one run.",
		Example: "pipelineSpec:\n  pipelineInfo:\n    name: train\nruntimeConfig:\n  parameterValues:\n    epochs: 3",
		Fix:     "Put what stands under pipelineSpec into a file of its own, translate that, and give the arguments when the workflow is submitted.",
	}, {
		Code:    DuplicateDocument,
		Meaning: "The file holds more than one pipeline, or more than one platform document. A patch is always a single document.",
		Example: "platforms:\n  kubernetes: {}\n---\nplatforms:\n  kubernetes: {}",
		Fix:     "Keep one pipeline and at most one platform document in a file.",
	}, {
		Code:    UnsupportedSchema,
		Meaning: "schemaVersion says which version of the pipeline format the document has. It is missing or names a version that is not understood.",
		Example: "schemaVersion: 2.0.0",
		Fix:     "Compile the pipeline again with a current KFP v2 SDK, which writes schemaVersion 2.1.0.",
	}, {
		Code:    MissingName,
		Meaning: "The pipeline has no name. The workflow's name and the place of its artifacts derive from it.",
		Example: "pipelineInfo:\n  name: ''",
		Fix:     "Set pipelineInfo.name, or give @dsl.pipeline a name and compile again.",
	}}
}

// fieldCodes explains the codes about the form of single fields.
func fieldCodes() []Explanation {
	return []Explanation{{
		Code:    UnknownField,
		Meaning: "The schema has no such field. It is refused because a setting that is not understood would be lost in silence.",
		Example: "pipelineInfo:\n  nmae: train",
		Fix:     "Correct the spelling. If a newer SDK wrote the field, this version of the translator does not know it yet.",
	}, {
		Code:    WrongType,
		Meaning: "The value has another type than the field.",
		Example: "image: 3.12",
		Fix:     "Quote a number or a boolean that is meant as text; elsewhere write a value of the type that the message names.",
	}, {
		Code:    InvalidEnum,
		Meaning: "The field takes one of a few names, and this is none of them.",
		Example: "parameterType: INTEGER",
		Fix:     "Write one of the names that the message lists.",
	}, {
		Code:    InvalidNumber,
		Meaning: "The number is infinite, not a number, or too large: JSON, in which all values travel, cannot hold it, or the field has no room for it. Or it is negative where something is counted.",
		Example: "defaultValue: .inf  # or parallelismLimit: -1",
		Fix:     "Write a finite number, or text. Where something is counted, 0 is the least.",
	}, {
		Code:    DuplicateKey,
		Meaning: "A key stands twice in one mapping, so one of the two values would be lost. A field in camelCase and the same field in snake_case are one key.",
		Example: "displayName: a\ndisplay_name: b",
		Fix:     "Remove one of the two.",
	}, {
		Code:    OneofConflict,
		Meaning: "Two fields are set that exclude each other.",
		Example: "dag: {}\nexecutorLabel: exec-train",
		Fix:     "Remove one of the two.",
	}, {
		Code:    MergeKey,
		Meaning: "A YAML merge key (<<) inserts another mapping. The format has no use for it and the reader does not support it.",
		Example: "<<: *defaults",
		Fix:     "Write the fields out.",
	}, {
		Code:    AliasLimit,
		Meaning: "YAML aliases (*name) refer to a text that contains them, or repeat so much of the document that reading it would not end.",
		Example: "a: &a [*a]",
		Fix:     "Write the values out.",
	}, {
		Code:    NestingLimit,
		Meaning: "Mappings and lists nest deeper than the reader follows.",
		Example: "[[[[[[[[ and so on ]]]]]]]]",
		Fix:     "Pass a deeply nested value as text and parse it in the component.",
	}}
}
