package diag

import (
	"cmp"
	"fmt"
	"slices"
)

// Report collects diagnostics. The zero value is empty and ready to use. A
// Report is not safe for concurrent use.
type Report struct {
	found []*Diagnostic
}

// Add appends a copy of d and returns it, to be completed in place.
func (r *Report) Add(d Diagnostic) *Diagnostic {
	r.found = append(r.found, &d)
	return &d
}

// Errorf adds an error and returns it, so that a path and a hint can follow:
//
//	report.Errorf(diag.UnknownOutput, key.Span, "task %q has no output %q", task, key).
//		At(path).
//		Hintf("%q has outputs: %s", task, names)
func (r *Report) Errorf(code Code, span Span, format string, args ...any) *Diagnostic {
	return r.Add(Diagnostic{Code: code, Span: span, Message: fmt.Sprintf(format, args...)})
}

// Warnf adds a warning; it is otherwise like [Report.Errorf].
func (r *Report) Warnf(code Code, span Span, format string, args ...any) *Diagnostic {
	return r.Add(Diagnostic{Code: code, Severity: Warning, Span: span, Message: fmt.Sprintf(format, args...)})
}

// HasErrors reports whether any diagnostic is an error.
func (r *Report) HasErrors() bool {
	return slices.ContainsFunc(r.found, func(d *Diagnostic) bool { return d.Severity == Error })
}

// Diagnostics returns what was reported, ordered by source and place; at one
// place the order of reporting is kept. Diagnostics about the whole file come first.
// What would print alike is returned once: the same anchored YAML may be
// reported at several paths.
func (r *Report) Diagnostics() []Diagnostic {
	sorted := make([]Diagnostic, 0, len(r.found))
	seen := make(map[Diagnostic]bool, len(r.found))
	for _, d := range r.found {
		printed := *d
		printed.Path = ""
		if seen[printed] {
			continue
		}
		seen[printed] = true
		sorted = append(sorted, *d)
	}
	slices.SortStableFunc(sorted, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Source, b.Source),
			cmp.Compare(a.Span.Line, b.Span.Line),
			cmp.Compare(a.Span.Column, b.Span.Column),
		)
	})
	return sorted
}
