package translate_test

import (
	"bytes"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// TestFields changes one field after the other in a document and looks at what
// becomes of it: testdata/fields.txt says what should.
func TestFields(t *testing.T) {
	s, c := readSchema(t), readChanges(t)
	for _, f := range s.fields {
		if f.isOutside() {
			continue
		}
		change := c.of(t, s, f)
		t.Run(f.name(), func(t *testing.T) {
			before, after := c.outcome(t, change.before), c.outcome(t, change.after)
			require.Empty(t, after.malformed, "the change says nothing about the field")
			switch f.decision {
			case "consumed":
				require.NotContains(t, after.codes(), string(diag.Unsupported))
				require.False(t, reflect.DeepEqual(before, after), "nothing has changed")
				if strings.HasPrefix(change.place, c.Places["KubernetesExecutorConfig"]) {
					require.Empty(t, slices.Concat(before.problems, after.problems), "a pod setting must show in the Workflow")
				}
			case "ignored":
				require.Empty(t, after.problems)
				require.Equal(t, before, after)
			case "rejected":
				require.Empty(t, after.workflow)
				require.Contains(t, after.codes(), f.code, after.problems)
			}
		})
	}
	c.requireAllUsed(t)
}

// outcome is what becomes of a document: a Workflow, or what is wrong with it.
type outcome struct {
	workflow string
	problems []string
	// malformed are the problems of form.
	malformed []string
}

// outcome finds out what becomes of a file. Most changes have the same file
// before, so that it is found out once.
func (c changes) outcome(t *testing.T, file []byte) outcome {
	t.Helper()
	known, ok := c.outcomes[string(file)]
	if !ok {
		known = outcomeOf(t, file)
		c.outcomes[string(file)] = known
	}
	return known
}

func outcomeOf(t *testing.T, text []byte) outcome {
	t.Helper()
	source := diag.Source{Name: "fields.yaml", Text: text}
	workflow, found, err := translate.Translate(source, translate.Options{})
	require.NoError(t, err)
	o := outcome{problems: messages(found)}
	if workflow != nil {
		var printed bytes.Buffer
		require.NoError(t, translate.Print(&printed, workflow, source.Name))
		o.workflow = printed.String()
	}
	var report diag.Report
	document.Read(source, &report)
	o.malformed = messages(slices.DeleteFunc(report.Diagnostics(), isContent))
	return o
}

// isContent reports whether what the reader says is about content, not form.
func isContent(d diag.Diagnostic) bool {
	return d.Code == diag.UnsupportedSchema || d.Code == diag.PipelineJob
}

// messages are what diagnostics say, without their places.
func messages(found []diag.Diagnostic) []string {
	var all []string
	for _, d := range found {
		all = append(all, string(d.Code)+": "+d.Message)
	}
	return all
}

func (o outcome) codes() []string {
	var all []string
	for _, problem := range o.problems {
		code, _, _ := strings.Cut(problem, ":")
		all = append(all, code)
	}
	return all
}

// changes is testdata/fields_changes.yaml, with the documents that are changed.
type changes struct {
	Places    map[string]string
	Changes   map[string]edit
	documents any
	outcomes  map[string]outcome // of files that were seen before
	used      map[string]bool
}

// edit puts a value at a place. From is what is there before, unless it is what
// the documents have.
type edit struct {
	At       string
	From, To any
}

func readChanges(t *testing.T) changes {
	t.Helper()
	text, err := os.ReadFile("testdata/fields_changes.yaml")
	require.NoError(t, err)
	c := changes{documents: readDocuments(t), outcomes: map[string]outcome{}, used: map[string]bool{}}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	require.NoError(t, decoder.Decode(&c))
	unchanged := c.outcome(t, c.write(t, "pipeline", c.documents))
	require.Empty(t, unchanged.problems)
	require.NotEmpty(t, unchanged.workflow)
	return c
}

// readDocuments reads the documents that are changed, under the names by which
// places speak of them.
func readDocuments(t *testing.T) any {
	t.Helper()
	text, err := os.ReadFile("testdata/fields.yaml")
	require.NoError(t, err)
	documents := map[string]any{}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for _, name := range []string{"pipeline", "platform", "job"} {
		var document any
		require.NoError(t, decoder.Decode(&document))
		documents[name] = document
	}
	return documents
}

// change is a file before and after one field has changed.
type change struct {
	place         string
	before, after []byte
}

// of returns the change of a field.
func (c changes) of(t *testing.T, s schema, f field) change {
	t.Helper()
	e := c.edit(t, s, f)
	before, steps := c.documents, strings.Split(e.At, ".")
	if e.From != nil {
		before = set(before, steps, e.From)
	}
	return change{e.At, c.write(t, steps[0], before), c.write(t, steps[0], set(c.documents, steps, e.To))}
}

func (c changes) edit(t *testing.T, s schema, f field) edit {
	t.Helper()
	if e, ok := c.Changes[f.name()]; ok {
		c.used[f.name()] = true
		return e
	}
	place := c.place(s, f.message)
	require.NotEmpty(t, place, "there is no place for %s", f.name())
	if f.kind == "" {
		return edit{At: place, From: s.otherValue(f), To: f.key}
	}
	return edit{At: place + "." + f.key, To: s.sample(f.kind, s.target(f))}
}

// place is where a message is: as the file says, or in a field of another one.
func (c changes) place(s schema, message string) string {
	if place, ok := c.Places[message]; ok {
		c.used[message] = true
		return place
	}
	for _, f := range s.fields {
		if f.isOutside() || f.kind == "" || s.target(f) != message {
			continue
		}
		place := c.place(s, f.message) + "." + f.key
		switch {
		case strings.HasSuffix(f.kind, "[]"):
			place += ".0"
		case strings.HasPrefix(f.kind, "{"):
			place += ".other"
		}
		return place
	}
	return ""
}

// otherValue is a neighbour of a value of an enumeration.
func (s schema) otherValue(value field) string {
	values := s.fieldsOf(value.message)
	i := slices.Index(values, value)
	if i == 0 {
		return values[1].key
	}
	return values[i-1].key
}

// sample is a value of a type that no document has by chance. Target is the
// message or the enumeration that the type is made of, if any.
func (s schema) sample(kind, target string) any {
	if element, isList := strings.CutSuffix(kind, "[]"); isList {
		return []any{s.sample(element, target)}
	}
	if element, isMap := strings.CutPrefix(kind, "{string: "); isMap {
		return map[string]any{"other": s.sample(strings.TrimSuffix(element, "}"), target)}
	}
	switch kind {
	case "string":
		return "other"
	case "bool":
		return true
	case "int32", "int64", "double", "Value":
		return 7
	case "Duration":
		return "7s"
	case "Struct":
		return map[string]any{"other": 7}
	}
	if values := s.fieldsOf(target); values[0].kind == "" {
		return values[len(values)-1].key
	}
	return map[string]any{}
}

// set returns a tree with another value at a place, which need not be there. The
// tree itself stays as it is.
func set(tree any, steps []string, value any) any {
	if len(steps) == 0 {
		return value
	}
	if i, err := strconv.Atoi(steps[0]); err == nil {
		list, _ := tree.([]any)
		list = append(slices.Clone(list), make([]any, max(0, i+1-len(list)))...)
		list[i] = set(list[i], steps[1:], value)
		return list
	}
	fields, _ := tree.(map[string]any)
	if fields = maps.Clone(fields); fields == nil {
		fields = map[string]any{}
	}
	fields[steps[0]] = set(fields[steps[0]], steps[1:], value)
	return fields
}

// write returns the file with a document: the pipeline and its platform document
// go together.
func (c changes) write(t *testing.T, name string, documents any) []byte {
	t.Helper()
	names := []string{"pipeline", "platform"}
	if name == "job" {
		names = []string{name}
	}
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	for _, name := range names {
		require.NoError(t, encoder.Encode(documents.(map[string]any)[name]))
	}
	require.NoError(t, encoder.Close())
	return text.Bytes()
}

// requireAllUsed makes sure that the file holds nothing that tests nothing.
func (c changes) requireAllUsed(t *testing.T) {
	t.Helper()
	for name := range c.Places {
		require.True(t, c.used[name], "the place of %s is not needed", name)
	}
	for name := range c.Changes {
		require.True(t, c.used[name], "there is no field %s to change", name)
	}
}
