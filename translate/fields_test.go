package translate_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// These tests hold testdata/fields.txt against the decoder's structs and
// against the list of KFP's fields. TestFields holds it against what becomes of
// a document.

// TestFieldsOfDecoder walks the decoder's structs along with the messages that
// they hold. Each of their fields must be decided, and they must have each
// field that is not refused.
func TestFieldsOfDecoder(t *testing.T) {
	s := readSchema(t)
	walked := map[string]bool{}
	s.walk(t, walked, reflect.TypeFor[document.PipelineSpec](), "PipelineSpec")
	s.walk(t, walked, reflect.TypeFor[document.PlatformSpec](), "PlatformSpec")
	for _, f := range s.fields {
		if f.kind != "" && f.decision != "rejected" && !f.isOutside() && !slices.Contains(jsonMessages(), f.message) {
			require.True(t, walked[f.name()], "%s is decided, but the decoder does not have it", f.name())
		}
	}
}

// jsonMessages lists the messages that the decoder leaves as JSON to the passes
// behind it.
func jsonMessages() []string { return []string{"Value"} }

// TestFieldsInDocument finds the messages that a document can hold, which are
// those that can be reached by the types of fields.
func TestFieldsInDocument(t *testing.T) {
	s := readSchema(t)
	reached := map[string]bool{}
	for _, message := range []string{"PipelineJob", "PipelineSpec", "PlatformSpec"} {
		s.reach(reached, message)
	}
	for _, f := range s.fields {
		require.Equal(t, !reached[f.message], f.isOutside(), "whether a document holds %s", f.name())
	}
}

// TestFieldsOfReference compares the lines with the list of KFP's fields.
func TestFieldsOfReference(t *testing.T) {
	text, err := os.ReadFile(reference(t, "ir-fields.txt"))
	require.NoError(t, err)
	var want []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		enum, values, isEnum := strings.Cut(line, " = ")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case isEnum:
			for value := range strings.SplitSeq(values, ", ") {
				want = append(want, enum+" = "+value)
			}
		default:
			want = append(want, line)
		}
	}
	var got []string
	for _, f := range readSchema(t).fields {
		if !slices.Contains(laterFields(), f.name()) {
			got = append(got, f.line)
		}
	}
	require.Equal(t, want, got)
}

// laterFields lists what some releases of the SDK write and no list has.
func laterFields() []string {
	return []string{"PipelineConfig.semaphoreKey", "PipelineConfig.mutexName", "PipelineConfig.resourceTtl", "PipelineConfig.pipelineTtl"}
}

// schema is testdata/fields.txt.
type schema struct {
	fields []field
	byName map[string]field
}

// field is a line of the schema: a field of a message, or a value of an
// enumeration.
type field struct {
	line     string // without the decision
	message  string // or enumeration
	key      string
	kind     string // the type of a field, empty for a value
	decision string
	code     string // of what is rejected
	why      string
}

func (f field) name() string {
	if f.kind == "" {
		return f.message + " = " + f.key
	}
	return f.message + "." + f.key
}

// isOutside reports whether no document holds the field.
func (f field) isOutside() bool { return strings.HasPrefix(f.why, "not in a document: ") }

var (
	fieldLine = regexp.MustCompile(`^((\S+)\.(\w+): (\S+(?: \S+\})?)(?: \| \w+)?(?: \(deprecated\))?)  +(\S.*)$`)
	valueLine = regexp.MustCompile(`^((\S+) = (\w+))  +(\S.*)$`)
	decisions = regexp.MustCompile(`^(?:(consumed)(?: \(.+\))?|(rejected) ([a-z-]+)(?: \(.+\))?|(ignored) (because .+|not in a document: .+))$`)
)

// readSchema reads the file. Its decisions are in one column.
func readSchema(t *testing.T) schema {
	t.Helper()
	text, err := os.ReadFile("../testdata/fields.txt")
	require.NoError(t, err)
	s := schema{byName: map[string]field{}}
	column := 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f, decision := parseField(t, line)
		if column == 0 {
			column = len(line) - len(decision)
		}
		require.Equal(t, column, len(line)-len(decision), "the decision of %s is out of line", f.name())
		require.NotContains(t, s.byName, f.name())
		s.fields, s.byName[f.name()] = append(s.fields, f), f
	}
	return s
}

func parseField(t *testing.T, line string) (f field, decision string) {
	t.Helper()
	if m := fieldLine.FindStringSubmatch(line); m != nil {
		f, decision = field{line: m[1], message: m[2], key: m[3], kind: m[4]}, m[5]
	} else if m := valueLine.FindStringSubmatch(line); m != nil {
		f, decision = field{line: m[1], message: m[2], key: m[3]}, m[4]
	}
	m := decisions.FindStringSubmatch(decision)
	require.NotNil(t, m, "cannot read %q", line)
	f.decision, f.code, f.why = m[1]+m[2]+m[4], m[3], m[5]
	if f.code != "" {
		_, known := diag.Explain(diag.Code(f.code))
		require.True(t, known, "%s: there is no code %s", f.name(), f.code)
	}
	return f, decision
}

