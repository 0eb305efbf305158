// Package place has the layout of the store below a pipeline root. Its names are
// written and read here only.
//
//	runs/<time>-<UID>.json                    that there was a run; see [Entry]
//	<pipeline>/pipelines/<SHA-256>.json       a compiled pipeline
//	<pipeline>/cache/<key>.json               the record that is found under a key
//	<pipeline>/<UID>/run.json                 what became of a run
//	<pipeline>/<UID>/records/<attempt>.json   what became of a task
//	<pipeline>/<UID>/logs/<node ID>           where the log of an attempt is
//	<pipeline>/<UID>/failures/…               why tasks failed
//	<pipeline>/<UID>/<task>/<attempt>/<output>
//	<pipeline>/<UID>/<task>/<attempt>/.values/…
//
// Places are lists of names, for store.URI.Join. <pipeline> and <key> may have
// slashes; <task> is a path of package nodename, as far as its characters allow.
// The package is a leaf: it imports the standard library only.
package place

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"
)

const (
	indexDir     = "runs"
	pipelinesDir = "pipelines"
	cacheDir     = "cache"
	recordsDir   = "records"
	logsDir      = "logs"
	failuresDir  = "failures"
	valuesDir    = ".values"
	runFile      = "run.json"
	suffix       = ".json"
)

// ExecutorLogs is the name of what a task's program has written, among the outputs
// of its attempt. KFP's pages look for it.
const ExecutorLogs = "executor-logs"

// Index is the directory of the index of runs.
func Index() []string { return []string{indexDir} }

// Pipeline is where a compiled pipeline is. The digest is that of contract.Digest.
func Pipeline(pipeline, digest string) []string {
	return []string{pipeline, pipelinesDir, digest + suffix}
}

// Cache is the directory of a pipeline's entries of the cache.
func Cache(pipeline string) []string { return []string{pipeline, cacheDir} }

// CacheEntry is where the record under a key is.
func CacheEntry(pipeline, key string) []string { return append(Cache(pipeline), key+suffix) }

// Run is a run of a pipeline: what it leaves is in a directory of its own.
type Run struct{ Pipeline, UID string }

// Dir is the directory of the run.
func (r Run) Dir() []string { return []string{r.Pipeline, r.UID} }

// Document is where it is written what became of the run.
func (r Run) Document() []string { return append(r.Dir(), runFile) }

// Records is the directory of the records of tasks.
func (r Run) Records() []string { return append(r.Dir(), recordsDir) }

// Record is where the record of an attempt is.
func (r Run) Record(attempt string) []string { return append(r.Records(), attempt+suffix) }

// IsRecord reports whether an object in [Run.Records] may be a record.
func IsRecord(name string) bool { return path.Ext(name) == suffix }

// LogIndex is where the URI of what a pod's program wrote stands, by the ID of Argo's
// node, which is another for each attempt.
func (r Run) LogIndex(nodeID string) []string { return append(r.Dir(), logsDir, nodeID) }

// Failures is the directory of what package failure keeps.
func (r Run) Failures() []string { return append(r.Dir(), failuresDir) }

// Task is the directory of the attempts of a task.
func (r Run) Task(task string) []string { return append(r.Dir(), task) }

// Attempt is the directory of the outputs of an attempt.
func (r Run) Attempt(task, attempt string) []string { return append(r.Task(task), attempt) }

// Output is the URI of an output of an attempt, whose directory has a URI.
func Output(attempt, name string) string { return attempt + "/" + name }

// Values is the URI of the directory of outputs that are too large for Argo. No
// output has such a name.
func Values(attempt string) string { return attempt + "/" + valuesDir }

// Below returns the path of a URI below that of a directory.
func Below(directory, uri string) (path string, ok bool) {
	return strings.CutPrefix(uri, strings.TrimSuffix(directory, "/")+"/")
}

// farFuture is a time in seconds from which times are counted backwards. It has
// ten digits, as all times since 2001 and the differences have.
const farFuture = 9_999_999_999

// Entry is what the name of a run in the index says. It is the same for all who
// write it. Names count time backwards, so that the newest run is listed first.
type Entry struct {
	Created time.Time
	UID     string
}

// Path is where the entry is.
func (e Entry) Path() []string {
	return append(Index(), fmt.Sprintf("%010d-%s%s", farFuture-e.Created.Unix(), e.UID, suffix))
}

// ReadEntry reads the name of an object in [Index].
func ReadEntry(name string) (e Entry, ok bool) {
	text, ok := strings.CutSuffix(name, suffix)
	digits, uid, found := strings.Cut(text, "-")
	seconds, err := strconv.ParseInt(digits, 10, 64)
	if !ok || !found || uid == "" || err != nil || len(digits) != 10 || seconds < 0 {
		return Entry{}, false
	}
	return Entry{time.Unix(farFuture-seconds, 0).UTC(), uid}, true
}
