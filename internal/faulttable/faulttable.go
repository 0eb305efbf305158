// Package faulttable says what becomes of a task when something breaks around it:
// for each fault and each moment of a task the outcome, and the test that requires
// it. The tests read here what they require, and docs/faults.md is made of it.
//
// A test asks for its cells by [Of] or [GoesOn], in its own body. The tests of this
// package hold both sides together: a cell whose test does not ask for it fails,
// and so does a test of a fault that asks for no cell.
package faulttable

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Moment is a part of a task's life.
type Moment string

// The moments. In the last, one task ends and the next begins.
const (
	Fetch   Moment = "fetch"
	Run     Moment = "run"
	Store   Moment = "store"
	Between Moment = "between"
)

// Moments lists the moments in their order.
func Moments() []Moment { return []Moment{Fetch, Run, Store, Between} }

// Row is a fault, the moments at which it can come, and what becomes of a task
// then. A moment without a cell has not been tried.
type Row struct {
	Fault   Fault
	Moments []Moment
	Cells   []Cell
}

// Cell is what becomes of a task that a fault meets at a moment.
type Cell struct {
	Moment Moment
	// Attempts is how many attempts the task takes until it succeeds. With zero it
	// fails.
	Attempts int
	// Message is a part of what the task's message says, or what kfp2argo says
	// while the run waits; it may be empty.
	Message string
	// Also is what else the test requires, in words.
	Also string
	// Dir is the directory of the test from the top of the repository, and Test the
	// function.
	Dir, Test string
}

// Fails reports whether the task fails.
func (c Cell) Fails() bool { return c.Attempts == 0 }

// Of returns the cell of the test that calls it.
func Of(t testing.TB, f Fault, m Moment) Cell {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	test, _, _ := strings.Cut(t.Name(), "/")
	for _, r := range Rows() {
		for _, c := range r.Cells {
			if r.Fault == f && c.Moment == m && c.Test == test && strings.HasSuffix(filepath.ToSlash(dir), "/"+c.Dir) {
				return c
			}
		}
	}
	t.Fatalf("the table of faults has no cell of %s for %q at the moment %q", test, f, m)
	return Cell{}
}

// GoesOn requires that the task goes on in the cells of the test that calls it: it
// takes no further attempt.
func GoesOn(t testing.TB, f Fault, moments ...Moment) {
	t.Helper()
	for _, m := range moments {
		if c := Of(t, f, m); c.Attempts != 1 {
			t.Fatalf("the table of faults has %d attempts for %q at the moment %q", c.Attempts, f, m)
		}
	}
}
