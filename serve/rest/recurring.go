package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/kfp2argo/kfp2argo/serve/listing"
	"github.com/kfp2argo/kfp2argo/serve/posted"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// recurringRun is a recurring run as JSON.
type recurringRun struct {
	RecurringRunID           string            `json:"recurring_run_id"`
	DisplayName              string            `json:"display_name"`
	Description              string            `json:"description,omitempty"`
	PipelineSpec             json.RawMessage   `json:"pipeline_spec,omitempty"`
	PipelineVersionReference *versionReference `json:"pipeline_version_reference,omitempty"`
	RuntimeConfig            runtimeConfig     `json:"runtime_config"`
	ServiceAccount           string            `json:"service_account,omitempty"`
	MaxConcurrency           Int64             `json:"max_concurrency"`
	Trigger                  trigger           `json:"trigger"`
	Mode                     string            `json:"mode"`
	CreatedAt                *time.Time        `json:"created_at,omitempty"`
	UpdatedAt                *time.Time        `json:"updated_at,omitempty"`
	Status                   string            `json:"status"`
	Error                    *status           `json:"error,omitempty"`
	NoCatchup                bool              `json:"no_catchup,omitempty"`
	Namespace                string            `json:"namespace,omitempty"`
	ExperimentID             string            `json:"experiment_id"`
}

// trigger says when runs start.
type trigger struct {
	CronSchedule     *cronSchedule     `json:"cron_schedule,omitempty"`
	PeriodicSchedule *periodicSchedule `json:"periodic_schedule,omitempty"`
}

// UnmarshalJSON refuses fields that are not known.
func (t *trigger) UnmarshalJSON(text []byte) error {
	type plain trigger
	return decode(text, (*plain)(t))
}

// cronSchedule is a trigger by a cron of six fields.
type cronSchedule struct {
	StartTime *time.Time `json:"start_time,omitempty"`
	EndTime   *time.Time `json:"end_time,omitempty"`
	Cron      string     `json:"cron"`
}

// UnmarshalJSON refuses fields that are not known.
func (s *cronSchedule) UnmarshalJSON(text []byte) error {
	type plain cronSchedule
	return decode(text, (*plain)(s))
}

// periodicSchedule is a trigger by an interval.
type periodicSchedule struct {
	StartTime      *time.Time `json:"start_time,omitempty"`
	EndTime        *time.Time `json:"end_time,omitempty"`
	IntervalSecond Int64      `json:"interval_second"`
}

// UnmarshalJSON refuses fields that are not known.
func (s *periodicSchedule) UnmarshalJSON(text []byte) error {
	type plain periodicSchedule
	return decode(text, (*plain)(s))
}

// maxInterval is the longest interval in seconds: a hundred years.
const maxInterval = 100 * 366 * 24 * 3600

// model is the trigger as the registry has it.
func (t trigger) model() (registry.Trigger, error) {
	var out registry.Trigger
	var start, end *time.Time
	if s := t.CronSchedule; s != nil {
		out.Cron, start, end = s.Cron, s.StartTime, s.EndTime
	}
	if s := t.PeriodicSchedule; s != nil {
		if s.IntervalSecond < 1 || s.IntervalSecond > maxInterval {
			return out, bad("interval_second is %d; it must be positive, and less than a hundred years", s.IntervalSecond)
		}
		out.Every = time.Duration(s.IntervalSecond) * time.Second
		start, end = s.StartTime, s.EndTime
	}
	if start != nil {
		out.Start = *start
	}
	if end != nil {
		out.End = *end
	}
	return out, nil
}

func triggerJSON(t registry.Trigger) trigger {
	switch {
	case t.Every > 0:
		return trigger{PeriodicSchedule: &periodicSchedule{moment(t.Start), moment(t.End), Int64(t.Every / time.Second)}}
	case t.Cron != "":
		return trigger{CronSchedule: &cronSchedule{moment(t.Start), moment(t.End), t.Cron}}
	}
	return trigger{}
}

