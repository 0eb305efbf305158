package pages

import (
	"bytes"
	"html/template"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/registry"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/graph"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// picture is that of a pipeline, or the reason why there is none.
type picture struct {
	SVG     template.HTML
	Missing string
}

// mostDrawn is how many bytes of a compiled pipeline are drawn: the picture of a
// larger one is none that a person reads, and takes its time.
const mostDrawn = 4 << 20

// picture draws a run.
func (v *visit) picture(d *registry.Detail, tasks []*runs.Task) picture {
	if len(d.Spec) == 0 {
		return picture{Missing: "There is no picture: the compiled pipeline of this run is not kept."}
	}
	if len(d.Spec) > mostDrawn {
		return picture{Missing: "The pipeline is too large for a picture."}
	}
	p := d.Model()
	if p == nil {
		return picture{Missing: "There is no picture: this version of kfp2argo cannot read the compiled pipeline."}
	}
	run := progressOf(d, tasks)
	drawn := graph.Build(p)
	drawn.Fold(mostBoxes, func(path []string) bool {
		return slices.ContainsFunc(run.Find(path), func(t *progress.Task) bool { return v.isOpen(t.Path) })
	})
	drawn.Color(run, v.now)
	return inline(drawn, func(path []string) string { return below(v.site.config.Base, addressOf(d.ID, run, path)) })
}

// pictureOf draws a pipeline that does not run. A group that is folded leads to this
// page with what is inside of it.
func (v *visit) pictureOf(p *translate.Pipeline) picture {
	drawn := graph.Build(p)
	folded := map[string]bool{}
	drawn.Fold(mostBoxes, func(path []string) bool {
		key := strings.Join(path, ".")
		open := v.isOpen(key)
		if !open {
			folded[key] = true
		}
		return open
	})
	if len(folded) == 0 {
		return inline(drawn, nil)
	}
	return inline(drawn, func(path []string) string {
		if key := strings.Join(path, "."); folded[key] {
			return below(v.site.config.Base, v.unfolded(key))
		}
		return ""
	})
}

func inline(drawn *graph.Graph, to func([]string) string) picture {
	var out bytes.Buffer
	if err := drawn.Inline(&out, to); err != nil {
		panic("pages: writing to memory: " + err.Error())
	}
	return picture{SVG: template.HTML(out.String())} //nolint:gosec // graph escapes all texts for XML
}

// addressOf is the address of the task with keys, or of the loop around it where
// there are several.
func addressOf(id string, run *progress.Run, path []string) string {
	for n := len(path); n > 0; n-- {
		if found := run.Find(path[:n]); len(found) == 1 {
			return taskAddress(id, found[0].Path)
		}
	}
	return ""
}

// progressOf is a run in the form in which it is drawn.
func progressOf(d *registry.Detail, tasks []*runs.Task) *progress.Run {
	state := map[registry.State]progress.State{
		registry.Pending: progress.Pending, registry.Running: progress.Running, registry.Canceling: progress.Running,
		registry.Paused: progress.Running, registry.Succeeded: progress.Succeeded, registry.Failed: progress.Failed,
	}[d.State]
	return &progress.Run{
		Name: d.DisplayName, Namespace: d.Namespace, UID: d.ID, Pipeline: d.Pipeline,
		Status: progress.Status{State: state, Started: d.Started, Finished: d.Finished, Message: d.Message},
		Tasks:  progressTasks(tasks, false),
	}
}

func progressTasks(tasks []*runs.Task, iterations bool) []*progress.Task {
	kinds := map[runs.Kind]progress.Kind{
		runs.Pod: progress.Pod, runs.Podless: progress.Podless, runs.Group: progress.Group, runs.Loop: progress.Loop,
	}
	var all []*progress.Task
	for i, t := range tasks {
		one := &progress.Task{
			Key: t.Key, Name: t.Key, Path: t.Path, Index: -1, Status: progressStatus(t.Status), Kind: kinds[t.Kind],
			Cached: t.Cached, Inside: progressTasks(t.Inside, t.Kind == runs.Loop),
		}
		if iterations {
			one.Index = i
		}
		for n, a := range t.Attempts {
			one.Attempts = append(one.Attempts, &progress.Attempt{Number: n, Status: progressStatus(a.Status), PodName: a.Pod})
		}
		all = append(all, one)
	}
	return all
}

func progressStatus(s runs.Status) progress.Status {
	status := progress.Status{Started: s.Started, Finished: s.Finished, Message: s.Message}
	for _, known := range []progress.State{
		progress.Waiting, progress.Pending, progress.Running, progress.Succeeded, progress.Failed, progress.Skipped, progress.Omitted,
	} {
		if strings.EqualFold(known.String(), string(s.State)) {
			status.State = known
		}
	}
	return status
}
