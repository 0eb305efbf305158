package place

import (
	"regexp"
	"strings"
)

// Record is what the place of a record says: the key of an entry of the cache, or
// else the UID of a run and an attempt.
type Record struct{ Pipeline, Key, UID, Attempt string }

// deep is the place of a record of a pipeline whose name has a slash.
var deep = regexp.MustCompile(`^(.+?)/(cache/[0-9a-f]{64}|[0-9a-f-]{36}/records/[0-9a-f-]{36})$`)

// ReadRecord reads the path of an object below the root. Pipeline is the one whose
// records are looked for, or empty for all. In that case, of pipelines whose names
// have slashes only keys, UIDs and attempts of the usual form are seen: others
// could as well be files of an artifact.
func ReadRecord(object, pipeline string) (Record, bool) {
	object, ok := strings.CutSuffix(object, suffix)
	if !ok {
		return Record{}, false
	}
	if pipeline != "" {
		rest, ok := strings.CutPrefix(object, pipeline+"/")
		if !ok {
			return Record{}, false
		}
		return readRecord(pipeline, rest)
	}
	first, rest, _ := strings.Cut(object, "/")
	if r, ok := readRecord(first, rest); ok {
		return r, true
	}
	if m := deep.FindStringSubmatch(object); m != nil {
		return readRecord(m[1], m[2])
	}
	return Record{}, false
}

// readRecord reads what follows the pipeline.
func readRecord(pipeline, rest string) (Record, bool) {
	directory, name, _ := strings.Cut(rest, "/")
	attempt, isRecord := strings.CutPrefix(name, recordsDir+"/")
	switch {
	case directory == cacheDir && name != "":
		return Record{Pipeline: pipeline, Key: name}, true
	case isRecord && attempt != "" && !strings.Contains(attempt, "/"):
		return Record{Pipeline: pipeline, UID: directory, Attempt: attempt}, true
	}
	return Record{}, false
}

// Maker is the attempt that made an artifact.
type Maker struct{ UID, Task, Attempt string }

// ReadMaker reads the path of an artifact below the root: who made it.
func ReadMaker(artifact string) (Maker, bool) {
	names := strings.Split(artifact, "/")
	if len(names) < 5 { // the pipeline, and what a Maker is, and the output
		return Maker{}, false
	}
	made := names[len(names)-4:]
	return Maker{UID: made[0], Task: made[1], Attempt: made[2]}, true
}

// MakerOf is [ReadMaker] for a URI, whose root is not known: it looks as if a run
// made the artifact.
func MakerOf(uri string) (Maker, bool) {
	m, ok := ReadMaker(uri)
	return m, ok && IsUID(m.UID)
}

// IsUID reports whether a text is a UID as Kubernetes gives them.
func IsUID(text string) bool { return isUID.MatchString(text) }

var isUID = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
