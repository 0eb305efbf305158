package main

import (
	"slices"
	"time"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// description is what get prints of a task.
type description struct {
	Task    string      `json:"task"`
	State   string      `json:"state"`
	Cached  bool        `json:"cached,omitempty"`
	Message string      `json:"message,omitempty"`
	Started *time.Time  `json:"started,omitempty"`
	Seconds float64     `json:"seconds,omitempty"`
	Pods    []string    `json:"pods,omitempty"`
	Inputs  live.Values `json:"inputs"`
	Outputs live.Values `json:"outputs"`
}

func describe(t *live.Task, now time.Time) description {
	d := description{
		Task: t.Path, State: t.State.String(), Cached: t.Cached, Message: t.Message,
		Seconds: t.Duration(now).Seconds(), Inputs: t.Inputs, Outputs: t.Outputs,
	}
	d.Started, d.Pods = startOf(t.Status), podsOf(t.Task)
	return d
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
