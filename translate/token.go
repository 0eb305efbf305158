package translate

import (
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/apicalls"
	"github.com/kfp2argo/kfp2argo/translate/internal/overlay"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// tokenTasks returns the tasks whose programs get the token of the service account.
func tokenTasks(p *pipeline.Pipeline, o Pods, report *diag.Report) map[*pipeline.Task]bool {
	all := map[*pipeline.Task]bool{}
	selectors := o.TokenTasks
	if o.ServiceAccountToken {
		selectors = []string{"*"}
	}
	for _, selector := range selectors {
		programs := 0
		for _, t := range overlay.Tasks(p, selector) {
			if _, ok := t.Component.Body.(*pipeline.Container); ok {
				programs++
				all[t] = true
			}
		}
		if programs == 0 && !o.ServiceAccountToken {
			report.Errorf(diag.BadSetting, diag.Span{}, "no task %q runs a program that could have the token of the service account", selector).
				Hintf("a task is called as in the pipeline; a * stands for any characters")
		}
	}
	return all
}

// warnOfCalls warns of programs that seem to call the API server and have no token
// for that, once for each component.
func warnOfCalls(p *pipeline.Pipeline, source diag.Source, token map[*pipeline.Task]bool, report *diag.Report) {
	without := map[*pipeline.Component][]string{}
	for _, t := range overlay.Tasks(p, "*") {
		if !token[t] {
			without[t.Component] = append(without[t.Component], t.Key)
		}
	}
	for _, c := range p.Components {
		body, ok := c.Body.(*pipeline.Container)
		if !ok || len(without[c]) == 0 {
			continue
		}
		call, found := apicalls.Of(body)
		if !found {
			continue
		}
		tasks := strings.Join(without[c], ",")
		rights := "think of the rights of the account that it runs as"
		if len(call.Rights) > 0 {
			rights = "the account may need the right to " + strings.Join(call.Rights, "; ")
		}
		at := source.Within(call.In.Span, call.In.Value, call.Offset, call.Width)
		report.Warnf(diag.CallsAPIServer, at, "the program of %s %s, and has no token to call the API server with", tasks, call.How).
			Hintf("--service-account-token=%s gives it that; %s", tasks, rights)
	}
}
