package document

import (
	"encoding/json"

	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// JSON returns the compiled pipeline in a source as JSON: the pipeline's
// document, or, where there are platform options, an object with both, as KFP's
// API has them. It is nil where the source has no pipeline; [Read] says why.
func JSON(src diag.Source) json.RawMessage {
	var ignored diag.Report
	d := newDecoder(src, &ignored)
	nodes, _ := d.parse(src)
	var pipeline, platform *yaml.Node
	for _, n := range nodes {
		if isNull(n) {
			continue
		}
		switch classify(n) {
		case kindPipeline:
			pipeline = n
		case kindPlatform:
			platform = n
		case kindPipelineVersion:
			spec := lookup(n, "spec")
			pipeline, platform = lookup(spec, "pipelineSpec"), lookup(spec, "platformSpec")
		case kindOther, kindPipelineManifest, kindPipelineJob, kindWorkflow, kindManifest, kindComponent:
		}
	}
	if pipeline == nil || isNull(pipeline) {
		return nil
	}
	text := d.json(pipeline)
	if platform == nil || isNull(platform) {
		return text
	}
	both, err := json.Marshal(map[string]json.RawMessage{"pipeline_spec": text, "platform_spec": d.json(platform)})
	if err != nil {
		panic(err) // both are JSON
	}
	return both
}

func (d *decoder) json(n *yaml.Node) json.RawMessage {
	var v Value
	v.read(d, n)
	return v.JSON
}
