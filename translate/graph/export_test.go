package graph

import "github.com/kfp2argo/kfp2argo/translate/internal/pipeline"

// BuildModel makes the graph of a pipeline that a test has made.
func BuildModel(p *pipeline.Pipeline) *Graph { return build(p) }
