package printer_test

import (
	"encoding/json"
	"math/rand"
	"slices"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/apitesting/fuzzer"
	metafuzzer "k8s.io/apimachinery/pkg/apis/meta/fuzzer"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"sigs.k8s.io/randfill"
	yaml2 "sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/translate/internal/printer"
)

// TestRandomWorkflows fills all of Argo's fields at random and prints them.
// What is read back is what went in, but for what says nothing.
func TestRandomWorkflows(t *testing.T) {
	codecs := serializer.NewCodecFactory(runtime.NewScheme())
	fill := fuzzer.FuzzerFor(fuzzer.MergeFuzzerFuncs(metafuzzer.Funcs, rawJSON), rand.NewSource(1), codecs).NilChance(0.6).MaxDepth(12)
	for range 30 {
		var workflow wfv1.Workflow
		fill.Fill(&workflow)
		var b strings.Builder
		require.NoError(t, printer.Print(&b, workflow, ""))
		var got any
		require.NoError(t, yaml2.UnmarshalStrict([]byte(b.String()), &got), b.String())
		text, err := json.Marshal(workflow)
		require.NoError(t, err)
		var want map[string]any
		require.NoError(t, json.Unmarshal(text, &want))
		delete(want, "status")
		said(want)
		require.Equal(t, any(want), got)
	}
}

// rawJSON fills the fields that hold JSON of any kind.
func rawJSON(serializer.CodecFactory) []any {
	return []any{
		func(p *wfv1.Plugin, c randfill.Continue) { p.Value = randomObject(c) },
		func(i *wfv1.Item, c randfill.Continue) { i.Value = randomObject(c) },
		func(o *wfv1.Object, c randfill.Continue) { o.Value = randomObject(c) },
	}
}

func randomObject(c randfill.Continue) json.RawMessage {
	text, err := json.Marshal(map[string]any{"text": c.String(0), "number": c.Int31()})
	if err != nil {
		panic(err) // of texts and numbers
	}
	return text
}

// said removes what says nothing from an object: the parts that are empty,
// where their key alone does not say something. It reports whether anything is
// left.
func said(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		for _, item := range v {
			said(item)
		}
		return len(v) > 0
	case map[string]any:
		for key, field := range v {
			if !speaks(key, field) && !said(field) {
				delete(v, key)
			}
		}
		return len(v) > 0
	}
	return true
}

// speaks reports whether a field says something that may be empty, or hold what
// is.
func speaks(key string, field any) bool {
	switch v := field.(type) {
	case string:
		return slices.Contains([]string{"value", "default", "storageClassName"}, key)
	case map[string]any:
		if slices.Contains([]string{"emptyDir", "suspend"}, key) {
			said(v)
			return true
		}
		return slices.Contains([]string{"labels", "annotations", "matchLabels", "nodeSelector"}, key) && len(v) > 0
	}
	return false
}
