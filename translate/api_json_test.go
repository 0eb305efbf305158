package translate_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// TestAPIJSON translates pipelines in the form that KFP's API has them in, as
// clients post them, to the same Workflows as the files.
func TestAPIJSON(t *testing.T) {
	for _, file := range []string{"../examples/hello.yaml", "../examples/kubernetes_config.yaml"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		object := map[string]json.RawMessage{}
		for i, document := range bytes.Split(text, []byte("\n---\n")) {
			converted, err := yaml.YAMLToJSON(document)
			require.NoError(t, err)
			object[[]string{"pipeline_spec", "platform_spec"}[i]] = converted
		}
		posted, err := json.Marshal(object)
		require.NoError(t, err)
		_, want := translated(t, file)
		workflow, found, err := translate.Translate(diag.Source{Name: "posted.json", Text: posted}, translate.Options{})
		require.NoError(t, err)
		require.NotNil(t, workflow, "%v", found)
		var got bytes.Buffer
		require.NoError(t, translate.Print(&got, workflow, file[len("../examples/"):]))
		require.Equal(t, string(want), got.String())
	}
}
