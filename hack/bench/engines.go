package bench

import (
	"fmt"
	"time"
)

// Engines is the section of docs/benchmarks.md about runs on one machine and on a
// cluster.
type Engines struct {
	Date, Machine string
	Rounds        int
	// OnCluster is how many pods runs have at most that the cluster ran, too.
	OnCluster int
	// Start is how long the engine of this machine takes until it serves.
	Start time.Duration
	Runs  []EngineRun
}

// EngineRun is a pipeline on both engines, in medians.
type EngineRun struct {
	What string
	Pods int
	// Here is the time of the run, the CPU of the engine and all its pods, and
	// the memory of the engine.
	Here Cost
	// Cluster is the time there, or 0 where it did not run there.
	Cluster time.Duration
}

// enginesHeading begins the section.
const enginesHeading = "## Runs on this machine and on a cluster\n"

const engines = enginesHeading + `
` + "`make bench-local`" + ` writes this section. {{.Date}}: {{.Machine}}.

The same pipelines by ` + "`kfp2argo run`" + `, from the command's start to its end: on [this machine](local.md) by ` + "`kfp2argo-local`" + `, and
on the cluster of hack/cluster, whose one node is the same machine, in turn. Medians of {{.Rounds}} rounds; runs of more than 100
pods ran once. The tasks of the chain and of the loops do nothing. Both engines run before; that of this machine starts in
{{printf "%.2f" .Start.Seconds}} s. CPU is that of the engine with all its pods, memory (peak resident) that of the engine.

| what | pods | here | on the cluster | CPU here | CPU for each pod | memory here |
|---|---|---|---|---|---|---|
{{range .Runs}}| {{.What}} | {{.Pods}} | {{seconds .Here.Wall}} | {{if .Cluster}}{{seconds .Cluster}}{{else}}not measured{{end}} | {{seconds .Here.CPU}} | {{each .}} | {{mib .Here.Memory}} |
{{end}}
{{if .OnCluster}}Runs of more than {{.OnCluster}} pods were not measured on the cluster, where they take too long.{{else}}No cluster was there.{{end}}
`

// Text returns the section.
func (e Engines) Text() (string, error) {
	funcs := units()
	funcs["each"] = func(r EngineRun) string { return fmt.Sprintf("%.2f s", r.Here.CPU.Seconds()/float64(r.Pods)) }
	return filled(engines, funcs, e)
}
