//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/valuetable"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate"
)

// TestTable is a sample of what local/suite runs whole: values of each type, from
// a source to each consumer. Of the programs one starts at once and one later.
func TestTable(t *testing.T) {
	t.Parallel()
	for source, values := range map[valuetable.Source][]string{
		valuetable.Constant:   valuetable.Few(),
		valuetable.Default:    valuetable.Few(),
		valuetable.Given:      {"tags", "quotes", "huge"},
		valuetable.Submitted:  valuetable.Few(),
		valuetable.Output:     valuetable.Few(),
		valuetable.Branch:     {"tags", "three", "list"},
		valuetable.Nested:     {"tags", "three", "list"},
		valuetable.Absent:     {"name", "three", "list"},
		valuetable.Item:       {"tags", "large"},
		valuetable.MadeMember: {"tags", "three"},
	} {
		t.Run(string(source), func(t *testing.T) {
			t.Parallel()
			table := valuetable.New(source, values...)
			file := filepath.Join(t.TempDir(), "values.yaml")
			require.NoError(t, os.WriteFile(file, table.Pipeline(), 0o600))
			r := runPipeline(t, file, passing(table))
			count, wrong := table.Check(r.workflow, r.pods())
			require.Empty(t, wrong)
			require.Greater(t, count, 40)
		})
	}
}

// passing gives a table's pipeline its arguments, when it is translated or when
// it is submitted.
func passing(table *valuetable.Table) option {
	switch table.Source {
	case valuetable.Given:
		return option{translate: func(o *translate.Options) { o.Arguments = table.Arguments() }}
	case valuetable.Submitted:
		return option{submit: func(w *wfv1.Workflow) {
			for name, text := range table.Arguments() {
				submitting(name, contract.EscapeArgument(text)).submit(w)
			}
		}}
	}
	return option{translate: func(*translate.Options) {}}
}
