package pages

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/failure"
	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
)

// TestPhases puts into words what is known of attempts that have taken a minute.
func TestPhases(t *testing.T) {
	noon := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return noon.Add(time.Duration(seconds * float64(time.Second))) }
	whole := record.Phases{Fetched: at(5), Began: at(7), Ended: at(50)}
	for name, c := range map[string]struct {
		record *record.Task
		failed *failure.Record
		want   string
	}{
		"succeeded":         {record: &record.Task{Started: at(2), Phases: whole}, want: "waited 2s for its pod, fetched 3s, waited 2s for its container, ran 43s, stored 10s"},
		"an older record":   {record: &record.Task{Started: at(2)}, want: "waited 2s for its pod, fetched, ran and stored 58s"},
		"cached":            {record: &record.Task{Started: at(2), From: &record.Origin{}}},
		"nothing":           {},
		"the program":       {failed: &failure.Record{Started: at(2), Phases: whole}, want: "waited 2s for its pod, fetched 3s, waited 2s for its container, ran 43s, stored 10s"},
		"no program":        {failed: &failure.Record{Started: at(2), Phases: record.Phases{Fetched: at(5)}}, want: "waited 2s for its pod, fetched 3s, waited 55s for its container"},
		"the driver":        {failed: &failure.Record{Started: at(2)}, want: "waited 2s for its pod, fetched 58s"},
		"an older failure":  {failed: &failure.Record{Time: at(50)}},
		"too short to tell": {record: &record.Task{Started: at(.1), Phases: record.Phases{Fetched: at(.2), Began: at(.3), Ended: at(59.9)}}, want: "ran 1m 0s"},
		"clocks that differ": {record: &record.Task{Started: at(-5), Phases: record.Phases{Fetched: at(-2), Began: at(2), Ended: at(70)}},
			want: "waited 2s for its container, ran 58s"},
	} {
		l := left{records: map[string]record.Task{}, failures: map[string]failure.Record{}}
		if c.record != nil {
			l.records["node"] = *c.record
		}
		if c.failed != nil {
			l.failures["node"] = *c.failed
		}
		phases := l.phases(runs.Attempt{Node: "node", Status: runs.Status{Started: noon}}, at(60))
		require.Equal(t, c.want, phaseWords(phases), name)
		for i, p := range phases {
			require.True(t, p.to.After(p.from), name)
			require.True(t, i == 0 || p.from.Equal(phases[i-1].to), name)
		}
	}
	require.Empty(t, left{}.phases(runs.Attempt{}, at(60)))
}
