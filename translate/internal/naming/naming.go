// Package naming has the names of what the Workflow is made of: those that the
// translator gives, and how it makes others of the names in a pipeline. What pods
// and servers must know as well is in runtime/contract.
package naming

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/nodename"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// The templates that belong to no task of the pipeline.
const (
	// Entry turns submitted arguments into inputs of the pipeline and its outputs
	// into natural text.
	Entry = "entry"
	// Stop runs when the Workflow ends.
	Stop = "on-stop"
	// Nothing does nothing. It is the template of the task of this name, which never
	// runs.
	Nothing = "nothing"
)

// The tasks of templates that are made for one task of the pipeline.
const (
	// Iteration is the only task of a loop whose iterations have a template of their
	// own.
	Iteration = nodename.IterationTask
	// LookUp and Run are the tasks of a task that looks ahead.
	LookUp = "look-up"
	Run    = "run"
)

// Tasks gives the tasks of a DAG their names.
func Tasks(tasks []*pipeline.Task) map[*pipeline.Task]string {
	taken, all := Names{}, map[*pipeline.Task]string{}
	for _, t := range tasks {
		all[t] = taken.Unique(Template(t.Key))
	}
	return all
}

// maxName bounds template and task names: Argo makes pod names and node names
// of them.
const maxName = 60

// Names hands out names that are unique among those it has handed out.
type Names map[string]bool

// Unique returns the name, or the name with the first free number behind it.
func (n Names) Unique(name string) string {
	free := name
	for i := 2; n[free]; i++ {
		free = fmt.Sprintf("%s-%d", name, i)
	}
	n[free] = true
	return free
}

// Template makes a name of Argo's from any text: lower case letters,
// digits and dashes, a letter first, and none of the words that Argo's
// `depends` reads as an operator.
//
//	Train_Model.v2 → train-model-v2     2fast → t-2fast     not → t-not
func Template(text string) string {
	name := strings.Trim(strings.Map(templateRune, strings.ToLower(text)), "-")
	if len(name) > maxName {
		name = strings.TrimRight(name[:maxName], "-")
	}
	if name == "" || name[0] < 'a' || slices.Contains(operators(), name) {
		name = strings.TrimRight("t-"+name, "-")
	}
	return name
}

func templateRune(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}

// operators lists the words of expr-lang that cannot name a task.
func operators() []string {
	return []string{
		"in", "not", "and", "or", "let", "true", "false", "nil", "if", "else", "matches", "contains",
		"startswith", "endswith",
	}
}

// Parameter makes the name of an Argo parameter from that of a KFP input
// or output: letters, digits, dashes and underscores.
func Parameter(text string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '-'
	}, text)
	if name == "" {
		return "p"
	}
	return name
}
