package lineage

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// maxExcerpt is how many characters of a value are shown.
const maxExcerpt = 60

// none is a missing value.
const none = "none"

// Excerpts returns the values of a difference for a message: as JSON, on one
// line each, and if they are long only what is around the place where they
// begin to differ. URIs are whole, because people copy them.
func (d Difference) Excerpts() (a, b string) {
	runesA, runesB := []rune(d.shown(d.A)), []rune(d.shown(d.B))
	if len(runesA) <= maxExcerpt && len(runesB) <= maxExcerpt || d.isURI() {
		return string(runesA), string(runesB)
	}
	from := 0
	if d.A != nil && d.B != nil {
		for from < min(len(runesA), len(runesB)) && runesA[from] == runesB[from] {
			from++
		}
	}
	const before = maxExcerpt / 3
	from = max(0, from-before)
	return window(runesA, from), window(runesB, from)
}

func (d Difference) isURI() bool { return d.Path[len(d.Path)-1] == "uri" }

// shown is one of the values on one line: JSON, in which no character does
// anything to a terminal. A setting is JSON by itself, or nothing.
func (d Difference) shown(value json.RawMessage) string {
	if value == nil {
		return none
	}
	text, err := contract.Text(value)
	switch {
	case err != nil || contract.KindOf(value) != contract.KindString:
		return Printable(string(value))
	case d.Path[0] == "settings" && text != "":
		return Printable(text)
	}
	return strconv.Quote(text)
}

// window returns the characters that begin at from.
func window(runes []rune, from int) string {
	from = min(from, len(runes))
	to := min(len(runes), from+maxExcerpt)
	text := string(runes[from:to])
	if from > 0 {
		text = "…" + text
	}
	if to < len(runes) {
		text += "…"
	}
	return text
}

// Printable returns a text in which what a terminal would not show as it is,
// is escaped.
func Printable(text string) string {
	plain := func(r rune) bool { return !strconv.IsPrint(r) }
	if strings.IndexFunc(text, plain) < 0 {
		return text
	}
	quoted := strconv.Quote(text)
	return quoted[1 : len(quoted)-1]
}
