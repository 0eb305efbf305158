package document

import (
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// This file holds the text of every diagnostic of the reader, a method each.

// compileHint says where a pipeline comes from.
const compileHint = "pass the file that the KFP v2 compiler wrote: kfp dsl compile --py pipeline.py --output pipeline.yaml"

// errorf reports an error at the current path.
func (d *decoder) errorf(code diag.Code, span diag.Span, format string, args ...any) *diag.Diagnostic {
	return d.report.Errorf(code, span, format, args...).At(d.path.String())
}

// The file and its documents.

func (d *decoder) invalidCharacter(span diag.Span, what string) {
	d.errorf(diag.InvalidEncoding, span, "%s cannot stand in YAML", what).
		Hintf("save the file as UTF-8; in quoted text write control characters as escapes")
}

// noText reports a file that is no text, as a whole: a line of it means nothing.
func (d *decoder) noText(what, hint string) {
	d.errorf(diag.NotText, diag.Span{}, "this is %s, not YAML", what).Hintf("%s", hint)
}

func (d *decoder) pythonFile() {
	d.errorf(diag.NotAPipeline, d.lineSpan(1), "this is a Python file, not a compiled pipeline").
		Hintf("compile it: kfp dsl compile --py FILE --output pipeline.yaml")
}

func (d *decoder) syntaxError(line int, problem string) {
	found := d.errorf(diag.SyntaxError, d.lineSpan(line), "this is not YAML: %s", problem)
	switch {
	case strings.HasPrefix(problem, "found character that cannot start"):
		found.Hintf("indent with spaces, not tabs, and quote text that starts with @, ` or %%")
	case strings.HasPrefix(problem, "mapping values are not allowed"):
		found.Hintf("quote text that holds \": \", or correct the indentation")
	case strings.HasPrefix(problem, "could not find expected ':'"):
		found.Hintf("write a key as `key: value`, and indent text that goes on over several lines")
	case strings.HasPrefix(problem, "found unexpected end of stream"):
		found.Hintf("close the quote that opens here")
	case strings.HasPrefix(problem, "did not find expected"):
		found.Hintf("check the indentation here, and for a quote or bracket that is not closed or closed too soon")
	}
}

func (d *decoder) missingPipeline(doc *Document) {
	if doc.Platform != nil {
		d.errorf(diag.MissingPipeline, diag.Span{}, "the file holds platform options but no pipeline").Hintf(compileHint)
		return
	}
	d.errorf(diag.MissingPipeline, diag.Span{}, "the file holds no pipeline").Hintf(compileHint)
}

func (d *decoder) secondDocument(n *yaml.Node, what string, first diag.Span) {
	d.errorf(diag.DuplicateDocument, d.span(n), "this is a second %s; the first starts on line %d", what, first.Line).
		Hintf("keep one pipeline and at most one platform document in a file")
}

func (d *decoder) furtherDocument(n *yaml.Node, first diag.Span) {
	d.errorf(diag.DuplicateDocument, d.span(n), "this is a second document; the first starts on line %d", first.Line).
		Hintf("write one document into a file, without a line ---")
}

func (d *decoder) emptyPipelineVersion(n *yaml.Node) {
	d.errorf(diag.MissingPipeline, d.span(n), "this PipelineVersion has no spec.pipelineSpec").Hintf(compileHint)
}

func (d *decoder) pipelineJob(n *yaml.Node) {
	d.errorf(diag.PipelineJob, d.span(n), "this is a PipelineJob, a pipeline with the settings of one run").
		Hintf("pass what stands under pipelineSpec as a file of its own, and give the arguments when the workflow is submitted")
}

func (d *decoder) argoWorkflow(n *yaml.Node) {
	d.errorf(diag.ArgoWorkflow, d.span(n), "this is already an Argo %s (KFP v1 compiles to one)", orElse(manifestField(n, "kind"), "Workflow")).
		Hintf("submit it to Argo as it is, or compile the pipeline with the KFP v2 SDK")
}

func (d *decoder) otherManifest(n *yaml.Node) {
	d.errorf(diag.NotAPipeline, d.span(n), "this is a Kubernetes manifest of kind %q, not a compiled KFP pipeline", manifestField(n, "kind")).
		Hintf(compileHint)
}

func (d *decoder) componentFile(n *yaml.Node) {
	d.errorf(diag.NotAPipeline, d.span(n), "this is a KFP component, not a compiled pipeline").
		Hintf("compile a pipeline that uses it; kfp.components.load_component_from_file loads it")
}

func (d *decoder) notAPipeline(n *yaml.Node) {
	d.errorf(diag.NotAPipeline, d.span(n), "this is not a compiled KFP pipeline: it is %s without pipelineInfo or root", describe(n)).
		Hintf(compileHint)
}

func (d *decoder) missingSchema(span diag.Span) {
	d.errorf(diag.UnsupportedSchema, span, "the pipeline has no schemaVersion").
		Hintf("compile it with the KFP v2 SDK, which writes schemaVersion %s", schemaVersion)
}

func (d *decoder) unsupportedSchema(version Text) {
	d.errorf(diag.UnsupportedSchema, version.Span, "schemaVersion %q is not supported; only %s is", version.Value, schemaVersion).
		Hintf("compile the pipeline with a current KFP v2 SDK")
}

func (d *decoder) missingName(span diag.Span) {
	d.errorf(diag.MissingName, span, "the pipeline has no name").
		Hintf("set pipelineInfo.name, from which the workflow takes its name")
}

// Keys.

func (d *decoder) unknownField(key *yaml.Node, s shape) {
	found := d.errorf(diag.UnknownField, d.span(key), "unknown field %q %s", key.Value, d.whereabouts())
	if name, ok := diag.Nearest(key.Value, s.names()); ok {
		found.Hintf("did you mean %q?", name)
		return
	}
	found.Hintf("the fields here are %s", strings.Join(s.names(), ", "))
}

func (d *decoder) duplicateKey(key, first *yaml.Node) {
	at := d.span(first).Line
	if key.Value != first.Value {
		d.errorf(diag.DuplicateKey, d.span(key), "%q is the same field as %q on line %d", key.Value, first.Value, at).
			Hintf("remove one of the two")
		return
	}
	d.errorf(diag.DuplicateKey, d.span(key), "the key %q stands here already, on line %d", key.Value, at).
		Hintf("remove or rename one of the two")
}

func (d *decoder) oneofConflict(key, other *yaml.Node) {
	d.errorf(diag.OneofConflict, d.span(key), "%q cannot be set beside %q on line %d", key.Value, other.Value, d.span(other).Line).
		Hintf("remove one of the two")
}

func (d *decoder) compositeKey(key *yaml.Node) {
	d.errorf(diag.WrongType, d.span(key), "a key must be text, found %s", describe(key)).
		Hintf("quote text that starts with { or [")
}

func (d *decoder) mergeKey(key *yaml.Node) {
	d.errorf(diag.MergeKey, d.span(key), "YAML merge keys (<<) are not supported").
		Hintf("write the fields out")
}

// Values.

func (d *decoder) wrongType(n *yaml.Node, want string) *diag.Diagnostic {
	d.refused[d.span(n)] = true
	return d.errorf(diag.WrongType, d.span(n), "%s must be %s, found %s", d.subject(), want, describe(n))
}

func (d *decoder) notText(n *yaml.Node) {
	found := d.wrongType(n, "text")
	switch {
	case n.Kind == yaml.ScalarNode && (isNumber(n) || n.ShortTag() == "!!bool"):
		found.Hintf("quote it: '%s'", n.Value)
	case n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle != 0:
		found.Hintf("quote text that starts with {")
	}
}

func (d *decoder) notBoolean(n *yaml.Node) {
	d.wrongType(n, "a boolean").Hintf("write true or false, without quotes")
}

func (d *decoder) notWhole(n *yaml.Node) {
	d.errorf(diag.InvalidNumber, d.span(n), "%s must be a whole number of at most 64 bits, found %s", d.subject(), describe(n))
}

func (d *decoder) nullElement(n *yaml.Node) {
	d.errorf(diag.WrongType, d.span(n), "%s is empty", d.subject()).
		Hintf("give it a value or remove it")
}

func (d *decoder) invalidEnum(n *yaml.Node, names []string) {
	legal := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return strings.HasSuffix(name, "_UNSPECIFIED") })
	found := d.errorf(diag.InvalidEnum, d.span(n), "%s cannot be %s", d.subject(), describe(n))
	found.Hintf("it is one of %s", strings.Join(legal, ", "))
}

