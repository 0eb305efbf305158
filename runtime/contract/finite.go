package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The numbers that JSON does not have, as Python's json module writes them all
// the same.
func notFinite() []string { return []string{"NaN", "Infinity", "-Infinity"} }

// explainNotFinite returns an error that names the first number in a text that
// JSON does not have, and where it stands, or the given error if that is not
// what is wrong.
func explainNotFinite(data []byte, err error) error {
	const mark = "\uFDD0 not finite: " // no character of a text
	var v any
	if json.Unmarshal(quoteNotFinite(data, mark), &v) != nil {
		return err
	}
	path, number, ok := findMarked(v, mark)
	switch {
	case !ok:
		return err
	case path == "":
		return fmt.Errorf("%s is not a finite number, which JSON needs", number)
	}
	return fmt.Errorf("%s is %s, not a finite number, which JSON needs", path, number)
}

// quoteNotFinite makes marked strings of those numbers outside of strings.
func quoteNotFinite(data []byte, mark string) []byte {
	var b bytes.Buffer
	inString := false
scan:
	for i := 0; i < len(data); i++ {
		switch {
		case inString && data[i] == '\\' && i+1 < len(data):
			b.WriteByte(data[i])
			i++
		case data[i] == '"':
			inString = !inString
		case !inString:
			for _, number := range notFinite() {
				if bytes.HasPrefix(data[i:], []byte(number)) {
					b.Write(QuoteText(mark + number))
					i += len(number) - 1
					continue scan
				}
			}
		}
		b.WriteByte(data[i])
	}
	return b.Bytes()
}

// findMarked returns the path of the first marked string, such as
// artifacts.metrics.metadata.loss, and what is behind the mark.
func findMarked(v any, mark string) (path, number string, ok bool) {
	step := func(name string, v any) bool {
		if path, number, ok = findMarked(v, mark); ok {
			path = strings.TrimSuffix(name+"."+path, ".")
		}
		return ok
	}
	switch v := v.(type) {
	case string:
		number, ok = strings.CutPrefix(v, mark)
		return "", number, ok
	case []any:
		for i, item := range v {
			if step(fmt.Sprint(i), item) {
				return path, number, true
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if step(name, v[name]) {
				return path, number, true
			}
		}
	}
	return "", "", false
}
