package mlmd

import "slices"

// The types that KFP has, whose IDs are their places in these lists, from 1.

func contextTypes() []string { return []string{"system.Pipeline", runType} }

const runType = "system.PipelineRun"

func executionTypes() []string {
	return []string{groupType, "system.ContainerExecution", "system.ImporterExecution"}
}

const groupType = "system.DAGExecution"

func artifactTypes() []string {
	return []string{
		plainType, "system.Dataset", "system.Model", "system.Metrics", "system.ClassificationMetrics",
		"system.SlicedClassificationMetrics", "system.HTML", "system.Markdown",
	}
}

// plainType is also that of artifacts whose type is the user's own.
const plainType = "system.Artifact"

// idOf returns the ID of a type, or else that of the first.
func idOf(types []string, name string) int64 {
	return int64(max(slices.Index(types, name), 0)) + 1
}

// typed writes types, or those of some IDs, as a list.
func typed(types []string, ids []int64) message {
	var out message
	for i, name := range types {
		id := int64(i) + 1
		if ids != nil && !slices.Contains(ids, id) {
			continue
		}
		out.message(listField, typeMessage(id, name))
	}
	return out
}

func typeMessage(id int64, name string) message {
	var m message
	m.int(1, id)
	m.text(2, name)
	return m
}
