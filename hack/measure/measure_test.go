package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// TestLines counts lines around programs, in each form that a printed Workflow
// has them. A line that counts is marked with how long it is.
func TestLines(t *testing.T) {
	long := strings.Repeat("ä", readable+1)
	for _, c := range []struct {
		name, text string
		longest    int
		long       []string
	}{
		{"nothing", "spec: {}\n", 8, nil},
		{"just readable", "#" + long[2*len("ä"):], readable, nil},
		{"a comment", "#" + long, readable + 2, []string{"f:1: 202 characters"}},
		{"a program at the end", "spec:\n  templates:\n  - container:\n      args:\n      - |\n        " + long + "\n", 14, nil},
		{"a program before more", "spec:\n  templates:\n  - container:\n      command:\n      - |\n        " + long + "\n      image: a\n", 14, nil},
		{"the line after a program", "spec:\n  templates:\n  - container:\n      args: [a]\n      image: " + long + "\n", readable + 14, []string{"f:5: 214 characters"}},
		{"the line before a program", "spec:\n  templates:\n  - container:\n      image: " + long + "\n      args: [a]\n", readable + 14, []string{"f:4: 214 characters"}},
		{"after the container", "spec:\n  templates:\n  - container:\n      args: [a]\n    name: " + long + "\n  - name: " + long + "\n", readable + 11,
			[]string{"f:5: 211 characters", "f:6: 211 characters"}},
		{"two programs", "spec:\n  templates:\n  - container:\n      args:\n      - " + long + "\n  - container:\n      args:\n      - " + long + "\n", 14, nil},
		{"what is called like a program", "args:\n- " + long + "\nspec:\n  args: a\n", readable + 3, []string{"f:2: 203 characters"}},
		{"a text", "spec:\n  data: |\n    \"default\": \"" + long + "\\\"" + `",` + "\n", 9, nil},
		{"a text with more", "spec:\n  data: |\n    \"default\": \"\", \"type\": \"" + long + "\"\n", readable + 30, []string{"f:3: 230 characters"}},
		{"a program of a driver", "spec:\n  templateDefaults:\n    container:\n      args:\n      - " + long + "\n", readable + 9, []string{"f:5: 209 characters"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f figures
			require.NoError(t, f.lines("f", []byte(c.text)))
			require.Equal(t, c.longest, f.longest)
			require.Equal(t, c.long, f.long)
		})
	}
}

// TestUnused reads templates in each way that a template reads inputs.
func TestUnused(t *testing.T) {
	for _, c := range []struct {
		name, text string
		unused     []string
	}{
		{"none", "name: t", nil},
		{"nothing reads", "inputs: {parameters: [{name: b}, {name: a}]}", []string{"b", "a"}},
		{"an expression", `
inputs: {parameters: [{name: a}, {name: a-b}]}
dag: {tasks: [{name: x, when: "{{=inputs.parameters['a-b'] < '&'}}"}]}`, []string{"a"}},
		{"a simple tag", `
inputs: {parameters: [{name: a}, {name: a-b}]}
dag: {tasks: [{name: x, withParam: "{{inputs.parameters.a-b}}"}]}`, []string{"a"}},
		{"an output", `
inputs: {parameters: [{name: a}, {name: b}]}
outputs: {parameters: [{name: o, valueFrom: {expression: "inputs.parameters['a']"}}]}`, []string{"b"}},
		{"all at once", `
inputs: {parameters: [{name: a}, {name: b}], artifacts: [{name: task, raw: {data: "{{=toJson(inputs.parameters)}}"}}]}`, nil},
		{"not its own", `
inputs: {parameters: [{name: a}]}
dag: {tasks: [{name: x, when: "{{=workflow.parameters['a'] == tasks['a'].outputs.parameters['a']}}"}]}`, []string{"a"}},
		{"a value of its own", `inputs: {parameters: [{name: a, value: "{{inputs.parameters.a}}"}]}`, []string{"a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var template wfv1.Template
			require.NoError(t, yaml.UnmarshalStrict([]byte(c.text), &template))
			found, err := unused(&template)
			require.NoError(t, err)
			require.Equal(t, c.unused, found)
		})
	}
}

// TestRun measures a folder with a pipeline and a document that is refused.
func TestRun(t *testing.T) {
	folder := t.TempDir()
	pipeline, err := os.ReadFile("../../examples/hello.yaml")
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(folder, "in"), 0o777))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "in", "hello.yaml"), pipeline, 0o666))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "refused.yaml"), []byte("a: b\n"), 0o666))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "README.md"), nil, 0o666))

	var out bytes.Buffer
	require.NoError(t, run(folder, &out, false))
	require.Regexp(t, `^1 pipelines translated, 1 refused
bytes out / bytes in: \d+\.\d\d \(\d+ / \d+\)
longest line outside programs: \d+ characters \(in/hello.yaml:\d+\)
lines over 200 characters: \d+
unused inputs: \d+
$`, out.String())
	var alone figures
	require.NoError(t, alone.add(diag.Source{Name: "in/hello.yaml", Text: pipeline}))
	require.Equal(t, len(pipeline), alone.in)
}

// TestPrint makes sure that what the figures count is listed on demand.
func TestPrint(t *testing.T) {
	f := figures{translated: 2, refused: 1, in: 200, out: 301, longest: 205, where: "a:7", long: []string{"a:7: 205 characters"}, unused: []string{"a: t.x", "b: t.y"}}
	var brief, verbose bytes.Buffer
	require.NoError(t, f.print(&brief, false))
	require.NoError(t, f.print(&verbose, true))
	require.Equal(t, `2 pipelines translated, 1 refused
bytes out / bytes in: 1.50 (301 / 200)
longest line outside programs: 205 characters (a:7)
lines over 200 characters: 1
unused inputs: 2
`, brief.String())
	require.Equal(t, `2 pipelines translated, 1 refused
bytes out / bytes in: 1.50 (301 / 200)
longest line outside programs: 205 characters (a:7)
lines over 200 characters: 1
  a:7: 205 characters
unused inputs: 2
  a: t.x
  b: t.y
`, verbose.String())
}

// TestNothing tells a folder that is missing from one that has no pipelines.
func TestNothing(t *testing.T) {
	folder := t.TempDir()
	var out bytes.Buffer
	require.NoError(t, run(filepath.Join(folder, "corpus"), &out, false))
	require.Contains(t, out.String(), "is not measured")
	require.ErrorContains(t, run(folder, &out, false), "no pipeline is translated")
}
