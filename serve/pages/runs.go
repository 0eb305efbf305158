package pages

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// pageSize is how many runs a page lists.
const pageSize = 50

// shownMetrics is how many metrics are columns where nobody has chosen.
const shownMetrics = 3

// liveTime is after how long a page is looked at again that may change, idleTime
// where only a new run would change it.
const (
	liveTime = 3 * time.Second
	idleTime = 15 * time.Second
)

// runsContent is the list of runs.
type runsContent struct {
	Filter      filter
	Experiments []registry.Experiment
	Pipelines   []string
	States      []registry.State
	// Columns are those that can be chosen, the chosen ones with an address that
	// sorts by them.
	Columns []column
	Heads   []columnHead
	Rows    []runRow
	Total   int
	// Before and After are the addresses of the pages beside this, or empty.
	Before, After string
	First, Last   int
	// Any says that there are runs, whatever the filter.
	Any bool
}

// column is a metric or a parameter of runs.
type column struct {
	// Key is m:NAME for a metric and p:NAME for a parameter.
	Key, Name string
	Metric    bool
	Chosen    bool
}

// columnHead is the head of a column that sorts.
type columnHead struct {
	Name, Address string
	// Order is ascending, descending or empty, as aria-sort has it.
	Order   string
	Numeric bool
}

// runRow is a run in the list.
type runRow struct {
	*registry.Run
	Address    string
	Experiment string
	Took       string
	Cells      []cell
	Selected   bool
}

// cell is a metric or a parameter of a run. One that there is not is empty.
type cell struct {
	Text    string
	number  float64
	Numeric bool
}

// filter is what of the list is asked for.
type filter struct {
	Namespace, Text, State, Experiment, Pipeline, Recurring, Version string
	Archived                                                         bool
	Columns                                                          []string
	chosen                                                           bool // columns
	Sort                                                             string
	Page                                                             int
}

