package faulttable

import (
	"fmt"
	"slices"
	"strings"
)

const intro = `# When something breaks

What becomes of a task when something breaks while it fetches its inputs, while its program runs, while it stores its
outputs, or between two tasks. Each outcome is what a test requires; tests in hack/e2e run on Argo. ` + "`make golden`" + ` writes
this page from ` + "`internal/faulttable`" + `, which the tests read.

* **goes on**: the attempt succeeds in spite of it.
* **next attempt**: the attempt fails, and the next one succeeds if the task may be retried.
* **fails**: the task fails, and its message says why.
* **not tried**: no test breaks it there.

`

// Page returns the table as a page of the docs.
func Page() string {
	var b strings.Builder
	b.WriteString(intro)
	b.WriteString("| what breaks | fetch | run | store | between tasks |\n|---|---|---|---|---|\n")
	for _, r := range Rows() {
		fmt.Fprintf(&b, "| %s |", r.Fault)
		for _, m := range Moments() {
			fmt.Fprintf(&b, " %s |", r.at(m))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n## What the tests require\n\n| what breaks | when | outcome | test |\n|---|---|---|---|\n")
	for _, r := range Rows() {
		for _, c := range r.Cells {
			fmt.Fprintf(&b, "| %s | %s | %s | %s, `%s` |\n", r.Fault, c.Moment, c.words(), c.Dir, c.Test)
		}
	}
	return b.String()
}

// at says in a few words what becomes of a task at a moment.
func (r Row) at(m Moment) string {
	var all []string
	for _, c := range r.Cells {
		if c.Moment == m && !slices.Contains(all, c.outcome()) {
			all = append(all, c.outcome())
		}
	}
	if len(all) == 0 && slices.Contains(r.Moments, m) {
		return "not tried"
	}
	return strings.Join(all, "; ")
}

func (c Cell) outcome() string {
	switch {
	case c.Fails():
		return "**fails**"
	case c.Attempts == 1:
		return "**goes on**"
	}
	return "**next attempt**"
}

// words says what the test requires.
func (c Cell) words() string {
	all := []string{strings.Trim(c.outcome(), "*")}
	if c.Message != "" {
		all = append(all, "`"+c.Message+"`")
	}
	if c.Also != "" {
		all = append(all, c.Also)
	}
	return strings.Join(all, ": ")
}
