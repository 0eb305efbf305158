// Package nodename knows the names that Argo gives the nodes of a Workflow, and
// the paths of tasks that follow from them. Who writes or reads either does it
// here.
//
//	run                                         the Workflow's own node
//	run.all.train-all                           a task in a task, here a loop
//	run.all.train-all.iteration                 what the loop repeats
//	run.all.train-all.iteration(3:3)            an iteration: its number, and its item
//	run.all.train-all.iteration(3:3).fit        a task in it
//	run.all.train-all.iteration(3:3).fit(0)     an attempt of one that is retried
//	run.all.train-all.fit(3:3)                  an iteration that is one task
//	run.onExit[0].report                        a task of the exit handler
//
// A path leaves out the Workflow and the attempts, and has the number of an
// iteration behind its loop: all.train-all-3.fit, whether the iteration has a node of
// its own or is one task. It is the name of a task for people, and of the directory of
// its outputs. The package is a leaf: it imports the standard library only.
package nodename

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// IterationTask is the task that a loop repeats where its iterations have nodes of
// their own. Any other task that is repeated is itself all that is in an iteration.
const IterationTask = "iteration"

// Task is the name of the node of a task in the DAG that a node runs.
func Task(around, task string) string { return around + "." + task }

// Iteration is the name of the node of an iteration, which counts from zero, of the
// task of a node. The item of kfp2argo's loops is the number once more.
func Iteration(node string, number int) string { return fmt.Sprintf("%s(%d:%[2]d)", node, number) }

// Attempt is the name of the node of an attempt, which counts from zero, of a task
// that has a retry strategy.
func Attempt(node string, number int) string { return fmt.Sprintf("%s(%d)", node, number) }

// Last is the last part of a name, with its number, which Argo displays.
func Last(node string) string { return node[strings.LastIndexByte(node, '.')+1:] }

// numbered is a name with the number of an iteration or an attempt at its end.
var numbered = regexp.MustCompile(`^(.*)\((\d+)(:[^()]*)?\)$`)

// Number reads the name of an iteration or of an attempt: its number, and the name
// of the node that it belongs to.
func Number(node string) (of string, number int, ok bool) {
	m := numbered.FindStringSubmatch(node)
	if m == nil {
		return "", 0, false
	}
	number, err := strconv.Atoi(m[2])
	return m[1], number, err == nil
}

// AfterStop reads the name of the node of a task that runs in the exit handler of a
// Workflow.
func AfterStop(workflow, node string) (task string, ok bool) {
	rest, ok := strings.CutPrefix(node, workflow+".onExit[")
	_, task, found := strings.Cut(rest, "].")
	return task, ok && found
}

// Of is what the name of a pod's node says about its task.
type Of struct {
	// Path is the path of the task.
	Path string
	// Task is the name of the task, without the number of an iteration.
	Task string
}

var (
	iteration = regexp.MustCompile(`\.` + IterationTask + `\((\d+):[^()]*\)`)
	repeated  = regexp.MustCompile(`(\.[^.()]*)\((\d+):[^()]*\)`)
	attempt   = regexp.MustCompile(`\(\d+\)`)
)

// Parse reads the name of a pod's node. Of an inner one, which is a part of a task,
// the last name is not the task's:
//
//	run.train-all.iteration(3:3).fit(0)   → train-all-3.fit, fit
//	run.train-all.fit(3:3)(0)             → train-all-3.fit, fit
//	run.fit.run, inner                    → fit, fit
//	run                                   → run, run
func Parse(workflow, node string, inner bool) Of {
	name := attempt.ReplaceAllString(node, "")
	if dot := strings.LastIndexByte(name, '.'); inner && dot > 0 {
		name = name[:dot]
	}
	path := repeated.ReplaceAllString(iteration.ReplaceAllString(name, "-$1"), "-$2$1")
	if below := strings.TrimPrefix(path, workflow+"."); below != "" {
		path = below
	}
	return Of{Path: path, Task: Last(repeated.ReplaceAllString(name, "$1"))}
}
