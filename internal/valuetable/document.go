package valuetable

import (
	"encoding/json"
	"fmt"
)

// object is a JSON object of the pipeline's document.
type object = map[string]any

// document is a compiled pipeline.
type document struct {
	components, executors, settings object
	root, inputs                    object // the tasks and inputs of the pipeline
}

func newDocument() document {
	return document{components: object{}, executors: object{}, settings: object{}, root: object{}, inputs: object{}}
}

// Name is the name of every table's pipeline.
const Name = "values"

// Pipeline is the compiled pipeline, with its platform settings.
func (d document) Pipeline() []byte {
	spec := object{
		"pipelineInfo": object{"name": Name}, "schemaVersion": "2.1.0", "sdkVersion": "kfp-2.16.1",
		"components": d.components, "deploymentSpec": object{"executors": d.executors},
		"root": object{"dag": object{"tasks": d.root}, "inputDefinitions": object{"parameters": d.inputs}},
	}
	platform := object{"platforms": object{"kubernetes": object{"deploymentSpec": object{"executors": d.settings}}}}
	return fmt.Appendf(nil, "%s\n---\n%s\n", encoded(spec), encoded(platform))
}

func encoded(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

// task is a task of a DAG, with its input parameters.
func task(component string, parameters object) object {
	t := object{"componentRef": object{"name": component}, "taskInfo": object{"name": component}}
	if parameters != nil {
		t["inputs"] = object{"parameters": parameters}
	}
	return t
}

// container adds a component that runs a program.
func (d document) container(name string, spec object) object {
	spec["image"] = "python:3.11"
	d.executors["exec-"+name] = object{"container": spec}
	component := object{"executorLabel": "exec-" + name}
	d.components["comp-"+name] = component
	return component
}

// importer adds the component of an importer with the URI, or with an input
// that holds it.
func (d document) importer(name string, uri object) object {
	d.executors["exec-"+name] = object{"importer": object{
		"artifactUri": uri, "typeSchema": object{"schemaTitle": "system.Artifact", "schemaVersion": "0.0.1"},
	}}
	component := object{
		"executorLabel": "exec-" + name,
		"outputDefinitions": object{"artifacts": object{"artifact": object{
			"artifactType": object{"schemaTitle": "system.Artifact", "schemaVersion": "0.0.1"},
		}}},
	}
	d.components["comp-"+name] = component
	return component
}
