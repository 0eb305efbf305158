package document

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// schemaVersion is the version of the pipeline format that is understood.
const schemaVersion = "2.1.0"

// Read decodes a compiled pipeline: one or two YAML or JSON documents, in any
// order, of which one is the pipeline and the other, with the key platforms,
// the platform options. KFP's PipelineVersion manifest and the JSON of KFP's API,
// which wrap both, are read too.
//
// Every mistake of form is reported, and reading goes on after it: the
// document that is returned, never nil, holds all that could be understood. A
// pointer field is nil where its key is missing or null; the elements of lists
// and maps are never nil. Scalars of a wrong type are kept as far as they have
// a meaning, since their report is an error already.
func Read(src diag.Source, report *diag.Report) *Document {
	d := newDecoder(src, report)
	doc := &Document{}
	nodes, whole := d.parse(src)
	refused := false
	for _, n := range nodes {
		refused = !d.document(doc, n) || refused
	}
	if doc.Pipeline == nil && whole && !refused {
		d.missingPipeline(doc)
	}
	return doc
}

// document reads one document of the source into doc. It returns false where
// the document is none that belongs there, which it has then reported.
func (d *decoder) document(doc *Document, n *yaml.Node) bool {
	if isNull(n) {
		return true
	}
	switch classify(n) {
	case kindPlatform:
		d.platform(doc, n)
		return true
	case kindPipeline:
		d.pipeline(doc, n)
		return true
	case kindPipelineVersion:
		return d.pipelineVersion(doc, n)
	case kindAPI:
		return d.apiObject(doc, n)
	case kindPipelineManifest:
		return true // a name and a description of what a PipelineVersion holds
	case kindPipelineJob:
		d.pipelineJob(n)
	case kindWorkflow:
		d.argoWorkflow(n)
	case kindManifest:
		d.otherManifest(n)
	case kindComponent:
		d.componentFile(n)
	case kindOther:
		d.notAPipeline(n)
	}
	return false
}

// pipeline reads the pipeline document.
func (d *decoder) pipeline(doc *Document, n *yaml.Node) {
	if doc.Pipeline != nil {
		d.secondDocument(n, "pipeline", doc.Pipeline.Span)
		return
	}
	d.decode(&doc.Pipeline, n)
	if doc.Pipeline != nil { // nil where the document is an alias that is refused
		d.checkPipeline(doc.Pipeline)
	}
}

// platform reads the platform document.
func (d *decoder) platform(doc *Document, n *yaml.Node) {
	if doc.Platform != nil {
		d.secondDocument(n, "platform document", doc.Platform.Span)
		return
	}
	d.decode(&doc.Platform, n)
}

// pipelineVersion reads what a PipelineVersion manifest wraps, if anything.
// The rest of it only describes the pipeline.
func (d *decoder) pipelineVersion(doc *Document, n *yaml.Node) bool {
	spec := lookup(n, "spec")
	pipeline := lookup(spec, "pipelineSpec")
	if pipeline == nil || isNull(pipeline) {
		d.emptyPipelineVersion(n)
		return false
	}
	d.in("spec", func() {
		d.in("pipelineSpec", func() { d.pipeline(doc, pipeline) })
		if platform := lookup(spec, "platformSpec"); platform != nil && !isNull(platform) {
			d.in("platformSpec", func() { d.platform(doc, platform) })
		}
	})
	return doc.Pipeline != nil
}

// apiObject reads a pipeline as KFP's API has it: with its platform options, or
// in a version of a pipeline, where both stand one level deeper.
func (d *decoder) apiObject(doc *Document, n *yaml.Node) bool {
	key, pipeline := lookupEither(n, "pipelineSpec", "pipeline_spec")
	d.in(key, func() {
		if _, wrapped := lookupEither(pipeline, "pipelineSpec", "pipeline_spec"); wrapped != nil {
			d.apiObject(doc, pipeline)
			return
		}
		d.pipeline(doc, pipeline)
	})
	if key, platform := lookupEither(n, "platformSpec", "platform_spec"); platform != nil && !isNull(platform) {
		d.in(key, func() { d.platform(doc, platform) })
	}
	return doc.Pipeline != nil
}

