package pod

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLeaveLastWords(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	LeaveLastWords(file, "nobody listens")
	require.NoFileExists(t, file)
	for words, want := range map[string]string{
		"one\n\n  two\t three\n":         "one; two three",
		strings.Repeat("é", 3000):        strings.Repeat("é", 2048),
		"x" + strings.Repeat("日本", 2000): "x" + strings.Repeat("日本", 682) + "日",
	} {
		require.NoError(t, os.WriteFile(file, []byte("before"), 0o666))
		LeaveLastWords(file, words)
		got, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	for _, text := range []string{"a longer text", "short"} {
		require.NoError(t, WriteFile(file, []byte(text)))
		got, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, text, string(got))
	}
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o666), info.Mode())
	require.NoError(t, os.Mkdir(filepath.Join(dir, "taken"), 0o777))
	require.Error(t, WriteFile(filepath.Join(dir, "taken"), nil))
	require.Error(t, WriteFile(filepath.Join(dir, "none", "file"), nil))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2, "nothing unfinished is left")
}

func TestLogger(t *testing.T) {
	var b bytes.Buffer
	log := NewLogger(&b)
	log.Debug("not shown")
	log.Info("plain")
	log.With("input", "model").WithGroup("g").Warn("nothing there", "uri", "s3://b/a b", "n", 1, "empty", "")
	log.Error("broken")
	require.Equal(t, `kfp2argo: plain
kfp2argo: warning: nothing there input=model uri="s3://b/a b" n=1 empty=""
kfp2argo: error: broken
`, b.String())
}
