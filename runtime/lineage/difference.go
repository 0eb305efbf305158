package lineage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/record"
)

// Difference is one part of what decides a key that is not the same in two
// tasks.
type Difference struct {
	// Path is where the part is in the inputs of a record.
	Path []string `json:"path"`
	// What names the part in words.
	What string `json:"what"`
	// A and B are its values; nil where there is none.
	A json.RawMessage `json:"a,omitempty"`
	B json.RawMessage `json:"b,omitempty"`
}

// Differences compares all that decides the keys of two tasks: none means that
// they have the same key. They come in the order of their paths.
func Differences(a, b record.Inputs) ([]Difference, error) {
	textA, err := a.Canonical()
	if err != nil {
		return nil, err
	}
	textB, err := b.Canonical()
	if err != nil {
		return nil, err
	}
	var all []Difference
	compare(nil, textA, textB, &all)
	return all, nil
}

// compare collects the differences between two canonical JSON texts, of which
// one may be absent. It goes into objects and lists as far as people have names
// for what is in there.
func compare(path []string, a, b json.RawMessage, into *[]Difference) {
	if bytes.Equal(a, b) {
		return
	}
	partsA, partsB := parts(a), parts(b)
	before := len(*into)
	if hasParts(a, partsA) && hasParts(b, partsB) && !whole(path) && (a != nil && b != nil || !isNamed(path)) {
		names := maps.Clone(partsA)
		if names == nil {
			names = map[string]json.RawMessage{}
		}
		maps.Copy(names, partsB)
		for _, name := range slices.SortedFunc(maps.Keys(names), byIndex) {
			compare(append(slices.Clone(path), name), partsA[name], partsB[name], into)
		}
	}
	if len(*into) == before { // nothing in there has a name, or one is empty and the other absent
		*into = append(*into, Difference{Path: path, What: words(path), A: a, B: b})
	}
}

// hasParts reports whether a value is absent or has parts.
func hasParts(value json.RawMessage, parts map[string]json.RawMessage) bool {
	return value == nil || parts != nil
}

// parts returns the members of an object by name, or the items of a list by
// index; nil for anything else.
func parts(text json.RawMessage) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) == nil && members != nil {
		return members
	}
	var items []json.RawMessage
	if json.Unmarshal(text, &items) != nil || items == nil {
		return nil
	}
	members = map[string]json.RawMessage{}
	for i, item := range items {
		members[strconv.Itoa(i)] = item
	}
	return members
}

// byIndex puts 2 before 10.
func byIndex(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	if errX == nil && errY == nil {
		return x - y
	}
	return strings.Compare(a, b)
}

// isNamed reports whether what is at a path has a name of its own, as inputs
// and outputs have: if it is absent, the difference says so.
func isNamed(path []string) bool {
	return len(path) > 2 || len(path) == 2 && path[0] != "outputs"
}

// whole reports whether what is at a path is one thing to people: the value of
// a parameter is, whatever it is made of.
func whole(path []string) bool {
	switch {
	case len(path) == 1:
		return path[0] == "claims"
	case len(path) == 2:
		return path[0] == "parameters" || path[0] == "settings" || path[0] == "command"
	case len(path) == 5:
		return path[3] == "metadata"
	}
	return false
}

// words names what is at a path, which is not empty.
func words(path []string) string {
	switch kind := path[0]; {
	case kind == "command" && len(path) == 1:
		return "command line"
	case kind == "command":
		return "argument " + path[1] + " of the command line"
	case kind == "parameters" && len(path) == 2:
		return fmt.Sprintf("parameter %q", path[1])
	case kind == "settings" && len(path) == 2:
		return fmt.Sprintf("setting %q", path[1])
	case kind == "artifacts" && len(path) > 1:
		return artifactWords(path[1:])
	case kind == "outputs" && len(path) > 2:
		return outputWords(path[1:])
	}
	return strings.Join(path, ", ")
}

// artifactWords names what is at a path below the artifacts: input, index,
// field, key of the metadata.
func artifactWords(path []string) string {
	text := fmt.Sprintf("artifact %q", path[0])
	if len(path) > 1 && path[1] != "0" {
		text += ", item " + path[1]
	}
	if len(path) > 2 {
		text += ", " + fieldWords(path[2:])
	}
	return text
}

// outputWords names what is at a path below the outputs: kind, output, field.
func outputWords(path []string) string {
	kind := map[string]string{"parameters": "output parameter", "artifacts": "output artifact"}[path[0]]
	if kind == "" {
		kind = path[0]
	}
	text := fmt.Sprintf("%s %q", kind, path[1])
	if len(path) > 2 {
		text += ", " + fieldWords(path[2:])
	}
	return text
}

// fieldWords names a field of an artifact or of the declaration of an output.
func fieldWords(path []string) string {
	switch {
	case path[0] == "uri":
		return "URI"
	case path[0] == "content":
		return "version of what is at its URI"
	case path[0] == "metadata" && len(path) > 1:
		return fmt.Sprintf("metadata %q", path[1])
	}
	return strings.Join(path, ", ")
}
