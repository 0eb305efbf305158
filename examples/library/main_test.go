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
)

func TestInstall(t *testing.T) {
	var out, annotations bytes.Buffer
	ok, err := install([]string{"../hello.yaml", "../loops.yaml"}, &out, &annotations)
	require.NoError(t, err)
	require.True(t, ok, annotations.String())
	documents := strings.Split(out.String(), "---\n")[1:]
	require.Len(t, documents, 2)
	for i, name := range []string{"hello", "loops"} {
		var template wfv1.WorkflowTemplate
		require.NoError(t, yaml.UnmarshalStrict([]byte(documents[i]), &template))
		require.Equal(t, "WorkflowTemplate", template.Kind)
		require.Equal(t, "forecasting/"+name, template.Namespace+"/"+template.Name)
		require.Equal(t, "forecasting", template.Labels["team"])
		require.NotNil(t, template.Spec.PodGC)
	}
}

// TestAnnotations goes on after a pipeline with a mistake.
func TestAnnotations(t *testing.T) {
	text, err := os.ReadFile("../hello.yaml")
	require.NoError(t, err)
	broken := filepath.Join(t.TempDir(), "broken.yaml")
	text = bytes.ReplaceAll(text, []byte("componentInputParameter: recipient"), []byte("componentInputParameter: recipent"))
	require.NoError(t, os.WriteFile(broken, text, 0o600))
	var out, annotations bytes.Buffer
	ok, err := install([]string{broken, "../loops.yaml"}, &out, &annotations)
	require.NoError(t, err)
	require.False(t, ok)
	require.Equal(t, "::error file="+broken+",line=112,col=40,title=unknown-input::"+
		"task \"greet\" takes input \"recipent\" of the pipeline, which has no such input\n", annotations.String())
	require.Contains(t, out.String(), "name: loops")
	require.NotContains(t, out.String(), "hello")

	_, err = install([]string{"missing.yaml"}, &out, &annotations)
	require.ErrorIs(t, err, os.ErrNotExist)
}
