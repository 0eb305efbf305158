package graph

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/graph/internal/layered/layeredtest"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// TestLayouts holds the pictures of all pipelines against the rules of layouts.
func TestLayouts(t *testing.T) {
	for _, folder := range []string{"../../examples", "../../testdata/pipelines", "../../../shared/corpus"} {
		_ = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
				return err
			}
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			p, _, err := translate.Resolve(diag.Source{Name: path, Text: text})
			require.NoError(t, err)
			if p == nil {
				return nil
			}
			d := newDrawing(Build(p))
			d.heading = d.graph.heading()
			d.layout()
			t.Run(filepath.Base(path), func(t *testing.T) { layeredtest.Check(t, d.root, d.links) })
			requireRoom(t, d)
			return nil
		})
	}
}

// requireRoom looks whether texts fit into their boxes.
func requireRoom(t *testing.T, d *drawing) {
	t.Helper()
	for i, b := range d.boxes {
		if n, ok := i.(*node); ok {
			for _, l := range d.lines(n) {
				require.LessOrEqual(t, textWidth(l.text, l.size), b.Width)
			}
		} else {
			require.LessOrEqual(t, widest(headerLines(i.(*group)), smallSize), b.Width)
		}
	}
}

func TestTextWidth(t *testing.T) {
	require.Equal(t, 0, textWidth("", 11))
	require.Less(t, textWidth("iii", 11), textWidth("WWW", 11))
	require.Less(t, textWidth("ab", 11), textWidth("日本", 11))
	require.Equal(t, textWidth("e", 11), textWidth("e\u0301", 11))
}

// TestTextLength gives texts the width of Helvetica, whatever the font is.
func TestTextLength(t *testing.T) {
	require.Equal(t, ` textLength="11.2" lengthAdjust="spacingAndGlyphs"`, textLength("ab", 10, 100))
	require.Equal(t, ` textLength="11.9" lengthAdjust="spacingAndGlyphs"`, textLength("ab", 10, bold))
	require.Empty(t, textLength("", 10, 100))
	require.Empty(t, textLength("\u0301", 10, 100), "what has no width keeps its own")
}

func TestWrap(t *testing.T) {
	require.Equal(t, []string{"a b", "c"}, wrap("a b c", 3, 2))
	require.Equal(t, []string{"abcdefg…"}, wrap("abcdefghij", 8, 2))
	require.Equal(t, []string{"aaaa", "bbbb …"}, wrap("aaaa bbbb cccc", 6, 2))
}

// TestLarge draws many tasks, each after all others before it.
func TestLarge(t *testing.T) {
	body := &pipeline.DAG{}
	for range 60 {
		body.Tasks = append(body.Tasks, &pipeline.Task{
			Key: fmt.Sprint("task-", len(body.Tasks)), Spec: &document.TaskSpec{}, After: slices.Clone(body.Tasks),
			Component: &pipeline.Component{Body: &pipeline.Importer{}},
		})
	}
	g := build(&pipeline.Pipeline{Name: "large", Root: &pipeline.Component{Body: body}})
	require.Len(t, g.edges, 59, "those that others imply are left out")
	d := newDrawing(g)
	d.layout()
	layeredtest.Check(t, d.root, d.links)
}
