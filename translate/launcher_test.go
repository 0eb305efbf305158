package translate_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// TestLauncherPath embeds the launcher in the users' images: pods on our own
// image have it in its own place, and all others where the option says.
func TestLauncherPath(t *testing.T) {
	const image, embedded = "example.com/kfp2argo:1", "/opt/launcher"
	for _, file := range []string{"../examples/caching.yaml", "../testdata/pipelines/workspace.yaml"} {
		workflow, found, err := translate.Translate(
			diag.Source{Name: file, Text: []byte(textOf(t, file))},
			translate.Options{Pods: translate.Pods{Image: image, LauncherPath: embedded}, Cache: translate.Cache{Check: translate.CheckAhead}},
		)
		require.NoError(t, err)
		require.NotNil(t, workflow, "%v", found)
		ours, theirs := 0, 0
		for _, template := range workflow.Spec.Templates {
			if template.Container == nil {
				continue
			}
			want := embedded
			if template.Container.Image == image {
				want = "/launcher"
				ours++
			} else {
				theirs++
			}
			require.Equal(t, []string{want}, template.Container.Command, template.Name)
		}
		require.Positive(t, ours, file)
		require.Positive(t, theirs, file)
	}
}
