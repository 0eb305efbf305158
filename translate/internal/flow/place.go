package flow

import "github.com/kfp2argo/kfp2argo/translate/internal/pipeline"

// Place is where a value is: a vertex of the graph. Places are comparable, and
// two that say the same are the same.
//
//sumtype:decl
type Place interface{ place() }

// The places where values begin.
type (
	// Constant is the value that a binding holds itself, whose Source is a
	// [pipeline.Constant].
	Constant struct{ Binding *pipeline.Binding }
	// Default is the default of a parameter.
	Default struct{ Parameter *pipeline.Parameter }
	// Items is the list of a loop that stands in the document.
	Items struct{ Task *pipeline.Task }
	// Submitted is what a run is given for an input of the pipeline.
	Submitted struct {
		Name     string
		Artifact bool
	}
	// Status is how a task has ended.
	Status struct{ Task *pipeline.Task }
)

// The places that values pass through.
type (
	// Input is an input of a component, as what implements it reads it. It may
	// hold what any task gives to it.
	Input struct {
		Component *pipeline.Component
		Name      string
		Artifact  bool
	}
	// Argument is what a task gives to an input of its component, of a loop what
	// one iteration is given. The component need not declare the input: KFP's
	// compiler binds some that only placeholders refer to.
	Argument struct {
		Task     *pipeline.Task
		Name     string
		Artifact bool
	}
	// Output is an output of a component that is a DAG, as the tasks inside make
	// it.
	Output struct {
		Component *pipeline.Component
		Name      string
		Artifact  bool
	}
	// Result is an output of a task, as the tasks beside it read it: of a loop,
	// the list of what the iterations hand out.
	Result struct {
		Task     *pipeline.Task
		Name     string
		Artifact bool
	}
)

// The places that read values.
type (
	// Body is the container, the importer or the claim of a task. It makes the
	// task's results.
	Body struct{ Task *pipeline.Task }
	// Condition is the condition of a task.
	Condition struct{ Task *pipeline.Task }
	// Loop is the list that the loop of a task runs over.
	Loop struct{ Task *pipeline.Task }
	// Setting is a Kubernetes setting of the pod of a task.
	Setting struct{ Setting *pipeline.Setting }
	// Texts are the image and the resources of the pod of a task.
	Texts struct{ Task *pipeline.Task }
)

func (Constant) place()  {}
func (Default) place()   {}
func (Items) place()     {}
func (Submitted) place() {}
func (Status) place()    {}
func (Input) place()     {}
func (Argument) place()  {}
func (Output) place()    {}
func (Result) place()    {}
func (Body) place()      {}
func (Condition) place() {}
func (Loop) place()      {}
func (Setting) place()   {}
func (Texts) place()     {}
