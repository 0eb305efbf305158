package runs

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// The names of what is below the pipeline root.
const (
	indexDir     = "runs"
	pipelinesDir = "pipelines"
	recordsDir   = "records"
	runFile      = "run.json"
	suffix       = ".json"
	// LogOutput is the output of a task that has what its program wrote.
	LogOutput = "executor-logs"
)

// farFuture is a time in seconds from which times are counted backwards. It has
// ten digits, as all times since 2001 and the differences have.
const farFuture = 9_999_999_999

// entryName is the name of a run in the index. It is the same for all who write
// it.
func entryName(i Identity) string {
	return fmt.Sprintf("%010d-%s%s", farFuture-i.Created.Unix(), i.UID, suffix)
}

// readEntryName returns when the run with this entry was created, and its UID.
func readEntryName(name string) (created time.Time, uid string, ok bool) {
	text, ok := strings.CutSuffix(name, suffix)
	digits, uid, found := strings.Cut(text, "-")
	seconds, err := strconv.ParseInt(digits, 10, 64)
	if !ok || !found || uid == "" || err != nil || len(digits) != 10 || seconds < 0 {
		return time.Time{}, "", false
	}
	return time.Unix(farFuture-seconds, 0).UTC(), uid, true
}

func (a *Archive) entryURI(i Identity) (store.URI, error) {
	return a.root.Join(indexDir, entryName(i))
}

func (a *Archive) runURI(i Identity) (store.URI, error) {
	return a.root.Join(i.Pipeline, i.UID, runFile)
}

func (a *Archive) pipelineURI(pipeline, digest string) (store.URI, error) {
	return a.root.Join(pipeline, pipelinesDir, digest+suffix)
}
