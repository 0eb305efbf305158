package launcher

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
)

func TestRequirePresence(t *testing.T) {
	root := contract.Root(t.TempDir())
	for _, dir := range []string{"/empty", "/keys"} {
		require.NoError(t, os.Mkdir(root.Path(dir), 0o777))
	}
	require.NoError(t, os.WriteFile(root.Path("/keys/token"), nil, 0o666))
	options := Options{Root: root, Environ: []string{"TOKEN=", "TOKENS=x", "MODE=a=b"}}
	require.NoError(t, requirePresence(nil, options))
	require.NoError(t, requirePresence([]contract.Presence{
		{Env: "TOKEN", Missing: "no token"}, {Env: "MODE", Missing: "no mode"}, {Path: "/keys", Missing: "no keys"},
	}, options))
	require.EqualError(t, requirePresence([]contract.Presence{
		{Env: "TOKE", Missing: "no toke"}, {Env: "token", Missing: "no lower case"}, {Env: "TOKEN", Missing: "no token"},
		{Path: "/empty", Missing: "an empty directory"}, {Path: "/none", Missing: "no directory"}, {Path: "/keys/token", Missing: "a file"},
	}, options), "no toke\nno lower case\nan empty directory\nno directory\na file")
}

// TestUnshielded takes off what the translator has put on, also where the
// kubelet has put one value into another.
func TestUnshielded(t *testing.T) {
	shielded := placeholder.ShieldText("{{ user }} of {{{x}}}")
	environ := []string{"A=" + shielded, "B=" + shielded + " and " + shielded, "C={ } $", "D=", "=E", "F"}
	require.Equal(t, []string{
		"A={{ user }} of {{{x}}}", "B={{ user }} of {{{x}}} and {{ user }} of {{{x}}}", "C={ } $", "D=", "=E", "F",
	}, unshielded(environ, true))
	require.Equal(t, environ, unshielded(environ, false))
	require.Contains(t, environ[0], "{{$.brace}}", "the environment itself has changed")
}
