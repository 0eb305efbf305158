package main

import (
	"slices"
	"time"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
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
	if !t.Started.IsZero() {
		started := t.Started.UTC()
		d.Started = &started
	}
	for _, a := range slices.Concat(t.LookUps, t.Attempts) {
		d.Pods = append(d.Pods, a.PodName)
	}
	return d
}

func secondsOf(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
