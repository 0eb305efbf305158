package local

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// Files are the runs of a namespace as an engine keeps them in its directory. It
// need not run.
type Files struct{ Dir, Namespace string }

// workflows is the directory of the Workflows of all namespaces.
func (f Files) workflows() string { return filepath.Join(f.Dir, "objects", "workflows") }

// Namespaces lists the namespaces that have runs.
func (f Files) Namespaces(context.Context) ([]string, error) {
	entries, err := os.ReadDir(f.workflows())
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// List returns the Workflows that are runs of pipelines, as far as it comes until
// the context ends.
func (f Files) List(ctx context.Context) ([]wfv1.Workflow, error) {
	entries, err := os.ReadDir(filepath.Join(f.workflows(), f.Namespace))
	var all []wfv1.Workflow
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || ctx.Err() != nil {
			continue
		}
		w, err := f.Get(ctx, name)
		if err == nil && progress.Pipeline(w) != "" { // it may just have been deleted
			all = append(all, *w)
		}
	}
	return all, err
}

// Get returns a Workflow.
func (f Files) Get(_ context.Context, name string) (*wfv1.Workflow, error) {
	text, err := os.ReadFile(filepath.Join(f.workflows(), f.Namespace, filepath.Base(name)+".json"))
	if err != nil {
		return nil, err
	}
	w := &wfv1.Workflow{}
	return w, json.Unmarshal(text, w)
}