func recurringJSON(r *registry.RecurringRun) recurringRun {
	out := recurringRun{
		RecurringRunID: r.ID, DisplayName: r.DisplayName, Description: r.Description,
		RuntimeConfig: runtimeConfig{r.Parameters, r.Root}, ServiceAccount: r.ServiceAccount,
		MaxConcurrency: Int64(r.MaxConcurrency), Trigger: triggerJSON(r.Trigger), NoCatchup: r.NoCatchup,
		CreatedAt: moment(r.Created), UpdatedAt: moment(r.Created), Namespace: r.Namespace, ExperimentID: r.ExperimentID,
		Mode: "DISABLE", Status: "DISABLED",
	}
	if r.Enabled {
		out.Mode, out.Status = "ENABLE", "ENABLED"
	}
	if r.Version != (registry.VersionRef{}) {
		out.PipelineVersionReference = &versionReference{r.Version.PipelineID, r.Version.VersionID}
	}
	if r.Newest {
		out.PipelineVersionReference.PipelineVersionID = ""
	}
	if r.Problem != "" {
		out.Error = &status{invalidArgument, r.Problem}
	}
	return out
}

// invalidArgument is gRPC's code for a request that makes no sense.
const invalidArgument = 3

func recurringFields() listing.Fields[*registry.RecurringRun] {
	type r = *registry.RecurringRun
	id := func(r r) string { return r.ID }
	name := func(r r) string { return r.DisplayName }
	created := func(r r) listing.Value { return listing.Time(r.Created) }
	return listing.Fields[r]{
		ID: id, Default: "created_at",
		Texts: map[string]func(r) string{
			"recurring_run_id": id, "id": id, "display_name": name, "name": name,
			"description": func(r r) string { return r.Description },
			"status":      func(r r) string { return recurringJSON(r).Status },
		},
		Times: map[string]func(r) listing.Value{"created_at": created, "updated_at": created},
	}
}

