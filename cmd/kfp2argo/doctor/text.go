package doctor

import (
	"fmt"
	"io"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// checkWidth is the width of the column with what was looked at.
const checkWidth = 19

// Write writes a finding for people, a line and what to do below it.
func Write(w io.Writer, f contract.Finding) error {
	status := map[contract.Status]string{contract.StatusWarning: "warn", contract.StatusFailure: "FAIL"}[f.Status]
	if status == "" {
		status = string(f.Status)
	}
	line := fmt.Sprintf("%-4s  %-*s  %s", status, checkWidth, oneLine(f.Check), oneLine(f.Found))
	if _, err := fmt.Fprintln(w, strings.TrimRight(line, " ")); err != nil || f.Advice == "" {
		return err
	}
	_, err := fmt.Fprintf(w, "      → %s\n", oneLine(f.Advice))
	return err
}

// oneLine keeps what others have written from taking over the terminal.
func oneLine(text string) string {
	clean := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	return strings.Join(strings.Fields(clean), " ")
}
