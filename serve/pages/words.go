package pages

import (
	"fmt"
	"html/template"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// functions are those that templates call. Addresses are below a base.
func functions(base string) template.FuncMap {
	return template.FuncMap{
		"base": func() string { return base }, "to": func(address string) string { return below(base, address) },
		"moment": moment, "span": span, "state": stateOf, "path": func(segments ...string) string { return below(base, link(nil, segments...)) },
		"query": func(address string, pairs ...string) string { return below(base, withQuery(address, pairs...)) },
		"short": shorten, "size": sizeText, "number": numberText, "list": func(all ...any) []any { return all },
		"series": func(i int) int { return i%colors + 1 }, "inc": func(i int) int { return i + 1 },
	}
}

// colors is how many colours lines in a chart have.
const colors = 5

// state is how a run or a task stands: a sign, a word, and the name of a style.
// States are never told by colour alone.
type state struct{ Sign, Word, Class string }

// stateOf puts a state into words. It takes those of runs, of tasks, and texts.
func stateOf(of any) state {
	text := fmt.Sprint(of)
	switch text {
	case string(registry.Succeeded), string(runs.Succeeded):
		return state{"✓", "Succeeded", "succeeded"}
	case string(registry.Failed), string(runs.Failed):
		return state{"✗", "Failed", "failed"}
	case string(registry.Running), string(runs.Running):
		return state{"▶", "Running", "running"}
	case string(registry.Pending), string(runs.Pending):
		return state{"◷", "Pending", "pending"}
	case string(registry.Canceling):
		return state{"◼", "Stopping", "pending"}
	case string(registry.Paused):
		return state{"❚❚", "Paused", "pending"}
	case string(runs.Skipped):
		return state{"↷", "Skipped", "skipped"}
	case string(runs.Omitted):
		return state{"–", "Omitted", "skipped"}
	case string(runs.Waiting):
		return state{"○", "Waiting", "skipped"}
	case cached:
		return state{"✓", "Cached", "cached"}
	}
	return state{"?", "Unknown", "skipped"}
}

// cached is the state of a task whose work an earlier run has done.
const cached = "Cached"

// taskState is the state of a task in these words.
func taskState(t *runs.Task) state {
	if t.Cached && t.State == runs.Succeeded {
		return stateOf(cached)
	}
	return stateOf(t.State)
}

// moment writes a time so that the script can put it into the reader's zone.
func moment(t time.Time) template.HTML {
	if t.IsZero() {
		return "–"
	}
	t = t.UTC()
	return template.HTML(fmt.Sprintf(`<time datetime="%s">%s UTC</time>`, t.Format(time.RFC3339), t.Format("2006-01-02 15:04:05"))) //nolint:gosec // digits
}

// span is a duration in its two largest units.
func span(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d <= 0:
		return "0s"
	case d >= 24*time.Hour:
		return fmt.Sprintf("%dd %dh", int(d.Hours())/24, int(d.Hours())%24)
	case d >= time.Hour:
		return fmt.Sprintf("%dh %dm", int(d.Hours()), int(d.Minutes())%60)
	case d >= time.Minute:
		return fmt.Sprintf("%dm %ds", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%ds", int(d.Seconds()))
}

// took is how long something has taken, up to now where it goes on, or a dash
// where it has not begun.
func took(started, finished, now time.Time) string {
	switch {
	case started.IsZero():
		return "–"
	case finished.IsZero():
		finished = now
	}
	return span(finished.Sub(started))
}

// withQuery is an address with pairs of names and values set in its query; an
// empty value removes the name.
func withQuery(address string, pairs ...string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "/" // none of ours
	}
	q := u.Query()
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Del(pairs[i])
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// below is an address of this site as browsers must write it: where the site is
// below a path of a host, that is before it.
func below(base, address string) string {
	if strings.HasPrefix(address, "/") {
		return base + address
	}
	return address
}

// shorten cuts a text that is longer than so many characters.
func shorten(most int, text string) string {
	if runes := []rune(text); len(runes) > most {
		return strings.TrimSpace(string(runes[:most-1])) + "…"
	}
	return text
}

// sizeText is a number of bytes for people.
func sizeText(bytes int64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	size, unit := float64(bytes), 0
	for size >= 1024 && unit < len(units)-1 {
		size, unit = size/1024, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", bytes)
	}
	return fmt.Sprintf("%.1f %s", size, units[unit])
}

// numberText is a metric with as many digits as one reads.
func numberText(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }
