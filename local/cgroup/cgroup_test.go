package cgroup

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The groups themselves need a machine that has them: hack/limits.

func TestOwnGroup(t *testing.T) {
	own, err := ownGroup("0::/user.slice/user-1000.slice/a b.scope\n")
	require.NoError(t, err)
	require.Equal(t, "/user.slice/user-1000.slice/a b.scope", own)
	own, err = ownGroup("4:memory:/a\n0::/\n")
	require.NoError(t, err)
	require.Equal(t, "/", own)
	_, err = ownGroup("4:memory:/a\n")
	require.ErrorContains(t, err, "no control groups of version 2")
}

// TestOpenFails says what is in the way, and leaves nothing.
func TestOpenFails(t *testing.T) {
	root := t.TempDir()
	_, err := openIn(root, "/user/session")
	require.ErrorIs(t, err, fs.ErrNotExist, "it is no file system of control groups")
	for _, name := range []string{"cgroup.controllers", "cgroup.subtree_control", "cgroup.procs"} {
		require.NoError(t, os.WriteFile(filepath.Join(root, name), nil, 0o600))
	}
	_, err = openIn(root, "/")
	require.Error(t, err)
	left, err := filepath.Glob(filepath.Join(root, groupName+"*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestKilled(t *testing.T) {
	file := filepath.Join(t.TempDir(), "memory.events")
	for text, want := range map[string]bool{
		"low 0\noom 1\noom_kill 0\noom_group_kill 0\n": false, "low 0\noom 1\noom_kill 2\n": true, "low 0\n": false,
	} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		got, err := killed(file)
		require.NoError(t, err)
		require.Equal(t, want, got, text)
	}
	got, err := killed(file + "-none")
	require.NoError(t, err)
	require.False(t, got)
}
