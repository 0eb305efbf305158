package rest

import "net/http"

// Endpoints lists the calls of KFP's API, answered or not: v2beta1, and of
// v1beta1 what KFP's web UI still asks.
func Endpoints() []Endpoint { return append(newEndpoints(), oldEndpoints()...) }

func oldEndpoints() []Endpoint {
	const get, forUI = http.MethodGet, "for KFP's web UI: as much as its pages read"
	return []Endpoint{
		{Name: "GetRunV1", Method: get, Path: "/v1beta1/runs/{run_id}", Resource: "runs", Verb: "get", handle: getOldRun, Note: forUI},
		{
			Name: "ReadRunLogV1", Method: get, Path: "/v1beta1/runs/{run_id}/nodes/{node_id}/log", Resource: "runs", Verb: "get", handle: readLog,
			query: []string{"follow"}, Note: "the ID is the name of the pod; the log of a pod that is gone comes from the store",
		},
		{Name: "GetJobV1", Method: get, Path: "/v1beta1/jobs/{job_id}", Resource: "jobs", Verb: "get", handle: getOldJob, Note: forUI},
		{Name: "GetPipelineV1", Method: get, Path: "/v1beta1/pipelines/{pipeline_id}", Resource: "pipelines", Verb: "get", handle: getOldPipeline, Note: forUI},
		{Name: "GetPipelineVersionV1", Method: get, Path: "/v1beta1/pipeline_versions/{version_id}", Resource: "pipelines", Verb: "get", handle: getOldVersion, Note: forUI},
		{
			Name: "ListPipelineVersionsV1", Method: get, Path: "/v1beta1/pipeline_versions", Resource: "pipelines", Verb: "list", handle: listOldVersions,
			query: listQuery("resource_key.type", "resource_key.id"), Note: "none: there are no pipelines of the first kind",
		},
	}
}

