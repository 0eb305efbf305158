package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStoragePage runs the commands of docs/storage.md and looks for what the
// page shows of the Workflows.
func TestStoragePage(t *testing.T) {
	text, err := os.ReadFile("../../docs/storage.md")
	require.NoError(t, err)
	repository, err := filepath.Abs("../..")
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	require.NoError(t, os.Symlink(filepath.Join(repository, "examples"), "examples"))
	var commands, shown []string
	for _, block := range regexp.MustCompile("(?s)```(sh|yaml)\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		name, isFile := strings.CutPrefix(strings.SplitN(block[2], "\n", 2)[0], "# ")
		switch {
		case block[1] == "sh":
			commands = append(commands, commandLines(block[2])...)
		case isFile:
			require.NoError(t, os.WriteFile(name, []byte(block[2]), 0o666))
		default:
			shown = append(shown, block[2])
		}
	}
	var workflows string
	for _, command := range commands {
		var out, problems bytes.Buffer
		require.Zero(t, run(streams{out: &out, err: &problems, getenv: unset}, words(command)[1:]), "%s\n%s", command, problems.String())
		workflows += "\n" + out.String()
	}
	require.Len(t, commands, 13)
	require.Len(t, shown, 7)
	for _, part := range shown {
		require.True(t, strings.Contains(workflows, "\n"+part), "no command of the page gives\n%s", part)
	}
}

// commandLines returns the commands of this program in a block for a shell.
func commandLines(block string) []string {
	var all []string
	for line := range strings.Lines(strings.ReplaceAll(block, "\\\n", " ")) {
		if strings.HasPrefix(line, "kfp2argo ") {
			all = append(all, line)
		}
	}
	return all
}

// words splits a command as a shell does, as far as the page needs it.
func words(command string) []string {
	var all []string
	for _, word := range regexp.MustCompile(`'[^']*'|\S+`).FindAllString(command, -1) {
		all = append(all, strings.Trim(word, "'"))
	}
	return all
}

// unset is an environment without variables.
func unset(string) string { return "" }
