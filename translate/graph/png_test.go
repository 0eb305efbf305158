package graph_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate/graph"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/internal/trace"
)

func painted(t testing.TB, g *graph.Graph) ([]byte, []rune) {
	t.Helper()
	var picture bytes.Buffer
	missing, err := g.PNG(&picture)
	require.NoError(t, err)
	return picture.Bytes(), missing
}

// TestPNG compares pictures with goldens.
func TestPNG(t *testing.T) {
	for name, g := range map[string]*graph.Graph{
		"importers.png": example(t, "importers"), "training-run.png": colored(t, "training", trainingRun),
	} {
		got, missing := painted(t, g)
		require.Empty(t, missing, name)
		again, _ := painted(t, g)
		require.Equal(t, got, again, "the same graph has the same bytes")
		comparePicture(t, filepath.Join("testdata", name), got)
	}
}

// comparePicture compares a picture with its golden. Processors that fuse
// multiplications round otherwise, by which a pixel may differ a little.
func comparePicture(t *testing.T, golden string, got []byte) {
	t.Helper()
	if goldentest.Updating() {
		goldentest.Compare(t, golden, got)
		return
	}
	text, err := os.ReadFile(golden)
	require.NoError(t, err, "run make golden")
	want, have := decode(t, text), decode(t, got)
	require.Equal(t, want.Bounds(), have.Bounds(), golden)
	for y := range want.Bounds().Dy() {
		for x := range want.Bounds().Dx() {
			if a, b := want.NRGBAAt(x, y), have.NRGBAAt(x, y); apart(a.R, b.R) || apart(a.G, b.G) || apart(a.B, b.B) || apart(a.A, b.A) {
				t.Fatalf("%s: the pixel at %d, %d is %v, not %v", golden, x, y, b, a)
			}
		}
	}
}

func apart(a, b uint8) bool { return max(a, b)-min(a, b) > 6 }

func decode(t *testing.T, text []byte) *image.NRGBA {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(text))
	require.NoError(t, err)
	decoded, ok := picture.(*image.NRGBA)
	require.True(t, ok, "%T", picture)
	return decoded
}

// TestPNGShapes paints every kind of node and of group.
func TestPNGShapes(t *testing.T) {
	for _, name := range []string{"conditions", "exit_handler", "loops", "kubernetes_config", "nested"} {
		picture, missing := painted(t, example(t, name))
		require.Empty(t, missing, name)
		require.NotEmpty(t, decode(t, picture).Pix)
	}
}

// TestPNGNames says which characters the font lacks.
func TestPNGNames(t *testing.T) {
	p := resolve(t, filepath.Join(repository, "examples", "hello.yaml"))
	tasks := trace.Of(p).Pipeline.Root.Body.(*pipeline.DAG).Tasks
	tasks[0].Spec.TaskInfo.Name.Value = "Größe e\u0301 λ Привет ✓"
	tasks[1].Spec.TaskInfo.Name.Value = "訓練 訓 🚀"
	_, missing := painted(t, graph.Build(p))
	require.Equal(t, []rune("訓練🚀"), missing)
}

// TestPNGTooLarge refuses a picture that no program would show.
func TestPNGTooLarge(t *testing.T) {
	body := &pipeline.DAG{}
	for i := range 20000 {
		task := &pipeline.Task{Key: fmt.Sprint("task-", i), Spec: &document.TaskSpec{}, Component: &pipeline.Component{Body: &pipeline.Importer{}}}
		if i%3 > 0 {
			task.After = []*pipeline.Task{body.Tasks[i-1]}
		}
		body.Tasks = append(body.Tasks, task)
	}
	_, err := graph.BuildModel(&pipeline.Pipeline{Name: "large", Root: &pipeline.Component{Body: body}}).PNG(&bytes.Buffer{})
	require.ErrorContains(t, err, "too large for PNG; an SVG can be of any size")
}
