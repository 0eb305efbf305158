//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// wrongCases expect of shell.yaml what does not happen.
const wrongCases = `
cases:
  - name: all is otherwise
    outcome: failed
    outputs: {Output: 1, Other: 2}
    tasks: {split: cached, for-loop-2.shout: failed, nothing: skipped}
    artifacts:
      split/file: {text: something else}
      split/other: {contains: x}
  - name: no such task
    standIns: {spilt: {command: ["true"]}}
  - name: it fails
    standIns: {measure: {command: [sh, -c, "echo no good; exit 3"]}}
  - name: it takes too long
    timeout: 3s
    standIns: {split: {command: [sleep, "1000"]}}
`

// TestCases runs the cases of the examples, and some that are wrong.
func TestCases(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	require.Contains(t, p.good("test", "--run", examples+"testing"), "\n4 checked, 0 failed\n")

	dir := t.TempDir()
	text, err := os.ReadFile(examples + "shell.yaml")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "shell.yaml"), text, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "shell.test.yaml"), []byte(wrongCases), 0o600))
	junit := filepath.Join(dir, "results.xml")
	said, code := p.run("test", "--run", dir, "--junit", junit)
	require.Equal(t, 1, code)
	for _, line := range []string{
		"the run has succeeded, not failed",
		`output "Output" is 19, not 1`,
		`the run has no output "Other"`,
		"task split is succeeded, not cached",
		"task for-loop-2-3.shout is succeeded, not failed",
		`:6:54: the run has no task "nothing"`,
		`:8:7: artifact split/file holds "it runs right here\n", not "something else"`,
		`:9:7: artifact split/other cannot be had: the task has no such output; it has count, file, words`,
		`:11:16: the pipeline has no task "spilt"; did you mean "split"?`,
		"measure | no good",
		"the run has not ended after 3s",
		"4 checked, 4 failed",
	} {
		require.Contains(t, said, line+"\n")
	}
	report, err := os.ReadFile(junit)
	require.NoError(t, err)
	require.Contains(t, string(report), `tests="4" failures="4"`)
}