// checkPipeline holds a pipeline to the two rules without which the passes
// that follow have nothing to build on.
func (d *decoder) checkPipeline(p *PipelineSpec) {
	version, name := p.SchemaVersion, p.PipelineInfo.Name
	switch {
	case version.Set && version.Value != schemaVersion:
		d.unsupportedSchema(version)
	case !version.Set && !d.refused[version.Span]:
		d.missingSchema(firstKnown(version.Span, p.Span))
	}
	if name.Value == "" && !d.refused[name.Span] {
		d.missingName(firstKnown(name.Span, p.PipelineInfo.Span, p.Span))
	}
}

// firstKnown returns the first of the spans that names a place.
func firstKnown(spans ...diag.Span) diag.Span {
	for _, s := range spans {
		if s.Known() {
			return s
		}
	}
	return diag.Span{}
}

// documentKind says what a document of the source is.
type documentKind int

const (
	kindOther documentKind = iota
	kindPipeline
	kindPlatform
	kindPipelineVersion  // KFP's manifest around a pipeline
	kindPipelineManifest // KFP's manifest that only names a pipeline
	kindAPI              // what KFP's API has of a pipeline
	kindPipelineJob
	kindWorkflow  // one of Argo's manifests
	kindManifest  // another Kubernetes manifest
	kindComponent // KFP's component file
)

// classify tells the kinds of documents apart by the keys that only they have.
func classify(n *yaml.Node) documentKind {
	switch {
	case n.Kind != yaml.MappingNode:
		return kindOther
	case lookup(n, "platforms") != nil:
		return kindPlatform
	case lookup(n, "apiVersion") != nil || lookup(n, "kind") != nil:
		return classifyManifest(n)
	case isAPIObject(n):
		return kindAPI
	case lookup(n, "pipelineSpec") != nil || lookup(n, "pipeline_spec") != nil:
		return kindPipelineJob
	case lookup(n, "implementation") != nil:
		return kindComponent
	}
	known := shapeOf[PipelineSpec]()
	for i := 0; i < len(n.Content); i += 2 {
		if known.field(n.Content[i].Value) != nil {
			return kindPipeline
		}
	}
	return kindOther
}

// isAPIObject tells what KFP's API has of a pipeline from what it has of a run,
// and from a PipelineJob: these have settings beside the pipeline.
func isAPIObject(n *yaml.Node) bool {
	if _, pipeline := lookupEither(n, "pipelineSpec", "pipeline_spec"); pipeline == nil || pipeline.Kind != yaml.MappingNode {
		return false
	}
	if _, version := lookupEither(n, "pipelineVersionId", "pipeline_version_id"); version != nil {
		_, run := lookupEither(n, "runId", "run_id")
		return run == nil
	}
	for i := 0; i < len(n.Content); i += 2 {
		if !slices.Contains([]string{"pipelineSpec", "pipeline_spec", "platformSpec", "platform_spec"}, n.Content[i].Value) {
			return false
		}
	}
	return true
}

// classifyManifest tells Kubernetes manifests apart.
func classifyManifest(n *yaml.Node) documentKind {
	group, _, _ := strings.Cut(manifestField(n, "apiVersion"), "/")
	kind := manifestField(n, "kind")
	switch {
	case group == "argoproj.io", strings.HasSuffix(kind, "Workflow"), strings.HasSuffix(kind, "WorkflowTemplate"):
		return kindWorkflow
	case group == "pipelines.kubeflow.org" && kind == "PipelineVersion":
		return kindPipelineVersion
	case group == "pipelines.kubeflow.org" && kind == "Pipeline":
		return kindPipelineManifest
	}
	return kindManifest
}

// manifestField returns a text field of a manifest.
func manifestField(n *yaml.Node, key string) string {
	if value := lookup(n, key); value != nil {
		return value.Value
	}
	return ""
}

// lookupEither returns the first of two keys that a mapping has, and its value,
// which is nil where it has neither.
func lookupEither(n *yaml.Node, camel, snake string) (string, *yaml.Node) {
	if value := lookup(n, camel); value != nil {
		return camel, value
	}
	return snake, lookup(n, snake)
}

// lookup returns the value of a key, or nil where n is no mapping or lacks it.
func lookup(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}
