package overlay

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/randfill"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// eachType calls f once for every type of a value that a patch may have.
func eachType(t reflect.Type, seen map[reflect.Type]bool, f func(reflect.Type)) {
	t = plain(t)
	if seen[t] {
		return
	}
	seen[t] = true
	f(t)
	switch {
	case readsItself(t):
	case t.Kind() == reflect.Struct:
		for _, field := range fieldsOf(t) {
			eachType(field.kind, seen, f)
		}
	case t.Kind() == reflect.Map, t.Kind() == reflect.Slice:
		eachType(t.Elem(), seen, f)
	}
}

func allTypes(f func(reflect.Type)) {
	seen := map[reflect.Type]bool{}
	for _, t := range []reflect.Type{workflowType(), templateType(), podSpecType()} {
		eachType(t, seen, f)
	}
}

// TestAnyTypeIsChecked gives every type of Argo's a value of each kind: none is
// unknown to the checker.
func TestAnyTypeIsChecked(t *testing.T) {
	count := 0
	allTypes(func(of reflect.Type) {
		for _, text := range []string{"{}", "[]", "x", "3", "1.5", "true", "{a: [1, {b: c}]}"} {
			var report diag.Report
			tree := document.ReadTree(diag.Source{Text: []byte(text)}, &report)
			c := checker{messages: messages{&report}, path: path{tasksKey, "a", "b"}}
			require.NotPanics(t, func() { c.value(of, tree) }, "%v: %s", of, text)
		}
		count++
	})
	require.Greater(t, count, 200)
}

// TestFieldsAreThoseOfJSON holds the fields of every struct against what
// encoding/json writes.
func TestFieldsAreThoseOfJSON(t *testing.T) {
	filler := randfill.NewWithSeed(1).NilChance(0).NumElements(1, 1).MaxDepth(6).Funcs(
		func(p *wfv1.ParallelSteps, _ randfill.Continue) { p.Steps = nil },
		func(p *wfv1.Plugin, _ randfill.Continue) { p.Value = json.RawMessage(`{"a": 1}`) },
		func(i *wfv1.Item, _ randfill.Continue) { i.Value = json.RawMessage(`1`) },
		func(a *wfv1.Amount, _ randfill.Continue) { a.Value = "1" },
		func(f *metav1.FieldsV1, _ randfill.Continue) { f.Raw = []byte(`{}`) },
		func(raw *json.RawMessage, _ randfill.Continue) { *raw = json.RawMessage(`{}`) },
	)
	allTypes(func(of reflect.Type) {
		if !isObject(of) {
			return
		}
		value := reflect.New(of)
		filler.Fill(value.Interface())
		text, err := json.Marshal(value.Interface())
		require.NoError(t, err, of)
		var written map[string]any
		require.NoError(t, json.Unmarshal(text, &written), of)
		for name := range written {
			_, known := find(fieldsOf(of), name)
			require.True(t, known, "%v has a field %q", of, name)
		}
	})
}

// TestReservedFieldsExist makes sure that no name is a misspelt one.
func TestReservedFieldsExist(t *testing.T) {
	for start, reserved := range map[reflect.Type]map[string]string{
		templateType(): reservedOfTask(), workflowType(): reservedOfWorkflow(),
	} {
		for name := range reserved {
			of := start
			for _, step := range strings.Split(name, ".") {
				if step == patchDirective {
					continue
				}
				f, known := find(fieldsOf(of), step)
				require.True(t, known, name)
				of = f.kind
			}
		}
	}
	for _, name := range dagFields() {
		_, known := find(fieldsOf(templateType()), name)
		require.True(t, known, name)
	}
}

func TestMatches(t *testing.T) {
	for _, tc := range []struct {
		pattern string
		names   string
		others  string
	}{
		{"train", "train", "trai train-2 t rain"},
		{"*", "train a *", ""},
		{"train*", "train train-2 train*", "rain a-train"},
		{"*-2", "train-2 -2", "train-22 train"},
		{"t?ain", "train t-ain t訓ain", "tain traain"},
		{"a*b*c", "abc aXbXc abcbc abbc", "ab acb abcd"},
		{"?", "a 訓", "ab"},
		{"**", "a", ""},
		{"a.b", "a.b", "aXb"},
		{"[ab]", "[ab]", "a b"},
	} {
		for _, name := range strings.Fields(tc.names) {
			require.True(t, matches(tc.pattern, name), "%s %s", tc.pattern, name)
		}
		for _, name := range strings.Fields(tc.others) {
			require.False(t, matches(tc.pattern, name), "%s %s", tc.pattern, name)
		}
	}
	require.True(t, matches("", ""))
	require.True(t, matches("*", ""))
	require.False(t, matches("", "a"))
	require.False(t, matches("?", ""))
}

func TestPath(t *testing.T) {
	p := path{tasksKey, "train", "container", "env", "[0]", "valueFrom"}
	require.Equal(t, "tasks.train.container.env[0].valueFrom", fmt.Sprint(p))
	require.Equal(t, "container.env.[0].valueFrom", p.field())
	require.Equal(t, "env[0]", p.parent().subject())
	require.Equal(t, "spec", path{workflowKey, "spec"}.field())
}
