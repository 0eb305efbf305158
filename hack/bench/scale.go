package bench

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/template"
	"time"
)

// Scale is the section of docs/benchmarks.md about large runs.
type Scale struct {
	Rows []ScaleRow
}

// ScaleRow is one pipeline, translated and as a Workflow that is written by hand.
type ScaleRow struct {
	// Name is what names the row to the program that measures it: loop-500.
	Name string
	// What is what the page calls it.
	What string
	// Argo is the version of the controller, Machine and Date say where and when
	// the row was measured.
	Argo, Machine, Date string
	// Parallel is how many pods run at once.
	Parallel int
	Pods     int
	// Refused is why the translation refuses the pipeline, which then has no runs.
	Refused string `json:",omitempty"`
	// Warned says that the translation warns of the size.
	Warned bool `json:",omitempty"`
	// Predicted is how large `explain` expects the Workflow to be at its end, in
	// bytes.
	Predicted  int
	Ours, Hand ScaleRun
}

// ScaleRun is what a run came to, or several at once.
type ScaleRun struct {
	// Ended is how it ended: Succeeded, or what was wrong.
	Ended string
	// Wall is the time from the creation of the first Workflow to the end of the
	// last, by Argo's clock, which counts seconds.
	Wall time.Duration
	// Largest is the size of the largest Workflow as Argo counts it, in bytes.
	Largest int
	// Final is its size at its end, without what the API server notes of who has
	// changed which field.
	Final int
	// Pods, Nodes and Compressed are of one Workflow at its end: those of its nodes
	// that are pods, all of them, and their bytes as Argo compresses them.
	Pods, Nodes, Compressed int
	// CPU is what the controller has used, Memory the most that it had, in bytes.
	// Both are zero where they were not measured.
	CPU    time.Duration
	Memory int64
}

// OnHollow begins the names of rows whose pods run on a hollow node: nothing runs in
// them.
const OnHollow = "hollow-"

// Hollow reports whether the pods of the row ran on a hollow node.
func (r ScaleRow) Hollow() bool { return strings.HasPrefix(r.Name, OnHollow) }

// Succeeded is how a run ends that succeeds.
const Succeeded = "Succeeded"

// Put adds a row, in place of one of the same name and Argo.
func (s *Scale) Put(row ScaleRow) {
	if i := s.index(row.Name, row.Argo); i >= 0 {
		s.Rows[i] = row
		return
	}
	s.Rows = append(s.Rows, row)
}

// Has reports whether there is a row of a name with an Argo.
func (s *Scale) Has(name, argo string) bool { return s.index(name, argo) >= 0 }

func (s *Scale) index(name, argo string) int {
	return slices.IndexFunc(s.Rows, func(r ScaleRow) bool { return r.Name == name && r.Argo == argo })
}

// Ends says how both runs of a row ended.
func (r ScaleRow) Ends() string {
	switch {
	case r.Refused != "":
		return "refused: " + r.Refused
	case r.Ours.Ended == Succeeded && r.Hand.Ended == Succeeded && r.Warned:
		return "yes, with a warning of its size"
	case r.Ours.Ended == Succeeded && r.Hand.Ended == Succeeded:
		return "yes"
	case r.Hand.Ended == Succeeded:
		return r.Ours.Ended
	case r.Ours.Ended == Succeeded:
		return "yes; by hand: " + r.Hand.Ended
	}
	return r.Ours.Ended + "; by hand: " + r.Hand.Ended
}

// scaleHeading begins the section.
const scaleHeading = "## Large runs\n"

