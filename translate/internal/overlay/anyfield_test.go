package overlay

import (
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/randfill"
)

// TestAnyField sets every field of a template, of its container and of a
// Workflow's spec that is not reserved, to a value with everything in it that
// the type has. The patch is taken, and the Workflow then has the value.
func TestAnyField(t *testing.T) {
	origin := golden(t, "failure_policies")
	for _, tc := range []struct {
		of       reflect.Type
		patch    string // around a field
		within   string // of the reserved fields
		reserved map[string]string
		patched  func(*wfv1.Workflow) any
	}{
		{templateType(), "{tasks: {broken: %s}}", "", reservedOfTask(), func(w *wfv1.Workflow) any { return byName(w, "broken") }},
		{reflect.TypeFor[corev1.Container](), "{tasks: {broken: {container: %s}}}", "container.", reservedOfTask(),
			func(w *wfv1.Workflow) any { return byName(w, "broken").Container }},
		{reflect.TypeFor[wfv1.WorkflowSpec](), "{workflow: {spec: %s}}", "spec.", reservedOfWorkflow(),
			func(w *wfv1.Workflow) any { return w.Spec }},
	} {
		for _, f := range fieldsOf(tc.of) {
			if _, reserved := tc.reserved[tc.within+f.name]; reserved || f.name == containerField || f.name == "templateDefaults" {
				continue
			}
			value := filled(t, f)
			w := origin.DeepCopy()
			patch := fmt.Sprintf(tc.patch, encoded(map[string]any{f.name: value}))
			patches, o, found := apply(t, w, patch)
			require.Empty(t, found, patch)
			requireAsAsked(t, origin, w, patches, o)
			requireHas(t, decoded(tc.patched(w))[f.name], value, f.name)
		}
	}
}

// requireHas requires that a value has everything that a patch has set.
func requireHas(t *testing.T, value, set any, path string) {
	t.Helper()
	switch set := set.(type) {
	case map[string]any:
		fields, ok := value.(map[string]any)
		require.True(t, ok, path)
		for name, field := range set {
			requireHas(t, fields[name], field, path+"."+name)
		}
	case []any:
		items, ok := value.([]any)
		require.True(t, ok, path)
		require.Contains(t, fmt.Sprint(items), fmt.Sprint(set[0]), path)
	default:
		require.Equal(t, set, value, path)
	}
}

// filled is a value of a field as JSON is in Go, with all that it can have.
func filled(t *testing.T, f field) any {
	t.Helper()
	if f.name == "podSpecPatch" {
		return podSpecText
	}
	filler := randfill.NewWithSeed(1).NilChance(0).NumElements(1, 1).MaxDepth(9).Funcs(
		func(p *wfv1.Plugin, _ randfill.Continue) { p.Value = json.RawMessage(`{"a": 1}`) },
		func(i *wfv1.Item, _ randfill.Continue) { i.Value = json.RawMessage(`1`) },
		func(a *wfv1.Amount, _ randfill.Continue) { a.Value = "1" },
		func(raw *json.RawMessage, _ randfill.Continue) { *raw = json.RawMessage(`{}`) },
		func(q *resource.Quantity, _ randfill.Continue) { *q = resource.MustParse("2") },
		func(i *intstr.IntOrString, _ randfill.Continue) { *i = intstr.FromInt32(3) },
		func(f *metav1.FieldsV1, _ randfill.Continue) { f.Raw = []byte(`{}`) },
		func(m *metav1.Time, _ randfill.Continue) { *m = metav1.Unix(0, 0) },
		func(s *wfv1.Synchronization, _ randfill.Continue) { s.Mutexes = []*wfv1.Mutex{{Name: "m"}} },
	)
	value := reflect.New(f.kind)
	filler.Fill(value.Interface())
	settle(value.Elem())
	var result any
	require.NoError(t, json.Unmarshal(encoded(value.Interface()), &result), f.name)
	return result
}

// podSpecText is a patch for a pod.
const podSpecText = `{"hostNetwork":true}`

// settle replaces what is random by what may stand there.
func settle(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		settle(v.Elem())
	case reflect.Struct:
		settleFields(v)
	case reflect.Slice:
		for i := range v.Len() {
			settle(v.Index(i))
		}
	case reflect.Map:
		settleEntries(v)
	case reflect.String:
		v.SetString("text")
		if legal := names(v.Type()); legal != nil {
			v.SetString(legal[0])
		}
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint32, reflect.Uint64:
		v.SetUint(7)
	case reflect.Bool:
		v.SetBool(true)
	}
}

func settleFields(v reflect.Value) {
	for i := range v.NumField() {
		switch f := v.Field(i); {
		case readsItself(v.Type()) || !f.CanSet():
		case v.Type().Field(i).Name == "PodSpecPatch":
			f.SetString(podSpecText)
		default:
			settle(f)
		}
	}
}

func settleEntries(v reflect.Value) {
	for _, key := range v.MapKeys() {
		value := reflect.New(v.Type().Elem()).Elem()
		value.Set(v.MapIndex(key))
		settle(value)
		v.SetMapIndex(key, reflect.Value{})
		v.SetMapIndex(reflect.ValueOf("key").Convert(key.Type()), value)
	}
}
