package contract

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"
)

// Finding is what a look at one thing that a run needs has found. The driver
// writes findings to its standard output, a line of JSON each.
type Finding struct {
	// Check says what was looked at.
	Check  string `json:"check"`
	Status Status `json:"status"`
	// Found says what was found, in words.
	Found string `json:"found,omitempty"`
	// Advice says what to do about it.
	Advice string `json:"advice,omitempty"`
}

// Status says how bad a [Finding] is.
type Status string

// The statuses.
const (
	StatusOK      Status = "ok"
	StatusWarning Status = "warn" // runs work, but perhaps not for ever, or not all
	StatusFailure Status = "fail" // runs cannot work
)

// Write writes the finding as a line.
func (f Finding) Write(w io.Writer) error {
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}

// ReadFindings finds the findings in a pod's log, in which other lines may be
// that it returns as they are.
func ReadFindings(log io.Reader) (found []Finding, others []string, err error) {
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		var f Finding
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "":
		case json.Unmarshal([]byte(line), &f) == nil && f.Check != "":
			found = append(found, f)
		default:
			others = append(others, line)
		}
	}
	return found, others, lines.Err()
}
