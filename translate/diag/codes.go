package diag

// Code names a kind of diagnostic for good: people search for it, silence it
// and ask [Explain] about it. A code is never given another meaning. Each has
// its entry in [Explanations]; a test says so.
type Code string

// The codes of the reader: what the text is and whether it has the right form.
const (
	// SyntaxError: the text is neither YAML nor JSON.
	SyntaxError Code = "syntax-error"
	// InvalidEncoding: the text is not UTF-8, or has characters that YAML
	// does not allow.
	InvalidEncoding Code = "invalid-encoding"
	// NotText: the file is something else than text in UTF-8.
	NotText Code = "not-text"
	// MissingPipeline: the file holds no pipeline.
	MissingPipeline Code = "missing-pipeline"
	// NotAPipeline: a document of the file is something else.
	NotAPipeline Code = "not-a-pipeline"
	// ArgoWorkflow: the document is an Argo object, which KFP v1 compiles to.
	ArgoWorkflow Code = "argo-workflow"
	// PipelineJob: the document wraps a pipeline and the settings of one run.
	PipelineJob Code = "pipeline-job"
	// DuplicateDocument: the file holds two pipelines or two platform documents.
	DuplicateDocument Code = "duplicate-document"
	// UnsupportedSchema: schemaVersion is missing or not one that is understood.
	UnsupportedSchema Code = "unsupported-schema"
	// MissingName: the pipeline has no name.
	MissingName Code = "missing-name"
	// UnknownField: a field that the schema does not have.
	UnknownField Code = "unknown-field"
	// WrongType: a value of another type than its field has.
	WrongType Code = "wrong-type"
	// InvalidEnum: a name that the field's enumeration does not have.
	InvalidEnum Code = "invalid-enum"
	// InvalidNumber: a number that JSON cannot hold or the field has no room for.
	InvalidNumber Code = "invalid-number"
	// DuplicateKey: a key that stands twice in one mapping.
	DuplicateKey Code = "duplicate-key"
	// OneofConflict: two fields are set of which only one may be.
	OneofConflict Code = "oneof-conflict"
	// MergeKey: a YAML merge key.
	MergeKey Code = "merge-key"
	// AliasLimit: YAML aliases that refer to themselves or multiply too much.
	AliasLimit Code = "alias-limit"
	// NestingLimit: the document nests too deep.
	NestingLimit Code = "nesting-limit"
)
