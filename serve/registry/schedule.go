package registry

import (
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Trigger says when a recurring run starts runs: by Cron or Every.
type Trigger struct {
	// Cron has KFP's six fields, the first of which counts seconds, or is @daily
	// and the like. Times are UTC.
	Cron string
	// Every is an interval.
	Every time.Duration
	// Start and End bound the runs. Zero is no bound.
	Start, End time.Time
}

// schedule is the trigger as Argo has it, whose cron has five fields.
func (t Trigger) schedule() (string, error) {
	text := t.Cron
	switch {
	case t.Cron != "" && t.Every != 0, t.Cron == "" && t.Every == 0:
		return "", invalid("a recurring run needs one of cron_schedule and periodic_schedule")
	case t.Every < 0:
		return "", invalid("the interval is %v; it must be positive", t.Every)
	case t.Every > 0:
		return "@every " + t.Every.String(), nil
	case strings.HasPrefix(text, "@"):
	default:
		fields := strings.Fields(text)
		if len(fields) != 6 {
			return "", invalid("the cron %q has %d fields; KFP's has six, the first for the seconds: 0 0 3 * * * is every day at three", text, len(fields))
		}
		if fields[0] != "0" {
			return "", invalid("the cron %q starts at second %s; Argo knows minutes only, so that the first field must be 0", text, fields[0])
		}
		text = strings.Join(fields[1:], " ")
	}
	if strings.Contains(text, "TZ=") {
		return "", invalid("the cron %q: times are UTC", t.Cron)
	}
	if _, err := cron.ParseStandard(text); err != nil {
		return "", invalid("the cron %q: %v", t.Cron, err)
	}
	return text, nil
}

// window is the condition under which Argo starts a run, or empty. It stands in
// the CronWorkflow's when and not in its stop strategy because that cannot be
// undone.
func (t Trigger) window() (string, error) {
	if !t.Start.IsZero() && !t.End.IsZero() && !t.Start.Before(t.End) {
		return "", invalid("the start_time %s is not before the end_time", t.Start.Format(time.RFC3339))
	}
	var parts []string
	if !t.Start.IsZero() {
		parts = append(parts, fmt.Sprintf("now() >= date('%s')", t.Start.UTC().Format(time.RFC3339)))
	}
	if !t.End.IsZero() {
		parts = append(parts, fmt.Sprintf("now() <= date('%s')", t.End.UTC().Format(time.RFC3339)))
	}
	if len(parts) == 0 {
		return "", nil
	}
	return "{{= " + strings.Join(parts, " && ") + " }}", nil
}