const scale = scaleHeading + `
` + "`make bench-scale`" + ` writes this section (hack/bench/scale). {{range .Machines}}{{.}}. {{end}}

Each pipeline runs as kfp2argo translates it and then, on the same cluster, as a Workflow written by hand with the same pods,
driver and launcher included. So the ratio is what groups, iterations and expressions cost beside the pods. The programs do
nothing; pods are deleted when they have succeeded. Time is from the creation of the Workflow to its end; of several runs at
once, from the first creation to the last end. CPU and memory (peak resident) are those of Argo's controller meanwhile.
Where pods are *hollow*, the cluster's API server and Argo have them, but nothing runs in them: each is said to run for a second,
as on the hollow nodes with which Kubernetes measures itself. So the controller has nothing to wait for, and the ratio is that of
its own work.

| what | Argo | pods, at once | ends | time | by hand | ratio | CPU | by hand | memory | by hand | on | load before |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
{{range .Sorted}}| {{.What}} | {{.Argo}} | {{.Pods}}{{if .Hollow}} hollow{{end}}, {{.Parallel}} | {{cell .Ends}} | {{time .Ours.Wall}} | {{time .Hand.Wall}} | {{times .Ours.Wall .Hand.Wall}} | {{time .Ours.CPU}} | {{time .Hand.CPU}} | {{mib .Ours.Memory}} | {{mib .Hand.Memory}} | {{.Date}} | {{.Load}} |
{{end}}
How large the Workflow was at its largest, as Argo counts it for its limit of 1 MiB, how large at its end, and how large
` + "`explain`" + ` expected that to be. Above the limit Argo compresses the state, which is all nodes; below it, the API server's
` + "`managedFields`" + ` list each field of each node: they are in the first figure only. The last two columns are the state at the end
as Argo would compress it, in bytes for each pod.

| what | Argo | nodes | by hand | largest | at its end | expected | ratio | largest by hand | compressed, a pod | by hand |
|---|---|---|---|---|---|---|---|---|---|---|
{{range .Sorted}}{{if not .Refused}}| {{.What}}{{if .Hollow}}, hollow{{end}} | {{.Argo}} | {{.Ours.Nodes}} | {{.Hand.Nodes}} | {{kib .Ours.Largest}} | {{kib .Ours.Final}} | {{kib .Predicted}} | {{ratio .Ours.Final .Predicted}} | {{kib .Hand.Largest}} | {{each .Ours}} | {{each .Hand}} |
{{end}}{{end}}`

// Text returns the section.
func (s Scale) Text() (string, error) {
	return filled(scale, template.FuncMap{
		"cell": func(text string) string {
			return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
		},
		"time":  func(d time.Duration) string { return unless(d == 0, "%.0f s", d.Seconds()) },
		"mib":   func(n int64) string { return unless(n == 0, "%d MiB", n>>20) },
		"kib":   func(n int) string { return unless(n == 0, "%d KiB", (n+1<<9)>>10) },
		"times": func(a, b time.Duration) string { return unless(a == 0 || b == 0, "**%.2f**", a.Seconds()/b.Seconds()) },
		"ratio": func(a, b int) string { return unless(a == 0 || b == 0, "%.2f", float64(a)/float64(b)) },
		"each":  func(r ScaleRun) string { return unless(r.Pods == 0, "%d", r.Compressed/max(1, r.Pods)) },
	}, s)
}

// unless writes a value, or a dash where there is none.
func unless[T int | int64 | float64](missing bool, format string, value T) string {
	if missing {
		return "–"
	}
	return fmt.Sprintf(format, value)
}

// Machines lists the machines on which rows were measured.
func (s Scale) Machines() []string {
	var all []string
	for _, r := range s.Rows {
		machine, _, _ := strings.Cut(r.Machine, loadBefore)
		all = append(all, machine)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// loadBefore is what comes before the load in the words of [Machine].
const loadBefore = ", a load of "

// Load is what the machine had to do before the row was measured.
func (r ScaleRow) Load() string {
	_, load, _ := strings.Cut(r.Machine, loadBefore)
	return cmp.Or(strings.TrimSuffix(load, " before"), "–")
}

// Sorted lists the rows by kind, size and Argo.
func (s Scale) Sorted() []ScaleRow {
	rows := slices.Clone(s.Rows)
	slices.SortStableFunc(rows, func(a, b ScaleRow) int {
		return cmp.Or(cmp.Compare(a.kind(), b.kind()), cmp.Compare(a.Pods, b.Pods), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Argo, b.Argo))
	})
	return rows
}

func (r ScaleRow) kind() string {
	kind, _, _ := strings.Cut(strings.TrimPrefix(r.Name, OnHollow), "-")
	return kind
}
