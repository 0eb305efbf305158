package main

import (
	"slices"
	"time"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// taskDescription is a task in the list of those of a run.
type taskDescription struct {
	Task    string        `json:"task"`
	State   string        `json:"state"`
	Cached  bool          `json:"cached,omitempty"`
	Message string        `json:"message,omitempty"`
	Started *time.Time    `json:"started,omitempty"`
	Seconds float64       `json:"seconds,omitempty"`
	Pods    []string      `json:"pods,omitempty"`
	Metrics []runs.Metric `json:"metrics,omitempty"`
}

func describeTask(t *progress.Task, now time.Time) taskDescription {
	return taskDescription{
		Task: t.Path, State: t.State.String(), Cached: t.Cached, Message: t.Message,
		Started: startOf(t.Status), Seconds: t.Duration(now).Seconds(), Pods: podsOf(t),
	}
}

// description is what get prints of one task.
type description struct {
	taskDescription
	Inputs  live.Values `json:"inputs"`
	Outputs live.Values `json:"outputs"`
}

func describe(t *live.Task, now time.Time) description {
	return description{describeTask(t.Task, now), t.Inputs, t.Outputs}
}

func startOf(s progress.Status) *time.Time {
	if s.Started.IsZero() {
		return nil
	}
	started := s.Started.UTC()
	return &started
}

// podsOf lists the names of the pods of a task.
func podsOf(t *progress.Task) []string {
	var all []string
	for _, a := range slices.Concat(t.LookUps, t.Attempts) {
		all = append(all, a.PodName)
	}
	return all
}

func secondsOf(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
