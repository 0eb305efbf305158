package translate

import (
	"encoding/json"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/trace"
)

// Pipeline is a pipeline that has been read and checked. [Resolve] makes it.
type Pipeline struct {
	Name, Description string
	// Inputs are the parameters in order of their names, then the artifacts.
	Inputs []Input
	carrier
}

// carrier hides what the reports on a pipeline need from everybody else.
type carrier = trace.Carrier

// Input is an input of a pipeline.
type Input struct {
	Name        string
	Description string
	// Type is KFP's name of the type of a parameter, such as NUMBER_INTEGER, or
	// the title of an artifact's type, such as system.Dataset.
	Type     string
	Artifact bool
	// Default is the JSON of a parameter's default value, or nil.
	Default json.RawMessage
	// Optional says that a run may go without a value.
	Optional bool
}

// Required reports whether a run must be given the input.
func (i Input) Required() bool { return !i.Optional && i.Default == nil }

// Translation is a pipeline with the Workflow that it has become. [Trace] makes
// it.
type Translation struct {
	Pipeline *Pipeline
	Workflow *wfv1.Workflow
	carrier
}

// present describes a resolved pipeline.
func present(p *pipeline.Pipeline) *Pipeline {
	shown := &Pipeline{Name: p.Name, Description: p.Description, carrier: trace.Carry(trace.Trace{Pipeline: p})}
	for _, i := range p.Root.Parameters {
		shown.Inputs = append(shown.Inputs, Input{
			Name: i.Name, Description: i.Description, Type: string(i.Type), Default: i.Default, Optional: i.Optional,
		})
	}
	for _, a := range p.Root.Artifacts {
		shown.Inputs = append(shown.Inputs, Input{
			Name: a.Name, Description: a.Description, Type: a.Type.SchemaTitle, Artifact: true, Optional: a.Optional,
		})
	}
	return shown
}
