//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// requireTasks compares all that is below a task, and how it ended, with a
// table of lines `task phase`. An importer's only task, which never runs, is
// left out.
func (r *run) requireTasks(below, table string) {
	r.t.Helper()
	var want, got []string
	for line := range strings.Lines(table) {
		if fields := strings.Fields(line); len(fields) > 0 {
			want = append(want, strings.Join(fields, " "))
		}
	}
	for task, phase := range r.phases(below) {
		if !strings.HasSuffix("."+task, ".nothing") {
			got = append(got, fmt.Sprintf("%s %s", task, phase))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(r.t, strings.Join(want, "\n"), strings.Join(got, "\n"))
}

// input returns the JSON of what a task, or an iteration of a loop, was given
// for an input; null for nothing.
func (r *run) input(task, name string) string {
	r.t.Helper()
	p := r.node(task).Inputs.GetParameterByName(name)
	require.NotNil(r.t, p, "%s has no input %s", task, name)
	value, err := contract.DecodeParameter(p.Value.String())
	require.NoError(r.t, err)
	if value == nil {
		return "null"
	}
	return string(value)
}

// items returns the JSON of the items that the iterations of a loop were given,
// in their order.
func (r *run) items(loop, input string) []string {
	r.t.Helper()
	var all []string
	for i := range r.iterations(loop) {
		all = append(all, r.input(fmt.Sprintf("%s.iteration(%d:%d)", loop, i, i), input))
	}
	return all
}

// iterations lists the nodes of the iterations of a loop.
func (r *run) iterations(loop string) []wfv1.NodeStatus {
	var all []wfv1.NodeStatus
	prefix := r.workflow.Name + "." + loop + ".iteration("
	for _, n := range r.workflow.Status.Nodes {
		if rest, ok := strings.CutPrefix(n.Name, prefix); ok && !strings.Contains(rest, ".") {
			all = append(all, n)
		}
	}
	return all
}

// canonical returns the JSON of each element of a JSON list, as this project
// writes it.
func (r *run) canonical(list string) []string {
	r.t.Helper()
	var elements []json.RawMessage
	require.NoError(r.t, json.Unmarshal([]byte(list), &elements))
	var all []string
	for _, element := range elements {
		text, err := contract.Canonical(element)
		require.NoError(r.t, err)
		all = append(all, string(text))
	}
	return all
}

// uris lists the URIs in the text of an output that is an artifact or a list of
// them.
func (r *run) uris(text string) []string {
	r.t.Helper()
	list, err := contract.DecodeArtifacts(text)
	require.NoError(r.t, err)
	var all []string
	for _, a := range list.Artifacts {
		all = append(all, a.URI)
	}
	return all
}

// atOnce returns how many of some nodes were at work at the same time, at most.
// Argo's times are whole seconds: what begins in the second in which another
// ends counts as its successor.
func atOnce(nodes []wfv1.NodeStatus) int {
	most := 0
	for _, n := range nodes {
		count := 0
		for _, other := range nodes {
			if !other.StartedAt.After(n.StartedAt.Time) && other.FinishedAt.After(n.StartedAt.Time) {
				count++
			}
		}
		most = max(most, count)
	}
	return most
}

// requireAfter checks that a task began when another had ended.
func (r *run) requireAfter(task, before string) {
	r.t.Helper()
	began, ended := r.node(task).StartedAt.Time, r.node(before).FinishedAt.Time
	require.False(r.t, began.Before(ended), "%s began at %s, %s ended at %s",
		task, began.Format(time.TimeOnly), before, ended.Format(time.TimeOnly))
}
