package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBlocks(t *testing.T) {
	page := "Text.\n\n```sh\necho one\n```\n\n<!-- no-run: why -->\n```sh\necho not\n```\n\n1. In a list:\n\n   ```sh\n   echo two\n     echo three\n   ```\n\n" +
		"```yaml\necho: not\n```\n\n<!-- no-run: why -->\nText between.\n\n```sh\necho four\n```\n"
	found, err := blocks("page.md", page)
	require.NoError(t, err)
	require.Equal(t, []block{
		{page: "page.md", line: 4, text: "echo one\n"},
		{page: "page.md", line: 15, text: "echo two\n  echo three\n"},
		{page: "page.md", line: 27, text: "echo four\n"},
	}, found)
}

func TestUnfinished(t *testing.T) {
	_, err := blocks("page.md", "```sh\necho one\n")
	require.EqualError(t, err, "page.md:2: the block does not end")
}

// TestScript runs a script: variables stay, and the first block that fails ends
// it, by name.
func TestScript(t *testing.T) {
	file := filepath.Join(t.TempDir(), "script")
	text := script([]block{
		{page: "page.md", line: 4, text: "a=1\n"},
		{page: "page.md", line: 8, text: "echo \"got $a\"\n"},
		{page: "page.md", line: 12, text: "false\necho unseen | cat\n"},
		{page: "page.md", line: 16, text: "true\n"},
	})
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	var stdout, stderr bytes.Buffer
	command := exec.CommandContext(t.Context(), "bash", file)
	command.Stdout, command.Stderr = &stdout, &stderr
	require.Error(t, command.Run())
	require.Contains(t, stdout.String(), "\n== page.md:8\necho \"got $a\"\ngot 1\n")
	require.NotContains(t, stdout.String(), "\nunseen\n")
	require.NotContains(t, stdout.String(), "page.md:16")
	require.Equal(t, "page.md:12: this block has failed\n", stderr.String())
}

// TestPages makes sure that the pages that hack/docs/check runs hold something
// to run.
func TestPages(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run([]string{"../../README.md", "../../docs/getting-started.md"}, &out))
	require.Contains(t, out.String(), "make demo\n")
	require.Contains(t, out.String(), "kfp2argo run examples/artifacts.yaml")
}
