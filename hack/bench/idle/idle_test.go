package idle_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/hack/bench/idle"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/explain"
)

// TestPods translates each form, and counts the pods of a run.
func TestPods(t *testing.T) {
	for name, c := range map[string]struct {
		pipeline []byte
		pods     int
	}{
		"a chain":        {idle.Layers("a", 3, 1), 3},
		"layers":         {idle.Layers("a", 7, 2), 7},
		"nested":         {idle.Nested("a", 2, 3, 4), 24},
		"flat":           {idle.Nested("a", 5), 5},
		"a loop":         {idle.Loops("a", idle.Loop{Items: 6}), 6},
		"nested loops":   {idle.Loops("a", idle.Loop{Items: 3, Parallelism: 2}, idle.Loop{Items: 4, Parallelism: 1}), 12},
		"loops in loops": {idle.Loops("a", idle.Loop{Items: 2}, idle.Loop{Items: 3}, idle.Loop{Items: 5}), 30},
	} {
		t.Run(name, func(t *testing.T) {
			made, found, err := translate.Trace(diag.Source{Name: "idle.json", Text: c.pipeline}, translate.Options{})
			require.NoError(t, err)
			require.NotNil(t, made, "%v", found)
			require.Empty(t, found)
			pods := explain.New(made, explain.Options{}).Pods
			require.Equal(t, c.pods, pods.Argo)
			require.Zero(t, pods.Assumed, "all lists are known")
			require.False(t, pods.AtMost, "there are no conditions")
		})
	}
}
