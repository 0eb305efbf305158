package oracle_test

import (
	"slices"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// removed lists the fields of a Workflow that Argo 4 no longer has. Its API
// refuses a Workflow with one.
var removed = []string{
	"synchronization.mutex", "synchronization.semaphore", "configMap.key", "spec.schedule",
}

// TestRemovedFieldsAreFound decodes a Workflow with all of them into the types
// of Argo 3.7, so that no name here is a misspelt one.
func TestRemovedFieldsAreFound(t *testing.T) {
	text := []byte(`
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: a-}
spec:
  entrypoint: a
  synchronization: {mutex: {name: m}, mutexes: [{name: m}]}
  templates:
    - name: a
      suspend: {}
      synchronization: {semaphore: {configMapKeyRef: {name: s, key: k}}}
      memoize: {key: k, maxAge: 1h, cache: {configMap: {name: c, key: k}}}
`)
	decoded(t, printed{"removed", text})
	cron := []byte(`{kind: CronWorkflow, spec: {schedule: "* * * * *", schedules: ["* * * * *"], workflowSpec: {}}}`)
	require.NoError(t, yaml.UnmarshalStrict(cron, &wfv1.CronWorkflow{}))
	require.ElementsMatch(t, removed, append(removedFields(t, text), removedFields(t, cron)...))
}

// removedFields lists the removed fields that a Workflow has.
func removedFields(t *testing.T, text []byte) []string {
	t.Helper()
	var object any
	require.NoError(t, yaml.Unmarshal(text, &object))
	var found []string
	eachPath("", object, func(path string) {
		i := slices.IndexFunc(removed, func(field string) bool { return strings.HasSuffix(path, "."+field) })
		if i >= 0 {
			found = append(found, removed[i])
		}
	})
	return found
}

// eachPath calls f with the path of every field below a value; the items of a
// list have the path of the list.
func eachPath(path string, value any, f func(string)) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			eachPath(path, item, f)
		}
	case map[string]any:
		for key, field := range v {
			f(path + "." + key)
			eachPath(path+"."+key, field, f)
		}
	}
}
