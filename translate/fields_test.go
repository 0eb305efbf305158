package translate_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/document"
)

// These tests hold testdata/fields.txt true: against the decoder's structs,
// against the list of KFP's fields, and by changing every field of a document
// and looking at what becomes of it.

// TestFieldsOfDecoder walks the decoder's structs along with the messages that
// they hold. Each of their fields must be decided, and they must have each
// field that is not refused.
func TestFieldsOfDecoder(t *testing.T) {
	s := readSchema(t)
	walked := map[string]bool{}
	s.walk(t, walked, reflect.TypeFor[document.PipelineSpec](), "PipelineSpec")
	s.walk(t, walked, reflect.TypeFor[document.PlatformSpec](), "PlatformSpec")
	for _, f := range s.fields {
		if walked[f.message] && f.decision != "rejected" {
			require.True(t, walked[f.name()], "%s is decided, but the decoder does not have it", f.name())
		}
	}
	// A message that is not walked is JSON to the decoder.
	require.Greater(t, len(walked), 150)
}

// TestFieldsInDocument finds the messages that a document can hold, which are
// those that can be reached by the types of fields.
func TestFieldsInDocument(t *testing.T) {
	s := readSchema(t)
	reached := map[string]bool{}
	for _, message := range []string{"PipelineJob", "PipelineSpec", "PlatformSpec"} {
		s.reach(reached, message)
	}
	for _, f := range s.fields {
		outside := strings.HasPrefix(f.why, "not in a document: ")
		require.Equal(t, !reached[f.message], outside, "whether a document holds %s", f.name())
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
	return []string{"PipelineConfig.semaphoreKey", "PipelineConfig.mutexName"}
}

// TestFields changes one field after the other and looks at what becomes of
// the document.
func TestFields(t *testing.T) {
	s := readSchema(t)
	c := readChanges(t)
	for _, f := range s.fields {
		if strings.HasPrefix(f.why, "not in a document: ") {
			continue
		}
		t.Run(f.name(), func(t *testing.T) {
			change := c.of(t, s, f)
			after := c.outcome(t, change.at, change.to)
			switch f.decision {
			case "consumed":
				require.Empty(t, after.malformed(), "the changed document is no test of the field")
				require.True(t, slices.ContainsFunc(c.before(t, s, f, change), after.differs), "nothing changed")
			case "ignored":
				require.Empty(t, after.problems)
				require.Equal(t, c.outcome(t, change.at, c.base(change.at)).workflow, after.workflow)
			case "rejected":
				require.Empty(t, after.workflow)
				require.Contains(t, after.codes(), diag.Code(f.code), "%v", after.problems)
			}
		})
	}
	c.requireAllUsed(t)
}

// TestFieldsBase makes sure that nothing in the documents that are changed is
// wrong before.
func TestFieldsBase(t *testing.T) {
	c := readChanges(t)
	base := c.outcome(t, "pipeline", c.base("pipeline"))
	require.Empty(t, base.problems)
	require.NotEmpty(t, base.workflow)
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

var (
	fieldLine = regexp.MustCompile(`^((\S+)\.(\w+): (\S+(?: \S+\})?)(?: \| \w+)?(?: \(deprecated\))?)  +(\S.*)$`)
	valueLine = regexp.MustCompile(`^((\S+) = (\w+))  +(\S.*)$`)
	decisions = regexp.MustCompile(`^(?:(consumed)(?: \(.+\))?|(rejected) ([a-z-]+)(?: \(.+\))?|(ignored) (because .+|not in a document: .+))$`)
)

// readSchema reads the file. Its decisions stand in one column.
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
		column = max(column, len(line)-len(decision))
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
		if s.has(scope + "." + name) {
			return scope + "." + name
		}
	}
	for _, other := range s.fields {
		if other.message == name || strings.HasSuffix(other.message, "."+name) {
			return other.message
		}
	}
	return ""
}

func (s schema) has(message string) bool {
	return slices.ContainsFunc(s.fields, func(f field) bool { return f.message == message })
}

// reach marks the messages and enumerations that a message can hold.
func (s schema) reach(reached map[string]bool, message string) {
	if message == "" || reached[message] {
		return
	}
	reached[message] = true
	for _, f := range s.fields {
		if f.message == message && f.kind != "" {
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
		require.Contains(t, s.byName, name, "the decoder has the field, but it is not decided")
		walked[name] = true
		if held := heldMessage(member.Type); held != nil {
			s.walk(t, walked, held, s.target(s.byName[name]))
		}
	}
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
		if _, isEntry := held.FieldByName("Key"); isEntry {
			value, _ := held.FieldByName("Value")
			return heldMessage(value.Type)
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

// changes is testdata/fields_changes.yaml, with the documents to be changed.
type changes struct {
	Places  map[string]string
	Changes map[string]change
	base    map[string]any
	used    map[string]bool
}

// change is another value at a place of the documents, and what stands there
// before if that is not what the documents have.
type change struct {
	At       string
	From, To any
}

func readChanges(t *testing.T) changes {
	t.Helper()
	text, err := os.ReadFile("testdata/fields_changes.yaml")
	require.NoError(t, err)
	c := changes{}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&c))
	return c
}
var _ = fmt.Sprint
var _ = strconv.Itoa
var _ = translate.Translate
