package diag

import "fmt"

// Severity says whether a diagnostic stops the translation.
type Severity int

// The severities. The zero value is the one that stops.
const (
	Error   Severity = iota // the pipeline cannot be translated
	Warning                 // it can, but not as its author may expect
)

// Diagnostic is one mistake in a pipeline, or in one of the texts beside it.
type Diagnostic struct {
	Code     Code
	Severity Severity
	// Source says which text Span is a place of: zero is the pipeline, n the
	// n-th of the others, as in [Options].
	Source  int
	Span    Span
	Path    string // the data path, such as root.dag.tasks.train.inputs; may be empty
	Message string // starts in lower case, one line, no final period
	Hint    string // what to do about it, in the same form; may be empty
}

// At sets the data path and returns d.
func (d *Diagnostic) At(path string) *Diagnostic {
	d.Path = path
	return d
}

// Hintf sets the hint and returns d.
func (d *Diagnostic) Hintf(format string, args ...any) *Diagnostic {
	d.Hint = fmt.Sprintf(format, args...)
	return d
}
