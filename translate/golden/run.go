package golden

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rogpeppe/go-internal/diff"
)

// Status says how a pipeline fared.
type Status int

// How a pipeline can fare.
const (
	// Same is a pipeline that becomes what its golden says.
	Same Status = iota
	// Written is one whose golden was written again.
	Written
	// Differs is one that becomes something else.
	Differs
	// Missing is one without a golden.
	Missing
	// Untranslated is one that does not translate.
	Untranslated
	// Orphan is a golden without a pipeline.
	Orphan
	// AsExpected is a run that went as a case expects.
	AsExpected
	// Otherwise is one that did not.
	Otherwise
)

// Result says how a pipeline, or an orphan, fared.
type Result struct {
	// Name is that of the file, with that of the case where there is one.
	Name string
	// File is that of the file where the name is another; empty is the name.
	File   string
	Status Status
	// Detail is the difference, or what is wrong with the pipeline; several
	// lines.
	Detail  string
	colored string
	golden  string
}

// Good reports whether there is nothing to do about a result.
func (r Result) Good() bool { return r.Status == Same || r.Status == Written || r.Status == AsExpected }

// Message says in a few words what is the matter.
func (r Result) Message() string {
	switch r.Status {
	case Same:
		return "becomes " + r.golden
	case Written:
		return "wrote " + r.golden
	case Differs:
		return "becomes something else than " + r.golden
	case Missing:
		return "has no golden " + r.golden + "; --update writes it"
	case Untranslated:
		return "does not translate"
	case Orphan:
		return "is the golden of no pipeline"
	case AsExpected:
		return "runs as expected"
	case Otherwise:
		return "does not run as expected"
	}
	panic("golden: unknown status")
}

// Translation is what becomes of a pipeline: a text, or else what is wrong with
// it, without and with colours.
type Translation struct {
	Text              []byte
	Problems, Colored string
}

// Translator translates a pipeline of a suite. The error is the world's.
type Translator func(pipeline string) (Translation, error)

// Run translates all pipelines and compares them with their goldens. With
// update it writes the goldens that differ, but leaves orphans: a user who has
// deleted or renamed a pipeline knows what is to become of them.
func (s *Suite) Run(translate Translator, update bool) ([]Result, error) {
	var all []Result
	for _, pipeline := range s.Pipelines {
		translation, err := translate(pipeline)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", pipeline, err)
		}
		result, err := s.compare(pipeline, translation, update)
		if err != nil {
			return nil, err
		}
		all = append(all, result)
	}
	for _, orphan := range s.Orphans {
		all = append(all, Result{Name: orphan, Status: Orphan})
	}
	return all, nil
}

func (s *Suite) compare(pipeline string, got Translation, update bool) (Result, error) {
	r := Result{Name: pipeline, golden: goldenOf(pipeline)}
	if got.Text == nil {
		r.Status, r.Detail, r.colored = Untranslated, got.Problems, got.Colored
		return r, nil
	}
	file := filepath.Join(s.Dir, filepath.FromSlash(r.golden))
	want, err := os.ReadFile(file)
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !missing:
		return r, err
	case !missing && bytes.Equal(want, got.Text):
		return r, nil
	case update:
		r.Status = Written
		return r, os.WriteFile(file, got.Text, 0o644)
	case missing:
		r.Status = Missing
		return r, nil
	}
	r.Status, r.Detail = Differs, unified(r.golden, want, pipeline+", translated", got.Text)
	return r, nil
}

// unified is the difference between two texts in the form of `diff -u`.
func unified(oldName string, before []byte, newName string, after []byte) string {
	text := diff.Diff(oldName, before, newName, after)
	_, body, _ := bytes.Cut(text, []byte("\n")) // a line `diff OLD NEW`
	return string(body)
}