// filterOf reads a filter from an address. What makes no sense there asks for
// nothing.
func filterOf(q url.Values) filter {
	f := filter{
		Namespace: q.Get("namespace"), Text: q.Get("text"), State: q.Get("state"), Experiment: q.Get("experiment"),
		Pipeline: q.Get("pipeline"), Recurring: q.Get("recurring"), Version: q.Get("version"), Archived: q.Get("archived") != "",
		Sort: cmp.Or(q.Get("sort"), "-started"), chosen: q.Has("columns"),
	}
	for _, c := range q["column"] {
		if !slices.Contains(f.Columns, c) {
			f.Columns = append(f.Columns, c)
		}
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 0 {
		f.Page = n
	}
	return f
}

// address is that of the list with the filter.
func (f filter) address() string {
	q := url.Values{}
	for name, value := range map[string]string{
		"namespace": f.Namespace, "text": f.Text, "state": f.State, "experiment": f.Experiment, "pipeline": f.Pipeline,
		"recurring": f.Recurring, "version": f.Version,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Archived {
		q.Set("archived", "yes")
	}
	if f.Sort != "-started" {
		q.Set("sort", f.Sort)
	}
	if f.chosen {
		q.Set("columns", "chosen")
		q["column"] = f.Columns
	}
	if f.Page > 0 {
		q.Set("page", strconv.Itoa(f.Page))
	}
	return link(q, "runs")
}

// takes reports whether a run is asked for.
func (f filter) takes(r *registry.Run) bool {
	text := strings.ToLower(f.Text)
	return r.Archived == f.Archived &&
		(f.State == "" || string(r.State) == f.State) &&
		(f.Experiment == "" || r.ExperimentID == f.Experiment) &&
		(f.Pipeline == "" || r.Pipeline == f.Pipeline || r.Version.PipelineID == f.Pipeline) &&
		(f.Recurring == "" || r.RecurringRunID == f.Recurring) &&
		(f.Version == "" || r.Version.VersionID == f.Version) &&
		(text == "" || strings.Contains(strings.ToLower(r.DisplayName+"\n"+r.Name+"\n"+r.ID+"\n"+r.Description), text))
}

func listRuns(v *visit) (answer, error) {
	f := filterOf(v.request.URL.Query())
	all, err := v.view.Runs(v, v.namespace)
	if err != nil {
		return nil, err
	}
	metrics, err := v.view.Metrics(v, v.namespace)
	if err != nil {
		return nil, err
	}
	l := runList{visit: v, filter: f, metrics: metrics, experiments: v.experiments()}
	content := l.content(all)
	refresh := idleTime
	for _, r := range content.Rows {
		if !r.State.Final() {
			refresh = liveTime
		}
	}
	return page{Look: "runs", Title: "Runs", Section: "runs", Refresh: refresh, Content: content}, nil
}

// experiments are those of the namespace, as far as the visitor may see them.
func (v *visit) experiments() []registry.Experiment {
	view, err := v.also("experiments", "list")
	if err != nil {
		return nil
	}
	all, err := view.Experiments(v, v.namespace)
	if err != nil {
		return nil
	}
	slices.SortFunc(all, func(a, b registry.Experiment) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// runList makes the list of runs.
type runList struct {
	*visit
	filter      filter
	metrics     map[string][]runs.Metric
	experiments []registry.Experiment
}

func (l *runList) content(all []*registry.Run) runsContent {
	var taken []*registry.Run
	pipelines := map[string]bool{}
	for _, r := range all {
		pipelines[r.Pipeline] = true
		if l.filter.takes(r) {
			taken = append(taken, r)
		}
	}
	if l.filter.Pipeline != "" {
		pipelines[l.filter.Pipeline] = true
	}
	columns := l.columns(taken)
	c := runsContent{
		Filter: l.filter, Experiments: l.experiments, Pipelines: slices.Sorted(maps.Keys(pipelines)), Columns: columns,
		States: []registry.State{registry.Pending, registry.Running, registry.Canceling, registry.Paused, registry.Succeeded, registry.Failed},
		Total:  len(taken), Any: len(all) > 0, Heads: l.heads(columns),
	}
	l.sort(taken)
	last := max(len(taken)-1, 0) / pageSize
	at := min(l.filter.Page, last)
	c.First, c.Last = at*pageSize+1, min((at+1)*pageSize, len(taken))
	for _, r := range taken[at*pageSize : c.Last] {
		c.Rows = append(c.Rows, l.row(r, columns))
	}
	beside := l.filter
	if at > 0 {
		beside.Page = at - 1
		c.Before = beside.address()
	}
	if at < last {
		beside.Page = at + 1
		c.After = beside.address()
	}
	return c
}

// columns are the metrics and parameters of the runs, the commonest first.
func (l *runList) columns(all []*registry.Run) []column {
	counts := map[string]int{}
	last := map[string]int{} // the run that a key was seen in
	count := func(key string, run int) {
		if at, seen := last[key]; !seen || at != run {
			counts[key]++
		}
		last[key] = run
	}
	for i, r := range all {
		for _, m := range l.metrics[r.ID] {
			count("m:"+m.Name, i)
		}
		for name := range r.Parameters {
			count("p:"+name, i)
		}
	}
	for _, key := range l.filter.Columns {
		counts[key] += 0 // chosen, though no run has it
	}
	keys := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(strings.Compare(a[:min(len(a), 2)], b[:min(len(b), 2)]), counts[b]-counts[a], strings.Compare(a, b))
	})
	var columns []column
	metrics := 0
	for _, key := range keys {
		kind, name, ok := strings.Cut(key, ":")
		if !ok || kind != "m" && kind != "p" {
			continue
		}
		c := column{Key: key, Name: name, Metric: kind == "m", Chosen: slices.Contains(l.filter.Columns, key)}
		if !l.filter.chosen && c.Metric && metrics < shownMetrics {
			c.Chosen = true
			metrics++
		}
		columns = append(columns, c)
	}
	return columns
}

// heads are those of the columns, each with the address that sorts by it.
func (l *runList) heads(columns []column) []columnHead {
	heads := []columnHead{l.head("state", "State"), l.head("name", "Run"), l.head("pipeline", "Pipeline"), l.head("experiment", "Experiment"), l.head("started", "Started"), l.head("duration", "Duration")}
	for _, c := range columns {
		if c.Chosen {
			h := l.head(c.Key, c.Name)
			h.Numeric = c.Metric
			heads = append(heads, h)
		}
	}
	return heads
}

func (l *runList) head(key, name string) columnHead {
	f := l.filter
	h := columnHead{Name: name}
	f.Page = 0
	switch f.Sort {
	case key:
		h.Order, f.Sort = "ascending", "-"+key
	case "-" + key:
		h.Order, f.Sort = "descending", key
	case "": // cannot be: see filterOf
	default:
		f.Sort = key
		if strings.HasPrefix(key, "m:") || key == "started" || key == "duration" {
			f.Sort = "-" + key
		}
	}
	h.Address = f.address()
	return h
}

func (l *runList) row(r *registry.Run, columns []column) runRow {
	row := runRow{Run: r, Address: link(nil, "runs", r.ID), Experiment: l.experiment(r), Took: took(r.Started, r.Finished, l.now)}
	for _, c := range columns {
		if c.Chosen {
			row.Cells = append(row.Cells, l.cell(r, c.Key))
		}
	}
	return row
}

func (l *runList) experiment(r *registry.Run) string {
	for _, e := range l.experiments {
		if e.ID == r.ExperimentID {
			return e.Name
		}
	}
	return ""
}

// cell is what a run has in a column.
func (l *runList) cell(r *registry.Run, key string) cell {
	kind, name, _ := strings.Cut(key, ":")
	if kind == "p" {
		return parameterCell(r.Parameters[name])
	}
	for _, m := range l.metrics[r.ID] {
		if m.Name == name {
			return cell{numberText(m.Value), m.Value, true}
		}
	}
	return cell{}
}

func parameterCell(value json.RawMessage) cell {
	if value == nil {
		return cell{}
	}
	c := cell{Text: parameterText(value)}
	c.Numeric = json.Unmarshal(value, &c.number) == nil
	return c
}

// parameterText is a parameter as one types it.
func parameterText(value json.RawMessage) string {
	text, err := contract.Text(value)
	if value == nil || err != nil {
		return string(value)
	}
	return text
}

// sort sorts runs. Those without what they are sorted by come last.
func (l *runList) sort(all []*registry.Run) {
	key, descending := strings.CutPrefix(l.filter.Sort, "-")
	type keyed struct {
		run *registry.Run
		key cell
	}
	sorted := make([]keyed, len(all))
	for i, r := range all {
		sorted[i] = keyed{r, l.sortKey(r, key)}
	}
	slices.SortFunc(sorted, func(a, b keyed) int {
		missing := cmp.Compare(boolInt(a.key.Text == ""), boolInt(b.key.Text == ""))
		order := compareCells(a.key, b.key)
		if descending {
			order = -order
		}
		return cmp.Or(missing, order, b.run.Created.Compare(a.run.Created), strings.Compare(a.run.ID, b.run.ID))
	})
	for i, k := range sorted {
		all[i] = k.run
	}
}

func (l *runList) sortKey(r *registry.Run, key string) cell {
	switch key {
	case "state":
		return cell{Text: string(r.State)}
	case "name":
		return cell{Text: strings.ToLower(r.DisplayName)}
	case "pipeline":
		return cell{Text: strings.ToLower(r.Pipeline)}
	case "experiment":
		return cell{Text: strings.ToLower(l.experiment(r))}
	case "duration":
		if r.Started.IsZero() {
			return cell{}
		}
		end := r.Finished
		if end.IsZero() {
			end = l.now
		}
		return cell{"x", end.Sub(r.Started).Seconds(), true}
	case "started":
		return cell{"x", float64(r.Created.Unix()), true}
	}
	return l.cell(r, key)
}

func compareCells(a, b cell) int {
	if a.Numeric && b.Numeric {
		return cmp.Compare(a.number, b.number)
	}
	return strings.Compare(a.Text, b.Text)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
