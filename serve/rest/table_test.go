package rest

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTable makes sure that the page about the server has the table of the
// endpoints as it is.
func TestTable(t *testing.T) {
	const page = "../../docs/server.md"
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(text), "<!-- endpoints -->\n")
	require.True(t, found)
	old, after, found := strings.Cut(rest, "<!-- end of endpoints -->\n")
	require.True(t, found)
	if old == Table() {
		return
	}
	require.NoError(t, os.WriteFile(page, []byte(before+"<!-- endpoints -->\n"+Table()+"<!-- end of endpoints -->\n"+after), 0o600))
	t.Fatal(page + " had another table; it is written anew: read the difference")
}
