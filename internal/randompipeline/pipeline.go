package randompipeline

// Name is the name of every pipeline.
const Name = "random"

// Pipeline is a pipeline made at random.
type Pipeline struct {
	root dag
}

// dag is a list of tasks, each of which waits only for tasks before it.
type dag struct {
	tasks []*task
	// optional says that the text of the DAG has no default: it may be absent.
	optional bool
	// outputs name the programs or groups whose text is the text of the whole: of
	// several the first that has succeeded. There may be none.
	outputs []string
	// file says that the whole also gives the artifact of that task.
	file bool
}

// task is a task of a DAG: a program, a group or a loop.
type task struct {
	name  string
	after []string
	// completed lets the task run however those before it have ended.
	completed bool
	text      source
	// optional says that the program's input has no default.
	optional bool
	// file says that the program also gives its text as an artifact.
	file      bool
	condition *condition
	retries   int
	// body is nil for a program.
	body *dag
	// items has the texts of a loop. It is nil for others.
	items []string
}

// condition holds if a text is the one wanted, or is not.
type condition struct {
	of   source
	not  bool
	want string
}

// source is where a text comes from.
type source struct {
	from from
	// name is the text of a constant, or the name of the input or task.
	name string
	// list is whether the task is a loop, which gives a list of texts.
	list bool
}

// from is a kind of source.
type from int

const (
	nowhere  from = iota // the input is not given
	constant             // a text
	input                // an input of the DAG around
	output               // the text of a task
	file                 // the artifact of a task
	status               // how a task has ended
)

// The inputs of a DAG: of each, and of the body of a loop.
const (
	textInput = "text"
	itemInput = "item"
)

// The texts that decide what runs.
const (
	textGo    = "go"
	textStop  = "stop"
	textFail  = "fail"
	textEmpty = ""
)

// textAbsent is what a program gives that gets nothing.
const textAbsent = "absent"

// task is the name of the task that a source is of, or empty.
func (s source) task() string {
	switch s.from {
	case output, file, status:
		return s.name
	case nowhere, constant, input:
	}
	return ""
}

// gives is whether a task has a text, or a list of texts, for others.
func (t *task) gives() bool {
	return t.body == nil && !t.text.list || t.body != nil && len(t.body.outputs) > 0
}

// writes is whether a task has an artifact for others.
func (t *task) writes() bool {
	if t.body == nil {
		return t.file
	}
	return t.items == nil && t.body.file
}