func createRecurringRun(c *call) (any, error) {
	var in struct {
		source
		ExperimentID   string  `json:"experiment_id"`
		Namespace      string  `json:"namespace"`
		DisplayName    string  `json:"display_name"`
		Description    string  `json:"description"`
		MaxConcurrency Int64   `json:"max_concurrency"`
		Trigger        trigger `json:"trigger"`
		Mode           string  `json:"mode"`
		NoCatchup      bool    `json:"no_catchup"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	if in.Mode != "ENABLE" && in.Mode != "DISABLE" {
		return nil, bad("mode is %q; it can be ENABLE or DISABLE", in.Mode)
	}
	when, err := in.Trigger.model()
	if err != nil {
		return nil, err
	}
	home, err := c.view.Home(c, in.ExperimentID, in.Namespace)
	if err != nil {
		return nil, err
	}
	found, err := c.pipelineOf(in.source)
	if err != nil {
		return nil, err
	}
	translated, err := c.translate(found, in.source, true)
	if err != nil {
		return nil, err
	}
	created, err := c.view.CreateRecurringRun(c, registry.NewRecurringRun{
		NewRun: registry.NewRun{
			DisplayName: in.DisplayName, Description: in.Description, ExperimentID: home.ID, Namespace: home.Namespace,
			Version: found.version, Spec: found.spec, Workflow: translated.Workflow, Texts: translated.Texts, Macros: translated.Macros, Digest: translated.Digest,
		},
		Trigger: when, MaxConcurrency: int64(in.MaxConcurrency), NoCatchup: in.NoCatchup, Enabled: in.Mode == "ENABLE",
		Newest: in.PipelineVersionReference != nil && in.PipelineVersionReference.PipelineVersionID == "",
		Given:  registry.Given{Parameters: in.RuntimeConfig.Parameters, Root: in.RuntimeConfig.PipelineRoot, ServiceAccount: in.ServiceAccount},
	})
	if err != nil {
		return nil, err
	}
	out := recurringJSON(created)
	out.PipelineSpec = in.PipelineSpec
	return out, nil
}

// renew lets the recurring runs of a pipeline that name no version of it start
// runs of its newest, which may have changed. One that the newest is not right for
// stays at the version before, and says why.
func (c *call) renew(pipelineID string) error {
	newest, err := c.view.Version(c, registry.VersionRef{PipelineID: pipelineID})
	var none *registry.InvalidError
	if errors.As(err, &none) {
		return nil // there is no version left
	}
	if err != nil {
		return err
	}
	all, err := c.view.RecurringRuns(c, newest.Namespace)
	if err != nil {
		return err
	}
	ref := registry.VersionRef{PipelineID: pipelineID, VersionID: newest.ID}
	for _, r := range all {
		if !r.Newest || r.Version.PipelineID != pipelineID || r.Version == ref && r.Problem == "" {
			continue
		}
		if err := c.renewOne(r, newest, ref); err != nil {
			return fmt.Errorf("the versions have changed, but the recurring run %s starts runs of the one before: %w", r.ID, err)
		}
	}
	return nil
}

func (c *call) renewOne(r *registry.RecurringRun, newest *registry.Version, ref registry.VersionRef) error {
	if r.Version == ref {
		return c.view.NoteProblem(c, r, "") // one that did not fit is gone
	}
	translated, err := c.translate(pipelineSource{newest.Spec, ref}, source{
		RuntimeConfig: runtimeConfig{r.Given.Parameters, r.Given.Root}, ServiceAccount: r.Given.ServiceAccount,
	}, true)
	var problems *posted.ProblemsError
	if errors.As(err, &problems) {
		return c.view.NoteProblem(c, r, "version "+newest.DisplayName+": "+problems.Text)
	}
	if err != nil {
		return err
	}
	return c.view.RenewRecurringRun(c, r, registry.NewRun{
		Version: ref, Spec: newest.Spec, Workflow: translated.Workflow, Texts: translated.Texts, Macros: translated.Macros, Digest: translated.Digest,
	})
}

func getRecurringRun(c *call) (any, error) {
	r, err := c.view.RecurringRun(c, c.vars["recurring_run_id"])
	if err != nil {
		return nil, err
	}
	out := recurringJSON(r)
	if out.PipelineVersionReference == nil && len(r.Spec) > 0 {
		out.PipelineSpec, err = posted.JSON(r.Spec)
	}
	return out, err
}

func listRecurringRuns(c *call) (any, error) {
	q, err := query(c, recurringFields())
	if err != nil {
		return nil, err
	}
	namespace, experimentID := c.query.Get("namespace"), c.query.Get("experiment_id")
	if experimentID != "" {
		e, err := c.view.Experiment(c, experimentID)
		if err != nil {
			return nil, err
		}
		namespace = e.Namespace
	}
	all, err := c.view.RecurringRuns(c, namespace)
	if err != nil {
		return nil, err
	}
	within := make([]*registry.RecurringRun, 0, len(all))
	for _, r := range all {
		if experimentID == "" || r.ExperimentID == experimentID {
			within = append(within, r)
		}
	}
	var out struct {
		// The one name of KFP's that is in camel case.
		RecurringRuns []recurringRun `json:"recurringRuns"`
		page
	}
	out.RecurringRuns, out.page = wired(q.Page(within), recurringJSON)
	return out, nil
}

func enableRecurringRun(c *call) (any, error) {
	return nothing{}, c.view.EnableRecurringRun(c, c.vars["recurring_run_id"], true)
}

func disableRecurringRun(c *call) (any, error) {
	return nothing{}, c.view.EnableRecurringRun(c, c.vars["recurring_run_id"], false)
}

func deleteRecurringRun(c *call) (any, error) {
	policy := c.query.Get("propagation_policy")
	switch policy {
	case "", "ORPHAN", "BACKGROUND", "DELETE_PROPAGATION_POLICY_UNSPECIFIED":
	default:
		return nil, bad("propagation_policy is %q; it can be ORPHAN or BACKGROUND", policy)
	}
	return nothing{}, c.view.DeleteRecurringRun(c, c.vars["recurring_run_id"], policy == "BACKGROUND")
}
