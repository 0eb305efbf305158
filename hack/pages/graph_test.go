//go:build browser

package pages

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestGraph lets graph.test.js look at the picture of a run.
func TestGraph(t *testing.T) {
	picture, err := filepath.Abs("../../docs/training-run.svg")
	require.NoError(t, err)
	look(t, "graph.test.js", "SVG=file://"+filepath.ToSlash(picture))
}
