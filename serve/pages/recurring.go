package pages

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// recurringContent is the list of recurring runs.
type recurringContent struct{ All []*registry.RecurringRun }

func listRecurring(v *visit) (answer, error) {
	all, err := v.view.RecurringRuns(v, v.namespace)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b *registry.RecurringRun) int {
		return cmp.Or(b.Created.Compare(a.Created), strings.Compare(a.ID, b.ID))
	})
	return page{Look: "recurring", Title: "Recurring runs", Section: "recurring", Content: recurringContent{all}}, nil
}

// recurringOne is a recurring run.
type recurringOne struct {
	*registry.RecurringRun
	Address   string
	Arguments []value
	Runs      string // the address of its runs
}

func showRecurring(v *visit) (answer, error) {
	r, err := v.view.RecurringRun(v, v.request.PathValue("recurring"))
	if err != nil {
		return nil, err
	}
	v.namespace = r.Namespace
	c := recurringOne{RecurringRun: r, Address: link(nil, "recurring", r.ID), Runs: filter{Namespace: r.Namespace, Recurring: r.ID, Sort: "-started"}.address()}
	for _, name := range names(r.Parameters) {
		c.Arguments = append(c.Arguments, value{Name: name, Parameter: pretty(r.Parameters[name])})
	}
	return page{Look: "recurring-one", Title: r.DisplayName, Section: "recurring", Content: c}, nil
}

// enable lets a recurring run start runs, or stops that.
func enable(on bool) func(*visit) (answer, error) {
	return func(v *visit) (answer, error) {
		id := v.request.PathValue("recurring")
		if err := v.view.EnableRecurringRun(v, id, on); err != nil {
			return nil, err
		}
		return redirect{link(nil, "recurring", id)}, nil
	}
}

func deleteRecurring(v *visit) (answer, error) {
	if err := v.view.DeleteRecurringRun(v, v.request.PathValue("recurring"), false); err != nil {
		return nil, err
	}
	return redirect{"/recurring"}, nil
}

func scheduleVersion(v *visit) (answer, error) {
	c, version, err := v.startVersion(true)
	if err != nil {
		return nil, err
	}
	c.Cron = strings.TrimSpace(v.request.PostForm.Get("cron"))
	n, err := v.newRun(c, source{version.Spec, registry.VersionRef{PipelineID: version.PipelineID, VersionID: version.ID}})
	if err == nil {
		var r *registry.RecurringRun
		r, err = v.view.CreateRecurringRun(v, registry.NewRecurringRun{
			NewRun: n, Trigger: registry.Trigger{Cron: c.Cron}, MaxConcurrency: 1, NoCatchup: true, Enabled: true,
		})
		if err == nil {
			return redirect{link(nil, "recurring", r.ID)}, nil
		}
	}
	return refusedForm(c, err)
}
