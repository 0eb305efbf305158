package pages

import "github.com/kfp2argo/kfp2argo/serve/access"

// routes are all pages and all that they do, with what Kubernetes is asked in
// the words of Kubeflow's roles.
func routes() []route {
	runs := func(verb string) access.Purpose { return access.Purpose{Resource: "runs", Verb: verb} }
	pipelines := func(verb string) access.Purpose { return access.Purpose{Resource: "pipelines", Verb: verb} }
	jobs := func(verb string) access.Purpose { return access.Purpose{Resource: "jobs", Verb: verb} }
	experiments := func(verb string) access.Purpose { return access.Purpose{Resource: "experiments", Verb: verb} }
	return []route{
		{"GET /{$}", access.Purpose{}, func(*visit) (answer, error) { return redirect{"/runs"}, nil }},
		{"GET /login", access.Purpose{}, showLogin},
		{"POST /login", access.Purpose{}, logIn},
		{"POST /logout", access.Purpose{}, logOut},

		{"GET /runs", runs("list"), listRuns},
		{"GET /runs/{run}", runs("get"), showRun},
		{"GET /runs/{run}/timeline", runs("get"), showTimeline},
		{"GET /runs/{run}/values", runs("get"), showValues},
		{"GET /runs/{run}/workflow", runs("get"), showWorkflow},
		{"GET /runs/{run}/pipeline", runs("get"), showPipelineOfRun},
		{"GET /runs/{run}/tasks/{task}", runs("get"), showTask},
		{"GET /runs/{run}/tasks/{task}/log", runs("get"), showLog},
		{"GET /runs/{run}/tasks/{task}/{direction}/{name}", runs("get"), showArtifact},
		{"GET /runs/{run}/tasks/{task}/{direction}/{name}/content", runs("get"), showContent},
		{"POST /runs/{run}/stop", runs("terminate"), act(stopRun)},
		{"POST /runs/{run}/terminate", runs("terminate"), act(terminateRun)},
		{"POST /runs/{run}/retry", runs("retry"), act(retryRun)},
		{"POST /runs/{run}/archive", runs("archive"), act(archiveRun)},
		{"POST /runs/{run}/unarchive", runs("unarchive"), act(unarchiveRun)},
		{"POST /runs/{run}/delete", runs("delete"), deleteRun},
		{"GET /runs/{run}/again", runs("get"), showAgain},
		{"POST /runs/{run}/again", runs("create"), runAgain},

		{"GET /compare", runs("get"), compareRuns},

		{"GET /pipelines", pipelines("list"), listPipelines},
		{"POST /pipelines", pipelines("create"), uploadPipeline},
		{"GET /pipelines/{pipeline}", pipelines("get"), showPipeline},
		{"POST /pipelines/{pipeline}", pipelines("create"), uploadVersion},
		{"GET /pipelines/{pipeline}/versions/{version}", pipelines("get"), showVersion},
		{"GET /pipelines/{pipeline}/versions/{version}/run", pipelines("get"), showStart(false)},
		{"POST /pipelines/{pipeline}/versions/{version}/run", runs("create"), runVersion},
		{"GET /pipelines/{pipeline}/versions/{version}/schedule", pipelines("get"), showStart(true)},
		{"POST /pipelines/{pipeline}/versions/{version}/schedule", jobs("create"), scheduleVersion},

		{"GET /recurring", jobs("list"), listRecurring},
		{"GET /recurring/{recurring}", jobs("get"), showRecurring},
		{"POST /recurring/{recurring}/pause", jobs("disable"), enable(false)},
		{"POST /recurring/{recurring}/resume", jobs("enable"), enable(true)},
		{"POST /recurring/{recurring}/delete", jobs("delete"), deleteRecurring},

		{"GET /experiments", experiments("list"), listExperiments},
		{"POST /experiments", experiments("create"), createExperiment},
		{"POST /experiments/{experiment}/archive", experiments("archive"), archiveExperiment(true)},
		{"POST /experiments/{experiment}/unarchive", experiments("unarchive"), archiveExperiment(false)},
	}
}
