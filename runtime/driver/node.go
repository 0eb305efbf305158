package driver

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/nodename"
	"github.com/kfp2argo/kfp2argo/runtime/place"
)

func runOf(task *contract.Task) place.Run {
	return place.Run{Pipeline: task.Run.Pipeline, UID: task.Run.UID}
}

func nodeOf(task *contract.Task) nodename.Of {
	return nodename.Parse(task.Run.Name, task.Run.Node, task.Component.Inner)
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// maxDirectory keeps a directory's name below the 255 bytes of file systems.
const maxDirectory = 160

// directory returns the name of the directory of the outputs of the task at a path.
// It is the same for all attempts of a task.
func directory(path string) string {
	name := strings.Trim(notInNames.ReplaceAllString(path, "-"), ".-")
	if name == "" {
		return "task"
	}
	if len(name) > maxDirectory {
		name = hash(name)[:8] + "-" + name[len(name)-maxDirectory:]
	}
	return name
}

// taskKey returns the KFP key of a task.
func taskKey(name string, keys map[string]string) string {
	if key, ok := keys[name]; ok {
		return key
	}
	return name
}

// hash returns a short stable name for a long one.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}
