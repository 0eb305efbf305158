package driver

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// node is what the name of an Argo node says about its task.
type node struct {
	// path holds the names of the enclosing tasks and of the task itself, with
	// the loop indexes: train-all, fit-3.
	path []string
	// task is the last name without indexes.
	task string
}

var (
	// An iteration `(3:3)`: the index and the item.
	iteration = regexp.MustCompile(`\((\d+):[^()]*\)`)
	// An attempt `(0)` of a task with a retry strategy. It says nothing that
	// the attempt's own name in the URI does not.
	attempt    = regexp.MustCompile(`\(\d+\)`)
	notInNames = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)
)

// parseNode reads the name of a pod's node. Of an inner one, the last name is
// not the task's:
//
//	hello-x7k2p.train-all(3:3).fit(0)   → train-all-3, fit
//	hello-x7k2p.fit.run, inner          → fit
//	hello-x7k2p                         → hello-x7k2p
func parseNode(run contract.Run, inner bool) node {
	name := attempt.ReplaceAllString(run.Node, "")
	if dot := strings.LastIndexByte(name, '.'); inner && dot > 0 {
		name = name[:dot]
	}
	plain := iteration.ReplaceAllString(name, "")
	indexed := iteration.ReplaceAllString(name, "-$1")
	if below := strings.TrimPrefix(indexed, run.Name+"."); below != "" {
		indexed = below
	}
	return node{
		path: strings.Split(indexed, "."),
		task: plain[strings.LastIndexByte(plain, '.')+1:],
	}
}

// maxDirectory keeps a directory's name below the 255 bytes of file systems.
const maxDirectory = 160

// directory returns the name of the directory of the task's outputs. It is the
// same for all attempts of a task.
func (n node) directory() string {
	name := strings.Trim(notInNames.ReplaceAllString(strings.Join(n.path, "."), "-"), ".-")
	if name == "" {
		return "task"
	}
	if len(name) > maxDirectory {
		name = hash(name)[:8] + "-" + name[len(name)-maxDirectory:]
	}
	return name
}

// taskKey returns the KFP key of the task.
func (n node) taskKey(keys map[string]string) string {
	if key, ok := keys[n.task]; ok {
		return key
	}
	return n.task
}

// hash returns a short stable name for a long one.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
