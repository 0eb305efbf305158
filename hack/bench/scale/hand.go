package main

import (
	"errors"
	"fmt"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"k8s.io/utils/ptr"

	"github.com/kfp2argo/kfp2argo/hack/bench/idle"
)

// byHand returns a Workflow with the pods of a translated one, in templates as one
// would write them by hand.
func byHand(translated *wfv1.Workflow, r row) (*wfv1.Workflow, error) {
	var task *wfv1.Template
	for i := range translated.Spec.Templates {
		t := &translated.Spec.Templates[i]
		if t.Container == nil {
			continue
		}
		if task != nil {
			return nil, errors.New("the pipeline has several templates of pods")
		}
		task = t
	}
	if task == nil {
		return nil, errors.New("the pipeline has no template of a pod")
	}
	w := translated.DeepCopy()
	w.GenerateName = "hand-" + r.name + "-"
	w.Annotations = nil // it is not a pipeline
	templates := r.hand(task)
	w.Spec.Entrypoint = templates[0].Name
	w.Spec.Templates = append(templates, *task.DeepCopy())
	return w, nil
}

// handLoops are loops over the items of arguments, the outermost first. The task's
// input is the item of the innermost.
func handLoops(task *wfv1.Template, loops []idle.Loop) []wfv1.Template {
	var all []wfv1.Template
	for i, l := range loops {
		each := wfv1.DAGTask{
			Name: "each", Template: fmt.Sprintf("loop-%d", i+2),
			WithParam: fmt.Sprintf("{{workflow.parameters.%s}}", idle.Items(i+1)),
		}
		if i == len(loops)-1 {
			each.Template = task.Name
			for _, p := range task.Inputs.Parameters {
				each.Arguments.Parameters = append(each.Arguments.Parameters, wfv1.Parameter{Name: p.Name, Value: wfv1.AnyStringPtr("{{item}}")})
			}
		}
		t := wfv1.Template{Name: fmt.Sprintf("loop-%d", i+1), DAG: &wfv1.DAGTemplate{Tasks: []wfv1.DAGTask{each}}}
		if l.Parallelism > 0 {
			t.Parallelism = ptr.To(int64(l.Parallelism))
		}
		all = append(all, t)
	}
	return all
}

// handNested are DAGs of DAGs: the tasks of the outermost run at once, those of
// the others one after the other.
func handNested(task *wfv1.Template, sizes []int) []wfv1.Template {
	var all []wfv1.Template
	for level, n := range sizes {
		inner, wide := fmt.Sprintf("part-%d", level+1), 1
		if level == len(sizes)-1 {
			inner = task.Name
		}
		if level == 0 {
			wide = n
		}
		all = append(all, wfv1.Template{Name: fmt.Sprintf("part-%d", level), DAG: &wfv1.DAGTemplate{Tasks: handLayers("task", inner, n, wide)}})
	}
	return all
}

// handLayers are n tasks, each of which waits for the one that is wide places
// before it.
func handLayers(key, template string, n, wide int) []wfv1.DAGTask {
	tasks := make([]wfv1.DAGTask, n)
	for i := range tasks {
		tasks[i] = wfv1.DAGTask{Name: fmt.Sprintf("%s-%d", key, i+1), Template: template}
		if i >= wide {
			tasks[i].Depends = tasks[i-wide].Name
		}
	}
	return tasks
}
