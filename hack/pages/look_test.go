//go:build browser || live

package pages

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// look lets the tests of a file look at pages, in node. ONLY is a pattern for the names
// of those that are meant.
func look(t *testing.T, file string, environ ...string) {
	t.Helper()
	arguments := []string{"--test", "--test-reporter=spec"}
	if only := os.Getenv("ONLY"); only != "" {
		arguments = append(arguments, "--test-name-pattern="+only)
	}
	test := exec.CommandContext(t.Context(), "node", append(arguments, file)...)
	test.Env = append(os.Environ(), environ...)
	test.Stdout, test.Stderr = os.Stdout, os.Stderr
	require.NoError(t, test.Run())
}
