package registry

import (
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestStates(t *testing.T) {
	zero := int64(0)
	for name, test := range map[string]struct {
		spec  slimSpec
		phase wfv1.WorkflowPhase
		want  State
	}{
		"new":           {want: Pending},
		"pending":       {phase: wfv1.WorkflowPending, want: Pending},
		"running":       {phase: wfv1.WorkflowRunning, want: Running},
		"stopped":       {slimSpec{Shutdown: wfv1.ShutdownStrategyStop}, wfv1.WorkflowRunning, Canceling},
		"by deadline":   {slimSpec{ActiveDeadlineSeconds: &zero}, wfv1.WorkflowRunning, Canceling},
		"suspended":     {slimSpec{Suspend: true}, wfv1.WorkflowRunning, Paused},
		"succeeded":     {phase: wfv1.WorkflowSucceeded, want: Succeeded},
		"failed":        {phase: wfv1.WorkflowFailed, want: Failed},
		"error":         {phase: wfv1.WorkflowError, want: Failed},
		"stopped early": {slimSpec{Shutdown: wfv1.ShutdownStrategyStop}, wfv1.WorkflowFailed, Failed},
	} {
		require.Equal(t, test.want, stateOf(&slim{Spec: test.spec, Status: slimStatus{Phase: test.phase}}), name)
	}
}

func TestParameters(t *testing.T) {
	arguments := wfv1.Arguments{Parameters: []wfv1.Parameter{
		{Name: "n", Value: wfv1.AnyStringPtr("5")},
		{Name: "text", Value: wfv1.AnyStringPtr("5")},
		{Name: "word", Value: wfv1.AnyStringPtr(`{\u007bfive}}`)},
		{Name: "none"},
		{Name: "pipeline-root", Value: wfv1.AnyStringPtr("s3://b/p")},
	}}
	got, root := parametersOf(arguments, `["text"]`)
	require.Equal(t, "s3://b/p", root)
	require.Len(t, got, 3)
	require.Equal(t, []string{"5", `"5"`, `"{{five}}"`}, []string{string(got["n"]), string(got["text"]), string(got["word"])})
}

// TestMacros shows the parameters of a run of a recurring run as its tasks get
// them.
func TestMacros(t *testing.T) {
	w := &slim{Spec: slimSpec{Arguments: wfv1.Arguments{Parameters: []wfv1.Parameter{
		{Name: "day", Value: wfv1.AnyStringPtr("[[ScheduledTime.2006-01-02]]")},
		{Name: "list", Value: wfv1.AnyStringPtr(`["[[RunUUID]]", "{\u007b$.currentTime.strftime('%H')}}"]`)},
		{Name: "other", Value: wfv1.AnyStringPtr("[[RunUUID]]")},
	}}}}
	w.UID, w.CreationTimestamp = "a-b", metav1.Unix(3600, 0)
	w.Annotations = map[string]string{
		PipelineAnnotation: "p", TextsAnnotation: `["day","other"]`, MacrosAnnotation: `["day","gone","list"]`, scheduledAnnotation: "2026-11-30T00:30:00+01:00",
	}
	r := runOf(w)
	require.JSONEq(t, `"2026-11-29"`, string(r.Parameters["day"]))
	require.JSONEq(t, `["a-b", "01"]`, string(r.Parameters["list"]))
	require.JSONEq(t, `"[[RunUUID]]"`, string(r.Parameters["other"]))
}

func TestSchedule(t *testing.T) {
	at := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for want, trigger := range map[string]Trigger{
		"0 3 * * *":                          {Cron: "0 0 3 * * *"},
		"@daily":                             {Cron: "@daily"},
		"@every 1h0m0s":                      {Every: time.Hour},
		`!the cron "0 3 * * *" has 5 fields`: {Cron: "0 3 * * *"},
		`!the cron "30 0 3 * * *" starts at second 30`:      {Cron: "30 0 3 * * *"},
		`!the cron "0 0 30 * * *"`:                          {Cron: "0 0 30 * * *"},
		`!the cron "0 TZ=UTC 0 * * *": times are UTC`:       {Cron: "0 TZ=UTC 0 * * *"},
		"!needs one of cron_schedule and periodic_schedule": {},
		"!a recurring run needs one of":                     {Cron: "@daily", Every: 1},
		"!the interval is -1ns":                             {Every: -1},
	} {
		got, err := trigger.schedule()
		if want[0] == '!' {
			require.ErrorContains(t, err, want[1:])
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	window, err := Trigger{Start: at, End: at.Add(time.Hour)}.window()
	require.NoError(t, err)
	require.Equal(t, "{{= now() >= date('2026-12-01T00:00:00Z') && now() <= date('2026-12-01T01:00:00Z') }}", window)
	_, err = Trigger{Start: at, End: at}.window()
	require.ErrorContains(t, err, "is not before the end_time")
}

// TestIDs holds that IDs stay what they are.
func TestIDs(t *testing.T) {
	require.Equal(t, "ac8e6917-a435-5ef9-8f18-77f5020c3fe4", DefaultExperimentID("kfp"))
	require.NotEqual(t, idOf(kindPipeline, "kfp", "Default"), DefaultExperimentID("kfp"))
	require.Len(t, objectName(kindVersion, "x"), len("kfp2argo-pipeline-version-")+16)
}

// TestLimit adds a limit to those that a pipeline has, and finds it among them.
func TestLimit(t *testing.T) {
	named := func(name string) *wfv1.SemaphoreRef {
		return &wfv1.SemaphoreRef{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{LocalObjectReference: corev1.LocalObjectReference{Name: name}}}
	}
	var spec wfv1.WorkflowSpec
	require.Nil(t, limitOf(spec))
	spec.Synchronization = &wfv1.Synchronization{Semaphores: []*wfv1.SemaphoreRef{named("the-pipeline's")}}
	require.Nil(t, limitOf(spec))
	limit := named(limitPrefix + "x")
	addLimit(&spec, limit)
	require.Len(t, spec.Synchronization.Semaphores, 2)
	require.Same(t, limit, limitOf(spec))
}
