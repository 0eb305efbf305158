package unfold_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/trace"
	"github.com/kfp2argo/kfp2argo/translate/internal/unfold"
)

// TestValues follows the values of tasks.
func TestValues(t *testing.T) {
	for name, want := range map[string][]string{
		"nested": {
			`middle/inner/describe(name): constant "given"`,
			`middle/inner/describe(extra): nothing`,
			`middle-2/inner/describe(name): input name`,
			`middle-2/inner/describe(size): constant 8`,
			`middle-2/save(text): output Output of middle-2/inner/describe`,
		},
		"loops": {
			`for-loop-1/double(n): output Output of split [an item of it]`,
			`for-loop-13/condition-14/double-3(n): constant [1,2,3] [an item of it]`,
			`total(values): output Output of for-loop-1/double`,
			`split(n): input n`,
		},
		"exit_handler": {`report(status): status of exit-handler-1`},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("..", "..", "..", "examples", name+".yaml"))
			require.NoError(t, err)
			traced, found, err := translate.Trace(diag.Source{Name: name, Text: text}, translate.Options{})
			require.NoError(t, err)
			require.NotNil(t, traced, found)
			var all []string
			for n := range unfold.Pipeline(trace.Of(traced).Pipeline).All() {
				for _, p := range n.Component().Parameters {
					all = append(all, fmt.Sprintf("%s(%s): %s", n.Path, p.Name, told(n.Parameter(p.Name))))
				}
			}
			for _, w := range want {
				require.Contains(t, all, w)
			}
		})
	}
}

func told(v unfold.Value) string {
	var all []string
	for _, c := range v {
		var text string
		switch o := c.Origin.(type) {
		case unfold.Constant:
			text = "constant " + string(o.Value)
		case unfold.Input:
			text = "input " + o.Name
		case unfold.Output:
			text = "output " + o.Name + " of " + o.Node.Path
		case unfold.Status:
			text = "status of " + o.Node.Path
		case unfold.Absent:
			text = "nothing"
		}
		if c.Parts != nil {
			text += " " + fmt.Sprint(c.Parts)
		}
		all = append(all, text)
	}
	return strings.Join(all, " or ")
}
