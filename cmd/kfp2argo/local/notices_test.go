package local_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/local"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

func translated(t *testing.T, file string) *wfv1.Workflow {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	w, found, err := translate.Translate(diag.Source{Name: file, Text: text}, translate.Options{})
	require.NoError(t, err)
	require.NotNil(t, w, "%v", found)
	return w
}

// TestNotices says of each pipeline what this machine cannot mean.
func TestNotices(t *testing.T) {
	for file, want := range map[string][]string{
		"../../../examples/shell.yaml": nil,
		"../../../examples/resources.yaml": {
			"node selectors, tolerations, affinity and priorities mean nothing here (train, train-2)",
			"it has 1 accelerators: pods that request more wait for ever; --local-gpus N says how many there are (train)",
			"limits of CPU and memory are not enforced here (train, train-2)",
		},
		"../../../testdata/pipelines/pod_fixed.yaml": {
			"node selectors, tolerations, affinity and priorities mean nothing here (see)",
			"volumes in memory are directories here, without a bound (see)",
			"limits of CPU and memory are not enforced here (see)",
		},
	} {
		require.Equal(t, want, local.Notices(translated(t, file), local.Machine{GPUs: 1}), file)
	}
	w := translated(t, "../../../testdata/pipelines/pod_fixed.yaml")
	require.Contains(t, local.Notices(w, local.Machine{Enforces: []string{"memory"}}), "limits of CPU are not enforced here (see)")
	require.NotContains(t, strings.Join(local.Notices(w, local.Machine{Enforces: []string{"cpu", "memory"}}), "\n"), "limits")
}

// TestMissing names the objects that are not there. What is optional is not
// missing.
func TestMissing(t *testing.T) {
	needs := local.Needs(translated(t, "../../../testdata/pipelines/pod_fixed.yaml"))
	require.Equal(t, map[string][]string{"pod-fixed": {"see"}}, needs.Secrets)
	require.Equal(t, map[string][]string{"pod-fixed": {"see"}}, needs.ConfigMaps)
	lines, err := local.Missing("Secret", "--local-secret", needs.Secrets, func(string) (bool, error) { return false, nil })
	require.NoError(t, err)
	require.Equal(t, []string{`there is no Secret "pod-fixed" here, and pods wait for it (see); give it by --local-secret pod-fixed=DIR`}, lines)
	lines, err = local.Missing("Secret", "--local-secret", needs.Secrets, func(string) (bool, error) { return true, nil })
	require.NoError(t, err)
	require.Empty(t, lines)
}

// TestReadObject reads directories and files, and what is none of both.
func TestReadObject(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "password"), []byte("a=b\n"), 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "..data"), 0o700))
	g, err := local.ReadObject("s=" + dir)
	require.NoError(t, err)
	require.Equal(t, local.Object{Name: "s", Data: map[string][]byte{"password": []byte("a=b\n")}}, g)

	file := filepath.Join(t.TempDir(), "env")
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	write("# keys\n\nA=1\r\nb.c=x=\"y\" \n")
	g, err = local.ReadObject("s=" + file)
	require.NoError(t, err)
	require.Equal(t, map[string][]byte{"A": []byte("1"), "b.c": []byte(`x="y" `)}, g.Data)
	for text, want := range map[string]string{"A=1\nhunter2\n": file + ":2:1: expected KEY=VALUE", "a b=hunter2": file + ":1:1: the key: "} {
		write(text)
		_, err = local.ReadObject("s=" + file)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "hunter2", "it may be a secret")
	}
	for _, text := range []string{"s", "=x", "s=", "s=/nowhere/at/all"} {
		_, err = local.ReadObject(text)
		require.Error(t, err, text)
	}
}

// FuzzReadObject requires that what is wrong has a place.
func FuzzReadObject(f *testing.F) {
	f.Add("A=1\n# x\n\nB")
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(t.TempDir(), "env")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		if _, err := local.ReadObject("s=" + file); err != nil {
			require.True(t, strings.HasPrefix(err.Error(), file+":"), err)
		}
	})
}
