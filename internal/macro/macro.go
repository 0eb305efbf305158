// Package macro knows the macros in the parameters of recurring runs, which KFP
// replaces when it starts a run:
//
//	[[ScheduledTime]]          when the run was due, in UTC: 20261130030000
//	[[ScheduledTime.LAYOUT]]   the same, as a layout of Go's says: 2006-01-02
//	[[CurrentTime]], [[CurrentTime.LAYOUT]]   when the run was created
//	[[RunUUID]]                the ID of the run
//	{{$.scheduledTime.strftime('%Y-%m-%d')}}, {{$.currentTime.strftime('…')}}
//
// The first ones are also called schedule, now and uuid, as in old versions of
// KFP. Anything else in brackets is plain text.
package macro

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Source is what a macro stands for.
type Source int

// The sources.
const (
	Scheduled Source = iota
	Created
	UID
)

// Macro is a macro in a text.
type Macro struct {
	// Text is the macro as it is written.
	Text string
	Of   Source
	// Parts are how a time is written, one after the other. A UID has none.
	Parts []Part
}

// Part is a part of a time: the seconds since 1970 if Unix is set, the time in a
// Layout of Go's if there is one, or else Literal text.
type Part struct {
	Literal, Layout string
	Unix            bool
}

// UnsupportedError says that a text has a macro, or a part of one, that this
// package knows and cannot replace.
type UnsupportedError struct{ Macro, Why string }

// Error names the macro.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("the macro %s is not supported: %s", e.Macro, e.Why)
}

// A layout or a pattern has no quotes and no backslashes, so that JSON stays JSON.
var (
	inBrackets = regexp.MustCompile(`\[\[(ScheduledTime|CurrentTime|RunUUID|Index|schedule|now|uuid)\]\]|\[\[(ScheduledTime|CurrentTime|schedule|now)\.([^"\\\n]*?)\]\]`)
	inBraces   = regexp.MustCompile(`\{\{\$\.(scheduledTime|currentTime)\.strftime\('([^'"\\\n]*)'\)\}\}`)
)

// basic is the layout of a time for which the macro gives none.
const basic = "20060102150405"

// Find returns the macros in a text, each once, in the order in which they first
// stand there. The error is an [*UnsupportedError].
func Find(text string) ([]Macro, error) {
	var all []Macro
	for _, found := range inBrackets.FindAllStringSubmatch(text, -1) {
		m := Macro{Text: found[0], Parts: []Part{{Layout: basic}}}
		switch found[1] + found[2] {
		case "ScheduledTime", "schedule":
			m.Of = Scheduled
		case "CurrentTime", "now":
			m.Of = Created
		case "RunUUID", "uuid":
			m.Of, m.Parts = UID, nil
		default:
			return nil, &UnsupportedError{m.Text, "Argo does not count the runs of a schedule"}
		}
		if found[2] != "" {
			m.Parts = []Part{{Layout: found[3]}}
		}
		all = append(all, m)
	}
	for _, found := range inBraces.FindAllStringSubmatch(text, -1) {
		parts, err := parse(found[0], found[2])
		if err != nil {
			return nil, err
		}
		of := Scheduled
		if found[1] == "currentTime" {
			of = Created
		}
		all = append(all, Macro{found[0], of, parts})
	}
	slices.SortStableFunc(all, func(a, b Macro) int { return strings.Index(text, a.Text) - strings.Index(text, b.Text) })
	return slices.CompactFunc(all, func(a, b Macro) bool { return a.Text == b.Text }), nil
}

// layouts are the directives of strftime, as layouts of Go's.
func layouts() map[byte]string {
	return map[byte]string{
		'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'e': "_2", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'p': "PM",
		'b': "Jan", 'h': "Jan", 'B': "January", 'a': "Mon", 'A': "Monday", 'j': "002", 'Z': "MST", 'z': "-0700",
		'F': "2006-01-02", 'T': "15:04:05", 'D': "01/02/06", 'R': "15:04",
	}
}

// parse reads a pattern of strftime. Its text is no layout: in one of Go's, a 1 is
// the month.
func parse(macro, pattern string) ([]Part, error) {
	var parts []Part
	for rest := pattern; rest != ""; {
		literal, after, directive := strings.Cut(rest, "%")
		if literal != "" {
			parts = append(parts, Part{Literal: literal})
		}
		if !directive {
			break
		}
		if after == "" {
			return nil, &UnsupportedError{macro, "its pattern ends with a %"}
		}
		layout, known := layouts()[after[0]]
		switch {
		case known:
			parts = append(parts, Part{Layout: layout})
		case after[0] == 's':
			parts = append(parts, Part{Unix: true})
		case after[0] == '%':
			parts = append(parts, Part{Literal: "%"})
		default:
			return nil, &UnsupportedError{macro, "the directive %" + after[:1] + " is not known"}
		}
		rest = after[1:]
	}
	return parts, nil
}

// Run is what macros stand for in one run.
type Run struct {
	Scheduled, Created time.Time
	UID                string
}

// Replace returns a text with the values of its macros. One with a macro that is
// not supported stays as it is.
func (r Run) Replace(text string) string {
	all, err := Find(text)
	if err != nil {
		return text
	}
	for _, m := range all {
		text = strings.ReplaceAll(text, m.Text, r.value(m))
	}
	return text
}

func (r Run) value(m Macro) string {
	at := r.Scheduled.UTC()
	switch m.Of {
	case UID:
		return r.UID
	case Created:
		at = r.Created.UTC()
	case Scheduled:
	}
	var out strings.Builder
	for _, p := range m.Parts {
		switch {
		case p.Unix:
			out.WriteString(strconv.FormatInt(at.Unix(), 10))
		case p.Layout != "":
			out.WriteString(at.Format(p.Layout))
		default:
			out.WriteString(p.Literal)
		}
	}
	return out.String()
}
