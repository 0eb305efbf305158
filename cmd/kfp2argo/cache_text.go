package main

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/lineage"
)

// listed joins words for a sentence.
func listed(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// writeJSON writes a value as indented JSON for people: `<` stays `<`.
func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}

// writeTable writes rows with aligned columns.
func writeTable(w io.Writer, rows [][]string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			row[i] = lineage.Printable(cell)
		}
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	return table.Flush()
}

// age says how long ago something was, as kubectl does.
func age(now, then time.Time) string {
	d := max(0, now.Sub(then))
	switch {
	case d < 2*time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// stamp is a time to the second.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// took says how long something took.
func took(from, to time.Time) string { return to.Sub(from).Round(100 * time.Millisecond).String() }

// made is the form of a key that comes from what a task takes in.
var made = regexp.MustCompile(`^[0-9a-f]{64}$`)

// minKey is how many digits of a key are shown at least.
const minKey = 12

// shortKeys shortens keys so that they stay distinct. A key
// that a pipeline chose stays whole.
func shortKeys(keys []string) map[string]string {
	sorted := slices.Compact(slices.Sorted(slices.Values(keys)))
	short := map[string]string{}
	for i, key := range sorted {
		n := minKey
		if i > 0 {
			n = max(n, 1+common(key, sorted[i-1]))
		}
		if i < len(sorted)-1 {
			n = max(n, 1+common(key, sorted[i+1]))
		}
		short[key] = key
		if made.MatchString(key) {
			short[key] = key[:min(n, len(key))]
		}
	}
	return short
}

// common is how many bytes two texts have in common at their beginning.
func common(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}
