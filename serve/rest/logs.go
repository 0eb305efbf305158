package rest

import (
	"io"

	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// Text is an answer that is no JSON. It goes on until its end, or until the
// client has gone.
type Text struct{ io.ReadCloser }

// readLog answers with what the program in a pod wrote: out of the pod while
// that is there, and then out of the store.
func readLog(c *call) (any, error) {
	d, err := c.view.Run(c, c.vars["run_id"])
	if err != nil {
		return nil, err
	}
	pod := c.vars["node_id"]
	var of *runs.Attempt
	(&runs.Run{Tasks: d.Tasks()}).Walk(func(t *runs.Task) {
		for i, a := range t.Attempts {
			if a.Pod == pod && of == nil {
				of = &t.Attempts[i]
			}
		}
	})
	if of == nil {
		return nil, &registry.NotFoundError{Kind: "Pod", ID: pod}
	}
	text, err := c.view.Log(c, d, *of, c.query.Get("follow") == "true")
	if err != nil {
		return nil, err
	}
	return &Text{text}, nil
}
