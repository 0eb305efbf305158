package nodename

import (
	"strconv"
	"strings"
)

// Path is the path of a task, below that of what it is in, which may be empty.
func Path(around, task string) string {
	if around == "" {
		return task
	}
	return around + "." + task
}

// PathOfIteration is the path of an iteration of a loop.
func PathOfIteration(loop string, number int) string { return loop + "-" + strconv.Itoa(number) }

// IsWithin reports whether the task of a path is another or inside it; an iteration
// is inside its loop. All are within the empty path.
func IsWithin(path, of string) bool {
	rest, ok := strings.CutPrefix(path, of)
	if !ok || of == "" || rest == "" || rest[0] == '.' {
		return ok
	}
	number, ok := strings.CutPrefix(rest, "-")
	behind := strings.TrimLeft(number, "0123456789")
	return ok && len(behind) < len(number) && (behind == "" || behind[0] == '.')
}

// Below is a path without the pipeline that it begins with. Where the pipeline has
// inputs or outputs it is a task itself, and pods know paths with it.
func Below(pipeline, path string) string { return strings.TrimPrefix(path, pipeline+".") }

// Shorter is a path without its first part; it is empty for a path of one part.
func Shorter(path string) string {
	_, rest, _ := strings.Cut(path, ".")
	return rest
}