// structs tells what the fields of type Struct hold that are messages too.
func structs(name string) string {
	return map[string]string{
		"PipelineJob.pipelineSpec":           "PipelineSpec",
		"PipelineSpec.deploymentSpec":        "PipelineDeploymentConfig",
		"PlatformDeploymentConfig.executors": "KubernetesExecutorConfig",
	}[name]
}

// target is the message or the enumeration that a field holds, perhaps in a
// list or a map, or empty for a scalar. As in protobuf, a type is looked for in
// the message itself and then further out.
func (s schema) target(f field) string {
	if held := structs(f.name()); held != "" {
		return held
	}
	name := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSuffix(f.kind, "[]"), "{string: "), "}")
	for scope := f.message; scope != ""; scope = scope[:max(0, strings.LastIndex(scope, "."))] {
		if message := scope + "." + name; len(s.fieldsOf(message)) > 0 {
			return message
		}
	}
	for _, other := range s.fields {
		if other.message == name || strings.HasSuffix(other.message, "."+name) {
			return other.message
		}
	}
	return ""
}

// fieldsOf lists the fields of a message, or the values of an enumeration.
func (s schema) fieldsOf(message string) []field {
	var all []field
	for _, f := range s.fields {
		if f.message == message {
			all = append(all, f)
		}
	}
	return all
}

func (s schema) keysOf(message string) []string {
	var all []string
	for _, f := range s.fieldsOf(message) {
		all = append(all, f.key)
	}
	return all
}

// reach marks the messages and enumerations that a message can hold.
func (s schema) reach(reached map[string]bool, message string) {
	if message == "" || reached[message] {
		return
	}
	reached[message] = true
	for _, f := range s.fieldsOf(message) {
		if f.kind != "" {
			s.reach(reached, s.target(f))
		}
	}
}

// walk marks a message that a struct mirrors, its fields, and what they hold.
func (s schema) walk(t *testing.T, walked map[string]bool, structure reflect.Type, message string) {
	t.Helper()
	if walked[message] {
		return
	}
	walked[message] = true
	for member := range structure.Fields() {
		if member.Name == "Span" {
			continue
		}
		name := message + "." + documentName(member)
		_, decided := s.byName[name]
		require.True(t, decided, "the decoder has %s, and testdata/fields.txt does not say what becomes of it", name)
		walked[name] = true
		if held := heldMessage(member.Type); held != nil {
			s.walk(t, walked, held, s.target(s.byName[name]))
		}
		if names := enumeration(member.Type); names != nil {
			require.Equal(t, names, s.keysOf(s.target(s.byName[name])), name)
		}
	}
}

// enumeration lists the names of the values that a type has, if it is that of
// an enumeration.
func enumeration(held reflect.Type) []string {
	if held.Kind() != reflect.Struct {
		return nil
	}
	value, ok := held.FieldByName("Value")
	if !ok {
		return nil
	}
	named, ok := reflect.Zero(value.Type).Interface().(interface{ Names() []string })
	if !ok {
		return nil
	}
	return named.Names()
}

// documentName is the name that a field of a struct has in a document.
func documentName(member reflect.StructField) string {
	name, _, _ := strings.Cut(member.Tag.Get("ir"), ",")
	if name == "" {
		name = strings.ToLower(member.Name[:1]) + member.Name[1:]
	}
	return name
}

// heldMessage is the struct of the message that a type holds, perhaps in a list
// or a map, or nil for a scalar and for JSON.
func heldMessage(held reflect.Type) reflect.Type {
	switch held.Kind() {
	case reflect.Pointer, reflect.Slice:
		return heldMessage(held.Elem())
	case reflect.Struct:
		if held == reflect.TypeFor[document.Platforms]() {
			return reflect.TypeFor[document.SinglePlatformSpec]()
		}
		_, hasKey := held.FieldByName("Key")
		if value, hasValue := held.FieldByName("Value"); hasKey && hasValue && held.NumField() == 2 {
			return heldMessage(value.Type) // of an entry
		}
		_, isScalar := held.FieldByName("Set")
		if _, hasSpan := held.FieldByName("Span"); hasSpan && !isScalar && held != reflect.TypeFor[document.Value]() {
			return held
		}
	}
	return nil
}

// reference returns a file of the reference material, which lies beside the
// repository. Without it the test is skipped, but not in CI.
func reference(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "shared", name)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the reference material is missing: %v", err)
		}
		t.Skipf("the reference material is missing: %v", err)
	}
	return path
}
