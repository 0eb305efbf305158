package rest

import (
	"encoding/json"
	"time"

	"github.com/kfp2argo/kfp2argo/serve/execution"
	"github.com/kfp2argo/kfp2argo/serve/listing"
	"github.com/kfp2argo/kfp2argo/serve/posted"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// run is a run as JSON.
type run struct {
	ExperimentID             string            `json:"experiment_id"`
	RunID                    string            `json:"run_id"`
	DisplayName              string            `json:"display_name"`
	StorageState             string            `json:"storage_state"`
	Description              string            `json:"description,omitempty"`
	PipelineSpec             json.RawMessage   `json:"pipeline_spec,omitempty"`
	PipelineVersionReference *versionReference `json:"pipeline_version_reference,omitempty"`
	RuntimeConfig            runtimeConfig     `json:"runtime_config"`
	ServiceAccount           string            `json:"service_account,omitempty"`
	CreatedAt                *time.Time        `json:"created_at,omitempty"`
	ScheduledAt              *time.Time        `json:"scheduled_at,omitempty"`
	FinishedAt               *time.Time        `json:"finished_at,omitempty"`
	State                    registry.State    `json:"state"`
	Error                    *status           `json:"error,omitempty"`
	RunDetails               *runDetails       `json:"run_details,omitempty"`
	RecurringRunID           string            `json:"recurring_run_id,omitempty"`
	StateHistory             []change          `json:"state_history"`
	// The view FULL of the release after 2.17 has the tasks in its form.
	Tasks     []nativeTask `json:"tasks,omitempty"`
	TaskCount int          `json:"task_count,omitempty"`
}

// versionReference names a version of a pipeline.
type versionReference struct {
	PipelineID        string `json:"pipeline_id"`
	PipelineVersionID string `json:"pipeline_version_id,omitempty"`
}

// UnmarshalJSON refuses fields that are not known.
func (v *versionReference) UnmarshalJSON(text []byte) error {
	type plain versionReference
	return decode(text, (*plain)(v))
}

// runtimeConfig is what a run is given.
type runtimeConfig struct {
	Parameters   map[string]json.RawMessage `json:"parameters"`
	PipelineRoot string                     `json:"pipeline_root,omitempty"`
}

// UnmarshalJSON refuses fields that are not known.
func (c *runtimeConfig) UnmarshalJSON(text []byte) error {
	type plain runtimeConfig
	return decode(text, (*plain)(c))
}

// change is an entry of a history of states.
type change struct {
	UpdateTime *time.Time `json:"update_time,omitempty"`
	State      string     `json:"state"`
}

// status is an error in an object.
type status struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

// source is what a run or a recurring run says of its pipeline.
type source struct {
	PipelineSpec             json.RawMessage   `json:"pipeline_spec"`
	PipelineVersionReference *versionReference `json:"pipeline_version_reference"`
	PipelineVersionID        string            `json:"pipeline_version_id"`
	RuntimeConfig            runtimeConfig     `json:"runtime_config"`
	ServiceAccount           string            `json:"service_account"`
	PluginsInput             json.RawMessage   `json:"plugins_input"`
}

// check refuses what does not go together.
func (s source) check() error {
	given := 0
	for _, there := range []bool{len(s.PipelineSpec) > 0, s.PipelineVersionReference != nil, s.PipelineVersionID != ""} {
		if there {
			given++
		}
	}
	if given != 1 {
		return bad("a run needs one of pipeline_spec and pipeline_version_reference; %d are given", given)
	}
	switch string(s.PluginsInput) {
	case "", "null", "{}", "[]":
		return nil
	}
	return bad("plugins_input is not supported: this server has no plugins")
}

// runOf writes what lists tell of a run.
func runOf(r *registry.Run) run {
	out := run{
		ExperimentID: r.ExperimentID, RunID: r.ID, DisplayName: r.DisplayName, Description: r.Description,
		StorageState: storageState(r.Archived), RecurringRunID: r.RecurringRunID, ServiceAccount: r.ServiceAccount,
		RuntimeConfig: runtimeConfig{r.Parameters, r.Root},
		CreatedAt:     moment(r.Created), ScheduledAt: moment(r.Scheduled), FinishedAt: moment(r.Finished),
		State: r.State, StateHistory: []change{},
	}
	if r.Version != (registry.VersionRef{}) {
		out.PipelineVersionReference = &versionReference{r.Version.PipelineID, r.Version.VersionID}
	}
	for _, h := range r.History() {
		out.StateHistory = append(out.StateHistory, change{moment(h.Time), string(h.State)})
	}
	switch {
	case r.State == registry.Failed && r.Terminated:
		out.Error = &status{1, "terminated"}
	case r.State == registry.Failed:
		out.Error = &status{2, r.Message}
	}
	return out
}

// detailed adds what only one run tells.
func detailed(d *registry.Detail) (run, error) {
	out := runOf(&d.Run)
	if out.PipelineVersionReference == nil && len(d.Spec) > 0 {
		spec, err := posted.JSON(d.Spec)
		if err != nil {
			return out, err
		}
		out.PipelineSpec = spec
	}
	addTasks(&out, d)
	return out, nil
}

func runFields() listing.Fields[*registry.Run] {
	type r = *registry.Run
	id := func(r r) string { return r.ID }
	name := func(r r) string { return r.DisplayName }
	state := func(r r) string { return string(r.State) }
	return listing.Fields[r]{
		ID: id, Default: "created_at",
		Texts: map[string]func(r) string{
			"run_id": id, "id": id, "display_name": name, "name": name, "state": state, "status": state,
			"description":      func(r r) string { return r.Description },
			"namespace":        func(r r) string { return r.Namespace },
			"experiment_id":    func(r r) string { return r.ExperimentID },
			"recurring_run_id": func(r r) string { return r.RecurringRunID },
			"storage_state":    func(r r) string { return storageState(r.Archived) },
		},
		Times: map[string]func(r) listing.Value{
			"created_at":   func(r r) listing.Value { return listing.Time(r.Created) },
			"scheduled_at": func(r r) listing.Value { return listing.Time(r.Scheduled) },
			"finished_at":  func(r r) listing.Value { return listing.Time(r.Finished) },
		},
	}
}

func createRun(c *call) (any, error) {
	var in struct {
		source
		ExperimentID string `json:"experiment_id"`
		DisplayName  string `json:"display_name"`
		Description  string `json:"description"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if in.ExperimentID == "" {
		in.ExperimentID = c.query.Get("experiment_id")
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	home, err := c.view.Home(c, in.ExperimentID, "")
	if err != nil {
		return nil, err
	}
	found, err := c.pipelineOf(in.source)
	if err != nil {
		return nil, err
	}
	translated, err := c.translate(found, in.source, false)
	if err != nil {
		return nil, err
	}
	created, err := c.view.CreateRun(c, registry.NewRun{
		DisplayName: in.DisplayName, Description: in.Description,
		ExperimentID: home.ID, Namespace: home.Namespace,
		Version: found.version, Spec: found.spec,
		Workflow: translated.Workflow, Texts: translated.Texts, Digest: translated.Digest,
	})
	if err != nil {
		return nil, err
	}
	out := runOf(created)
	out.PipelineSpec = in.PipelineSpec
	return out, nil
}

// pipelineSource is a compiled pipeline that a run is of.
type pipelineSource struct {
	spec    []byte
	version registry.VersionRef // zero for one that was posted
}

// pipelineOf finds the pipeline that a run is of.
func (c *call) pipelineOf(s source) (pipelineSource, error) {
	if len(s.PipelineSpec) > 0 {
		return pipelineSource{spec: s.PipelineSpec}, nil
	}
	ref := registry.VersionRef{VersionID: s.PipelineVersionID}
	if r := s.PipelineVersionReference; r != nil {
		ref = registry.VersionRef{PipelineID: r.PipelineID, VersionID: r.PipelineVersionID}
	}
	if ref == (registry.VersionRef{}) {
		return pipelineSource{}, bad("pipeline_version_reference names no pipeline")
	}
	v, err := c.view.Version(c, ref)
	if err != nil {
		return pipelineSource{}, err
	}
	if len(v.Spec) == 0 {
		return pipelineSource{}, bad("version %s has its pipeline at a URL: this server fetches no URL for a caller", v.DisplayName)
	}
	return pipelineSource{v.Spec, registry.VersionRef{PipelineID: v.PipelineID, VersionID: v.ID}}, nil
}

// translate makes a Workflow of a pipeline, in which runs replace the macros of
// parameters or not.
func (c *call) translate(p pipelineSource, s source, macros bool) (*posted.Translated, error) {
	text, err := posted.Text(p.spec)
	if err != nil {
		return nil, bad("%v", err)
	}
	started := time.Now()
	translated, err := posted.Translate(posted.Name, text, posted.Settings{
		Parameters: s.RuntimeConfig.Parameters, Root: s.RuntimeConfig.PipelineRoot, ServiceAccount: s.ServiceAccount, Macros: macros,
	}, c.api.Options)
	if c.api.Translated != nil {
		c.api.Translated(time.Since(started))
	}
	return translated, err
}

func getRun(c *call) (any, error) {
	switch view := c.query.Get("view"); view {
	case "", "DEFAULT", "RUN_VIEW_UNSPECIFIED":
	case "FULL":
		return getFullRun(c)
	default:
		return nil, bad("view is %q; it can be DEFAULT or FULL", view)
	}
	d, err := c.view.Run(c, c.vars["run_id"])
	if err != nil {
		return nil, err
	}
	return detailed(d)
}

func getFullRun(c *call) (any, error) {
	r, err := execution.Read(c, c.view, c.vars["run_id"])
	if err != nil {
		return nil, err
	}
	out, err := detailed(r.Detail)
	out.Tasks = nativeTasks(r)
	out.TaskCount = len(out.Tasks)
	return out, err
}

func listRuns(c *call) (any, error) {
	q, err := query(c, runFields())
	if err != nil {
		return nil, err
	}
	namespace := c.query.Get("namespace")
	experimentID := c.query.Get("experiment_id")
	if experimentID != "" {
		e, err := c.view.Experiment(c, experimentID)
		if err != nil {
			return nil, err
		}
		namespace = e.Namespace
	}
	all, err := c.view.Runs(c, namespace)
	if err != nil {
		return nil, err
	}
	if experimentID != "" {
		within := make([]*registry.Run, 0, len(all))
		for _, r := range all {
			if r.ExperimentID == experimentID {
				within = append(within, r)
			}
		}
		all = within
	}
	var out struct {
		Runs []run `json:"runs"`
		page
	}
	out.Runs, out.page = wired(q.Page(all), runOf)
	return out, nil
}

func archiveRun(c *call) (any, error) {
	return nothing{}, c.view.ArchiveRun(c, c.vars["run_id"], true)
}

func unarchiveRun(c *call) (any, error) {
	return nothing{}, c.view.ArchiveRun(c, c.vars["run_id"], false)
}

func terminateRun(c *call) (any, error) {
	return nothing{}, c.view.StopRun(c, c.vars["run_id"])
}

func retryRun(c *call) (any, error) {
	return nothing{}, c.view.RetryRun(c, c.vars["run_id"], time.Now())
}

func deleteRun(c *call) (any, error) {
	return nothing{}, c.view.DeleteRun(c, c.vars["run_id"])
}
