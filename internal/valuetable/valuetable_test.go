package valuetable_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/valuetable"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// TestTables translates the table of each source. What its runs say is for the
// tests that run it.
func TestTables(t *testing.T) {
	for _, source := range valuetable.Sources() {
		table := valuetable.New(source, valuetable.Few()...)
		workflow, found, err := translate.Translate(
			diag.Source{Name: string(source), Text: table.Pipeline()}, translate.Options{MaxSize: -1, Arguments: table.Arguments()})
		require.NoError(t, err)
		require.NotNil(t, workflow, "%s: %v", source, found)
		count, wrong := table.Check(workflow, nil)
		require.Greater(t, count, 40)
		require.NotEmpty(t, wrong, "of a Workflow that has not run")
	}
}
