package rest

import "net/http"

// Endpoints lists the calls of KFP's API, v2beta1, answered or not.
func Endpoints() []Endpoint {
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
			Name: "GetRun", Method: get, Path: "/v2beta1/runs/{run_id}", Resource: "runs", Verb: "get", handle: getRun,
			Note: "the name of the Workflow is an ID as well; `finished_at` is left out and not 1970",
		},
		{Name: "ArchiveRun", Method: post, Path: "/v2beta1/runs/{run_id}:archive", Resource: "runs", Verb: "archive", handle: archiveRun},
		{Name: "UnarchiveRun", Method: post, Path: "/v2beta1/runs/{run_id}:unarchive", Resource: "runs", Verb: "unarchive", handle: unarchiveRun},
		{
			Name: "TerminateRun", Method: post, Path: "/v2beta1/runs/{run_id}:terminate", Resource: "runs", Verb: "terminate", handle: terminateRun,
			Note: "exit tasks still run; the state is `CANCELING`, and then `FAILED` with the message `terminated`",
		},
		{
			Name: "DeleteRun", Method: del, Path: "/v2beta1/runs/{run_id}", Resource: "runs", Verb: "delete", handle: deleteRun,
			query: []string{"experiment_id"}, Note: "artifacts and records stay in the store: other runs may use them",
		},
	}
}
