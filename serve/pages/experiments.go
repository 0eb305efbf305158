package pages

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// experimentsContent is the list of experiments, with the form that makes one.
type experimentsContent struct {
	All                        []registry.Experiment
	Name, Description, Problem string
}

func listExperiments(v *visit) (answer, error) { return v.listExperiments(experimentsContent{}) }

func (v *visit) listExperiments(c experimentsContent) (answer, error) {
	view, err := v.also("experiments", "list")
	if err != nil {
		return nil, err
	}
	if c.All, err = view.Experiments(v, v.namespace); err != nil {
		return nil, err
	}
	slices.SortFunc(c.All, func(a, b registry.Experiment) int {
		return cmp.Or(cmp.Compare(boolInt(a.Archived), boolInt(b.Archived)), b.LastRun.Compare(a.LastRun), strings.Compare(a.Name, b.Name))
	})
	p := page{Look: "experiments", Title: "Experiments", Section: "experiments", Content: c}
	if c.Problem != "" {
		p.Status = http.StatusBadRequest
	}
	return p, nil
}

func createExperiment(v *visit) (answer, error) {
	form := v.request.PostForm
	c := experimentsContent{Name: strings.TrimSpace(form.Get("name")), Description: form.Get("description")}
	e, err := v.view.CreateExperiment(v, v.namespace, c.Name, c.Description)
	switch {
	case err == nil:
		return redirect{filter{Namespace: e.Namespace, Experiment: e.ID, Sort: "-started"}.address()}, nil
	case isRefusal(err):
		c.Problem = err.Error()
		return v.listExperiments(c)
	}
	return nil, err
}

// archiveExperiment archives an experiment with its runs, or takes it back.
func archiveExperiment(archive bool) func(*visit) (answer, error) {
	return func(v *visit) (answer, error) {
		if err := v.view.ArchiveExperiment(v, v.request.PathValue("experiment"), archive); err != nil {
			return nil, err
		}
		return redirect{withQuery("/experiments", "namespace", v.namespace)}, nil
	}
}
