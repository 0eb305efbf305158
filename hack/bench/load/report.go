package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/kfp2argo/kfp2argo/hack/bench"
)

// measured is a call that is measured.
type measured struct {
	name         string
	method, path string
	body         func() string
	of           func(i int) string // the path, if it differs each time
}

// pipeline is a compiled pipeline of one task. Runs of it go with the namespace.
const pipeline = `{"pipelineInfo":{"name":"load"},"root":{"dag":{"tasks":{"a":{"taskInfo":{"name":"a"},"componentRef":{"name":"comp-a"}}}}},` +
	`"components":{"comp-a":{"executorLabel":"exec-a"}},"deploymentSpec":{"executors":{"exec-a":{"container":{"image":"busybox","command":["true"]}}}},` +
	`"schemaVersion":"2.1.0","sdkVersion":"kfp-2.15.2"}`

func calls(runs int) []measured {
	filter := func(text string) string { return "/apis/v2beta1/runs?page_size=50&filter=" + url.QueryEscape(text) }
	return []measured{
		{name: "list 50, newest first", path: "/apis/v2beta1/runs?page_size=50&sort_by=created_at%20desc"},
		{name: "filter by state", path: filter(`{"predicates":[{"operation":"EQUALS","key":"state","string_value":"FAILED"}]}`)},
		{name: "search by name", path: filter(`{"predicates":[{"operation":"IS_SUBSTRING","key":"name","string_value":"run 77"}]}`)},
		{name: "get", of: func(int) string { return fmt.Sprintf("/apis/v2beta1/runs/load-%05d", rand.IntN(runs)) }}, //nolint:gosec // any run will do
		{name: "create", method: http.MethodPost, path: "/apis/v2beta1/runs", body: func() string {
			return `{"display_name":"created","pipeline_spec":` + pipeline + `}`
		}},
	}
}

// creates is how often a run is created: each is a real one.
const creates = 20

// report measures.
func report(ctx context.Context, s *server, o options) (bench.Server, error) {
	r := bench.Server{
		Date: time.Now().UTC().Format(time.DateOnly), Machine: bench.Machine(), Runs: o.runs, Clients: o.clients, Ready: s.ready,
	}
	var err error
	if r.Cold, _, err = s.memory(); err != nil {
		return r, err
	}
	for _, c := range calls(o.runs) {
		alone, err := measure(ctx, s, c, o.calls)
		if err != nil {
			return r, err
		}
		r.Calls = append(r.Calls, bench.ServerCall{What: c.name, Alone: alone})
	}
	waiting, stop := context.WithCancel(ctx)
	defer stop()
	var clients errgroup.Group
	for range o.clients {
		clients.Go(func() error { return waitFor(waiting, s, o.runs) })
	}
	for i, c := range calls(o.runs) {
		if r.Calls[i].Waiting, err = measure(ctx, s, c, o.calls); err != nil {
			return r, err
		}
	}
	stop()
	if err := clients.Wait(); err != nil {
		return r, err
	}
	_, r.Most, err = s.memory()
	return r, err
}

// measure makes a call often, one after the other.
func measure(ctx context.Context, s *server, c measured, often int) (bench.Latency, error) {
	if c.method == "" {
		c.method = http.MethodGet
	}
	if c.method == http.MethodPost {
		often = creates
	}
	all := make([]time.Duration, 0, often)
	for i := range often {
		path, body := c.path, ""
		if c.of != nil {
			path = c.of(i)
		}
		if c.body != nil {
			body = c.body()
		}
		started := time.Now()
		if err := s.call(ctx, c.method, path, body); err != nil {
			return bench.Latency{}, err
		}
		all = append(all, time.Since(started))
	}
	slices.Sort(all)
	return bench.Latency{P50: all[len(all)/2], P99: all[len(all)*99/100]}, nil
}

// waitTime is how often KFP's client asks for a run that it waits for.
const waitTime = 5 * time.Second

// waitFor asks for a run now and then, as wait_for_run_completion does.
func waitFor(ctx context.Context, s *server, runs int) error {
	path := fmt.Sprintf("/apis/v2beta1/runs/load-%05d", rand.IntN(runs)) //nolint:gosec // any run will do
	pause := time.NewTimer(time.Duration(rand.Int64N(int64(waitTime))))  //nolint:gosec // so that not all ask at once
	defer pause.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-pause.C:
		}
		if err := s.call(ctx, http.MethodGet, path, ""); err != nil && ctx.Err() == nil {
			return err
		}
		pause.Reset(waitTime)
	}
}