func newEndpoints() []Endpoint {
	const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete
	return []Endpoint{
		{Name: "GetHealthz", Method: get, Path: "/v2beta1/healthz", handle: getHealth},

		{Name: "CreateExperiment", Method: post, Path: "/v2beta1/experiments", Resource: "experiments", Verb: "create", handle: createExperiment},
		{
			Name: "ListExperiments", Method: get, Path: "/v2beta1/experiments", Resource: "experiments", Verb: "list", handle: listExperiments,
			query: listQuery("namespace"), Note: "`Default` is there without having been created",
		},
		{Name: "GetExperiment", Method: get, Path: "/v2beta1/experiments/{experiment_id}", Resource: "experiments", Verb: "get", handle: getExperiment},
		{Name: "ArchiveExperiment", Method: post, Path: "/v2beta1/experiments/{experiment_id}:archive", Resource: "experiments", Verb: "archive", handle: archiveExperiment},
		{Name: "UnarchiveExperiment", Method: post, Path: "/v2beta1/experiments/{experiment_id}:unarchive", Resource: "experiments", Verb: "unarchive", handle: unarchiveExperiment},
		{Name: "DeleteExperiment", Method: del, Path: "/v2beta1/experiments/{experiment_id}", Resource: "experiments", Verb: "delete", handle: deleteExperiment},

		{
			Name: "CreateRun", Method: post, Path: "/v2beta1/runs", Resource: "runs", Verb: "create", handle: createRun,
			query: []string{"experiment_id"}, Note: "answers with all parameters, not only those that were given",
		},
		{
			Name: "ListRuns", Method: get, Path: "/v2beta1/runs", Resource: "runs", Verb: "list", handle: listRuns,
			query: listQuery("namespace", "experiment_id"),
			Note:  "without `pipeline_spec` and `run_details`; Workflows of kfp2argo that were submitted in another way are runs too; no sorting by `metric:`",
		},
		{
			Name: "GetRun", Method: get, Path: "/v2beta1/runs/{run_id}", Resource: "runs", Verb: "get", handle: getRun, query: []string{"view"},
			Note: "the name of the Workflow is an ID as well; `finished_at` is left out and not 1970; tasks have inputs and outputs once the run is recorded, by value; `view=FULL` has the tasks of the release after 2.17, too",
		},
		{
			Name: "ListTasks", Method: get, Path: "/v2beta1/runs/{run_id}/tasks", Resource: "runs", Verb: "get", handle: listTasks,
			query: []string{"parent_id", "page_size", "page_token"}, Note: "of the release after 2.17; all tasks are on one page, in the order of the pipeline",
		},
		{
			Name: "GetTask", Method: get, Path: "/v2beta1/runs/{run_id}/tasks/{task_id}", Resource: "runs", Verb: "get", handle: getTask,
			Note: "of the release after 2.17",
		},
		{
			Name: "ListArtifacts", Method: get, Path: "/v2beta1/artifacts", Resource: "runs", Verb: "list", handle: listArtifacts,
			query: listQuery("namespace"), Note: "of the release after 2.17; those of the hundred newest runs",
		},
		{
			Name: "GetArtifact", Method: get, Path: "/v2beta1/artifacts/{artifact_id}", Resource: "runs", Verb: "get", handle: getArtifact,
			Note: "of the release after 2.17; an artifact that several runs have has an ID in each",
		},
		{
			Name: "ListArtifactTasks", Method: get, Path: "/v2beta1/artifact_tasks", Resource: "runs", Verb: "get", handle: listArtifactTasks,
			query: []string{"task_ids", "run_ids", "artifact_ids", "type", "page_size", "page_token"},
			Note:  "of the release after 2.17; all on one page; `type` is `COMPONENT_INPUT` or `OUTPUT`",
		},
		{Name: "FindCachedTask", Method: post, Path: "/v2beta1/tasks:findCached", Resource: "runs", Verb: "get", Note: "it is for KFP's own driver"},
		{Name: "ArchiveRun", Method: post, Path: "/v2beta1/runs/{run_id}:archive", Resource: "runs", Verb: "archive", handle: archiveRun},
		{Name: "UnarchiveRun", Method: post, Path: "/v2beta1/runs/{run_id}:unarchive", Resource: "runs", Verb: "unarchive", handle: unarchiveRun},
		{
			Name: "TerminateRun", Method: post, Path: "/v2beta1/runs/{run_id}:terminate", Resource: "runs", Verb: "terminate", handle: terminateRun,
			Note: "exit tasks still run; the state is `CANCELING`, and then `FAILED` with the message `terminated`",
		},
		{
			Name: "RetryRun", Method: post, Path: "/v2beta1/runs/{run_id}:retry", Resource: "runs", Verb: "retry", handle: retryRun,
			Note: "what has failed runs again, with all that comes after it, exit tasks too; an empty workspace begins anew",
		},
		{
			Name: "DeleteRun", Method: del, Path: "/v2beta1/runs/{run_id}", Resource: "runs", Verb: "delete", handle: deleteRun,
			query: []string{"experiment_id"}, Note: "artifacts and the records of tasks stay in the store: other runs may use them",
		},

		{
			Name: "UploadPipeline", Method: post, Path: "/v2beta1/pipelines/upload", Resource: "pipelines", Verb: "create", handle: uploadPipeline,
			query: uploadQuery("namespace"), Note: "without `name` the compiled pipeline's own counts",
		},
		{
			Name: "UploadPipelineVersion", Method: post, Path: "/v2beta1/pipelines/upload_version", Resource: "pipelines", Verb: "create", handle: uploadVersion,
			query: uploadQuery("pipelineid"),
		},
		{
			Name: "CreatePipeline", Method: post, Path: "/v2beta1/pipelines", Resource: "pipelines", Verb: "create",
			Note: "upload it: this server fetches no URL for a caller",
		},
		{
			Name: "CreatePipelineAndVersion", Method: post, Path: "/v2beta1/pipelines/create", Resource: "pipelines", Verb: "create",
			Note: "upload it: this server fetches no URL for a caller",
		},
		{
			Name: "CreatePipelineVersion", Method: post, Path: "/v2beta1/pipelines/{pipeline_id}/versions", Resource: "pipelines", Verb: "create",
			Note: "upload it: this server fetches no URL for a caller",
		},
		{
			Name: "ListPipelines", Method: get, Path: "/v2beta1/pipelines", Resource: "pipelines", Verb: "list", handle: listPipelines,
			query: listQuery("namespace"),
		},
		{Name: "GetPipeline", Method: get, Path: "/v2beta1/pipelines/{pipeline_id}", Resource: "pipelines", Verb: "get", handle: getPipeline},
		{
			Name: "DeletePipeline", Method: del, Path: "/v2beta1/pipelines/{pipeline_id}", Resource: "pipelines", Verb: "delete", handle: deletePipeline,
			query: []string{"cascade"},
		},
		{
			Name: "ListPipelineVersions", Method: get, Path: "/v2beta1/pipelines/{pipeline_id}/versions", Resource: "pipelines", Verb: "list", handle: listVersions,
			query: listQuery(),
		},
		{Name: "GetPipelineVersion", Method: get, Path: "/v2beta1/pipelines/{pipeline_id}/versions/{pipeline_version_id}", Resource: "pipelines", Verb: "get", handle: getVersion},
		{Name: "DeletePipelineVersion", Method: del, Path: "/v2beta1/pipelines/{pipeline_id}/versions/{pipeline_version_id}", Resource: "pipelines", Verb: "delete", handle: deleteVersion},

		{
			Name: "CreateRecurringRun", Method: post, Path: "/v2beta1/recurringruns", Resource: "jobs", Verb: "create", handle: createRecurringRun,
			Note: "the first field of a cron must be 0; of the runs that were missed Argo starts one at most, whatever `no_catchup` says; an interval counts from when Argo reads it; the macro `[[Index]]` is refused; without a version the newest counts, as it is when a version is uploaded or deleted here: one that the parameters do not fit is not taken, and `error` says why",
		},
		{
			Name: "ListRecurringRuns", Method: get, Path: "/v2beta1/recurringruns", Resource: "jobs", Verb: "list", handle: listRecurringRuns,
			query: listQuery("namespace", "experiment_id"), Note: "without `pipeline_spec`",
		},
		{Name: "GetRecurringRun", Method: get, Path: "/v2beta1/recurringruns/{recurring_run_id}", Resource: "jobs", Verb: "get", handle: getRecurringRun},
		{Name: "EnableRecurringRun", Method: post, Path: "/v2beta1/recurringruns/{recurring_run_id}:enable", Resource: "jobs", Verb: "enable", handle: enableRecurringRun},
		{Name: "DisableRecurringRun", Method: post, Path: "/v2beta1/recurringruns/{recurring_run_id}:disable", Resource: "jobs", Verb: "disable", handle: disableRecurringRun},
		{
			Name: "DeleteRecurringRun", Method: del, Path: "/v2beta1/recurringruns/{recurring_run_id}", Resource: "jobs", Verb: "delete", handle: deleteRecurringRun,
			query: []string{"propagation_policy"}, Note: "its runs stay, and no longer name it, unless `propagation_policy` is `BACKGROUND`",
		},
	}
}