func (d *decoder) notJSON(n *yaml.Node) {
	d.errorf(diag.InvalidNumber, d.span(n), "%s is %s, which JSON cannot hold", d.subject(), describe(n)).
		Hintf("write a finite number, or quote it to make it text")
}

func (d *decoder) foreignTag(n *yaml.Node) {
	d.errorf(diag.WrongType, d.span(n), "%s must be a JSON value, found %s", d.subject(), describe(n)).
		Hintf("remove the tag")
}

// Limits.

func (d *decoder) tooDeep(n *yaml.Node) {
	d.errorf(diag.NestingLimit, d.span(n), "the document nests more than %d levels deep", maxDepth)
}

func (d *decoder) aliasCycle(n *yaml.Node) {
	d.errorf(diag.AliasLimit, d.span(n), "the alias *%s stands inside the value it refers to", n.Value).
		Hintf("write the value out")
}

func (d *decoder) tooManyAliases(n *yaml.Node) {
	if d.copied != maxCopied+1 {
		return // once is enough
	}
	d.errorf(diag.AliasLimit, d.span(n), "the aliases of this document repeat more than %d values", maxCopied).
		Hintf("write the values out")
}

// describe says what a node is, for a message.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "an alias"
	}
	switch tag := n.ShortTag(); tag {
	case "!!str", "!!timestamp":
		return fmt.Sprintf("the text %q", shorten(n.Value))
	case "!!int", "!!float":
		return "the number " + shorten(n.Value)
	case "!!bool":
		return "the boolean " + shorten(n.Value)
	case "!!null":
		return "nothing"
	default:
		return "a value with the tag " + tag
	}
}

// shorten cuts a long text.
func shorten(text string) string {
	const limit = 40
	if runes := []rune(text); len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}

// orElse returns the first text that is not empty.
func orElse(text, otherwise string) string {
	if text != "" {
		return text
	}
	return otherwise
}
