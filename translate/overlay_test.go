package translate_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/refcheck"
)

// TestOverlays merges each patch of testdata/overlays, such as
// hello.team.patch.yaml, into what the example hello.yaml becomes, and compares
// the result with its golden.
func TestOverlays(t *testing.T) {
	patches := glob(t, "../testdata/overlays/*.patch.yaml")
	require.NotEmpty(t, patches)
	for _, patch := range patches {
		name := filepath.Base(patch)
		t.Run(name, func(t *testing.T) {
			pipeline, _, _ := strings.Cut(name, ".")
			workflow, text := patched(t, "../examples/"+pipeline+".yaml", textOf(t, patch))
			require.Empty(t, refcheck.Problems(workflow))
			requireStrict(t, text)
			goldentest.Compare(t, strings.TrimSuffix(patch, ".patch.yaml")+".workflow.yaml", text)
		})
	}
}

// TestOverlaysShareTemplates gives tasks that are alike the same patch, from
// different selectors.
func TestOverlaysShareTemplates(t *testing.T) {
	plain, _ := patched(t, "../examples/nested.yaml", "")
	same, _ := patched(t, "../examples/nested.yaml", "tasks: {middle/save: {timeout: 1h}, middle-2/save: {timeout: 1h}}")
	require.Len(t, same.Spec.Templates, len(plain.Spec.Templates))
	other, _ := patched(t, "../examples/nested.yaml", "tasks: {middle/save: {timeout: 1h}, middle-2/save: {timeout: 2h}}")
	require.Greater(t, len(other.Spec.Templates), len(plain.Spec.Templates))
}

// TestOverlayOfNothing leaves a Workflow as it is.
func TestOverlayOfNothing(t *testing.T) {
	for _, nothing := range []string{"", "{}", "workflow:\ntasks:\n", "workflow: {}\ntasks: {'*': {}, train: null, exit-handler-1: {}}"} {
		_, plain := translated(t, "../examples/training.yaml")
		_, text := patched(t, "../examples/training.yaml", nothing)
		require.Equal(t, string(plain), string(text), nothing)
	}
}

// TestOverlaysSameBytes merges a patch ten times.
func TestOverlaysSameBytes(t *testing.T) {
	patch := textOf(t, "../testdata/overlays/training.team.patch.yaml")
	_, first := patched(t, "../examples/training.yaml", patch)
	for range 9 {
		_, again := patched(t, "../examples/training.yaml", patch)
		require.Equal(t, string(first), string(again))
	}
}

func textOf(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}

// patched translates a pipeline with a patch, and prints the result.
func patched(t *testing.T, pipeline, patch string) (*wfv1.Workflow, []byte) {
	t.Helper()
	options := translate.Options{Overlays: []diag.Source{{Name: "patch.yaml", Text: []byte(patch)}}}
	workflow, found, err := translate.Translate(diag.Source{Name: pipeline, Text: []byte(textOf(t, pipeline))}, options)
	require.NoError(t, err)
	require.NotNil(t, workflow, "%v", found)
	var printed bytes.Buffer
	require.NoError(t, translate.Print(&printed, workflow, filepath.Base(pipeline)))
	return workflow, printed.Bytes()
}

// TestOverlaySelectors looks at which tasks a selector selects.
func TestOverlaySelectors(t *testing.T) {
	for selector, want := range map[string][]string{
		"save":             {"save"},
		"middle/save":      {"save"},
		"middle-2/save":    {"save-2"},
		"middle*/save":     {"save"},
		"nested/load":      {"load-3"},
		"load*":            {"load"},
		"*/load":           {"load"},
		"?nner/describe":   {"describe"},
		"*":                {"describe", "load", "save"},
		"middle/*":         {"load", "save"},
		"inner-2/describ?": {"describe-2"},
		// by paths in the run
		"middle.save":                {"save"},
		"middle-2.inner.describe":    {"describe-2"},
		"nested.middle-2.*.describe": {"describe-2"},
		"*.inner.describe":           {"describe"},
		"middle*.save":               {"save"},
		"nested.load":                {"load-3"},
	} {
		workflow, _ := patched(t, "../examples/nested.yaml", "tasks: {'"+selector+"': {timeout: 1h}}")
		var got []string
		for _, template := range workflow.Spec.Templates {
			if template.Timeout == "1h" {
				got = append(got, template.Name)
			}
		}
		slices.Sort(got)
		require.Equal(t, want, got, selector)
	}
}

// TestOverlayOfClaims patches what creates and deletes volumes: it has a pod, but
// no container of the pipeline's.
func TestOverlayOfClaims(t *testing.T) {
	accounts := func(patch string) map[string]string {
		workflow, _ := patched(t, "../testdata/pipelines/claims.yaml", patch)
		all := map[string]string{}
		for _, template := range workflow.Spec.Templates {
			if template.ServiceAccountName != "" {
				all[template.Name] = template.ServiceAccountName
			}
		}
		return all
	}
	require.Equal(t, map[string]string{"createpvc": "admin"}, accounts("tasks: {createpvc: {serviceAccountName: admin}}"))
	require.Len(t, accounts("tasks: {'*': {serviceAccountName: admin}}"), 7)
	// What is for containers is for those tasks of a pattern that have one.
	require.Equal(t, map[string]string{"write": "a", "read": "a"},
		accounts("tasks: {'*': {serviceAccountName: a, container: {imagePullPolicy: Always}}}"))
}

