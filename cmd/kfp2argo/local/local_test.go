package local

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDirectory(t *testing.T) {
	t.Setenv("HOME", "/home/me")
	for _, c := range []struct{ dir, state, want string }{
		{"/d", "/s", "/d"},
		{"", "/s", "/s/kfp2argo"},
		{"", "", "/home/me/.local/state/kfp2argo"},
		{"", "relative", "/home/me/.local/state/kfp2argo"},
	} {
		e := Engine{Dir: c.dir, Getenv: func(string) string { return c.state }}
		got, err := e.Directory()
		require.NoError(t, err)
		require.Equal(t, c.want, got)
	}
}

// script makes an engine of a shell script.
func script(t *testing.T, text string) programs {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, Program), []byte("#!/bin/sh\n"+text), 0o755))
	p, ok := in(dir)
	require.True(t, ok)
	return p
}

func TestStart(t *testing.T) {
	var e Engine
	require.NoError(t, e.start(script(t, "trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done"), t.TempDir()))
	require.NoError(t, e.Stop())
	var busy Engine
	require.ErrorIs(t, busy.start(script(t, "exit 75"), t.TempDir()), errBusy)
	require.NoError(t, busy.Stop(), "another one's goes on")
	err := e.start(script(t, "echo one >&2; echo kfp2argo-local: no room >&2; exit 1"), t.TempDir())
	require.EqualError(t, err, "kfp2argo-local does not start: no room")
	require.ErrorContains(t, e.start(script(t, "exit 3"), t.TempDir()), "exit status 3")
}

func TestFind(t *testing.T) {
	_, ok := in(t.TempDir())
	require.False(t, ok)
	p := script(t, "")
	t.Setenv("PATH", filepath.Dir(p.engine))
	found, err := (&Engine{}).find(t.Context())
	require.NoError(t, err)
	require.Equal(t, filepath.Base(p.engine), filepath.Base(found.engine))

	t.Setenv("PATH", "")
	t.Chdir(t.TempDir())
	_, err = (&Engine{}).find(t.Context())
	require.ErrorContains(t, err, "is not beside kfp2argo")
}

// The sources are found from within, and only those.
func TestSources(t *testing.T) {
	root, ok := sources()
	require.True(t, ok)
	require.FileExists(t, filepath.Join(root, "cmd", "kfp2argo", "main.go"))
	t.Chdir(t.TempDir())
	_, ok = sources()
	require.False(t, ok)
}

func TestNothingAnswers(t *testing.T) {
	require.False(t, answers(filepath.Join(t.TempDir(), "kubeconfig")))
}