// TestOverlayRefused merges patches that do not fit the pipeline.
func TestOverlayRefused(t *testing.T) {
	const tasks = "there are these tasks: middle, middle-2, load, inner, save, describe"
	for _, tc := range []struct{ pipeline, patch, code, message, hint string }{
		{"nested", "tasks: {laod: {}}", "1:9: unmatched-selector", `the pipeline has no task "laod"`, `did you mean "load"?`},
		{"nested", "tasks: {train: {}}", "1:9: unmatched-selector", `the pipeline has no task "train"`, tasks},
		{"nested", "tasks: {middel/save: {}}", "1:9: unmatched-selector", `the pipeline has no task "middel/save"`, `did you mean "middle/save"?`},
		{"nested", "tasks: {comp-middle/save: {}}", "1:9: unmatched-selector", `the pipeline has no task "comp-middle/save"`, `did you mean "middle/save"?`},
		{"nested", "tasks: {middle.load.save: {}}", "1:9: unmatched-selector", `the pipeline has no task "middle.load.save"`, tasks},
		{"nested", "tasks: {'': {}}", "1:9: unmatched-selector", `the pipeline has no task ""`, tasks},
		{"nested", "tasks: {middle: {timeout: 1h}}", "1:18: no-pod",
			`task "middle" has no pod of its own, so "timeout" means nothing there`, `select the tasks in it: "middle/*"`},
		{"nested", "tasks: {middle: {parallelism: 1, container: {}}}", "1:34: no-pod",
			`task "middle" has no pod of its own, so "container" means nothing there`, `select the tasks in it: "middle/*"`},
		{"importers", "tasks: {importer: {parallelism: 1}}", "1:20: no-pod",
			`task "importer" has no pod of its own, so "parallelism" means nothing there`, "an importer runs nothing"},
		{"../testdata/pipelines/claims", "tasks: {keep: {timeout: 1h, container: {}}}", "1:29: no-pod",
			`task "keep" runs nothing but Argo's own program, so "container" means nothing there`, ""},
		{"hello", "workflow: {spec: {volumes: null}}", "1:1: reserved-field",
			"this patch takes away the volume kfp, without which no task runs", ""},
	} {
		source := diag.Source{Name: "pipeline.yaml", Text: []byte(textOf(t, "../examples/"+tc.pipeline+".yaml"))}
		workflow, found, err := translate.Translate(source, translate.Options{Overlays: []diag.Source{{Text: []byte(tc.patch)}}})
		require.NoError(t, err)
		require.Nil(t, workflow, tc.patch)
		require.Len(t, found, 1, tc.patch)
		d := found[0]
		require.Equal(t, tc.code, fmt.Sprintf("%d:%d: %s", d.Span.Line, d.Span.Column, d.Code), tc.patch)
		require.Equal(t, tc.message, d.Message)
		require.Equal(t, tc.hint, d.Hint)
		require.Equal(t, 1, d.Source)
	}
}

// TestOverlaysPage merges the patches of docs/overlays.md into the example that
// the page speaks of, one by one and all together.
func TestOverlaysPage(t *testing.T) {
	page := textOf(t, "../docs/overlays.md")
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(page, -1)
	require.Len(t, blocks, 7)
	var all []diag.Source
	plain, _ := translated(t, "../examples/training.yaml")
	for _, block := range blocks {
		workflow, text := patched(t, "../examples/training.yaml", block[1])
		requireStrict(t, text)
		require.NotEqual(t, plain, workflow, block[1])
		all = append(all, diag.Source{Text: []byte(block[1])})
	}
	source := diag.Source{Name: "training.yaml", Text: []byte(textOf(t, "../examples/training.yaml"))}
	workflow, found, err := translate.Translate(source, translate.Options{Overlays: all})
	require.NoError(t, err)
	require.NotNil(t, workflow, "%v", found)
}

// TestOverlaysPageShowsAMistake makes the mistake that the page shows.
func TestOverlaysPageShowsAMistake(t *testing.T) {
	source := diag.Source{Name: "training.yaml", Text: []byte(textOf(t, "../examples/training.yaml"))}
	patch := diag.Source{Name: "team.yaml", Text: []byte("workflow:\n  metadata:\n    labels: {team: ml}\ntasks:\n  train:\n    priorityClass: high\n")}
	_, found, err := translate.Translate(source, translate.Options{Overlays: []diag.Source{patch}})
	require.NoError(t, err)
	var shown strings.Builder
	require.NoError(t, diag.Render(&shown, source, found, diag.Options{Others: []diag.Source{patch}}))
	page := textOf(t, "../docs/overlays.md")
	for line := range strings.Lines(shown.String()) {
		require.Contains(t, page, "\n    "+line)
	}
}
