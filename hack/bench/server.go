package bench

import (
	"fmt"
	"time"
)

// Server is the section of docs/benchmarks.md about kfp2argo serve with many runs.
type Server struct {
	Date, Machine string
	// Runs is how many there are, Clients how many clients wait for one.
	Runs, Clients int
	// Ready is how long a server takes, from its start, until it knows all runs.
	Ready time.Duration
	// Cold is its memory then, Most the most that it ever had, in bytes.
	Cold, Most int64
	Calls      []ServerCall
}

// ServerCall is how long a call takes, one after the other, with no other client
// and beside those that wait.
type ServerCall struct {
	What           string
	Alone, Waiting Latency
}

// Latency is the median of times, and what 99 of 100 stay below.
type Latency struct{ P50, P99 time.Duration }

// serverHeading begins the section.
const serverHeading = "## The server with many runs\n"

const server = serverHeading + `
` + "`make bench-server`" + ` writes this section. {{.Date}}: {{.Machine}}.

` + "`kfp2argo serve`" + ` with {{.Runs}} runs of one task in a namespace of hack/cluster, which runs on the same machine. The server is ready
{{printf "%.1f" .Ready.Seconds}} s after its start, with {{mib .Cold}} of memory (resident); at most it has {{mib .Most}}. Each call is made one after
the other, alone, and beside {{.Clients}} clients that ask for a run every five seconds, as ` + "`wait_for_run_completion`" + ` does.

| call | alone: p50 | p99 | with {{.Clients}} clients: p50 | p99 |
|---|---|---|---|---|
{{range .Calls}}| {{.What}} | {{ms .Alone.P50}} | {{ms .Alone.P99}} | {{ms .Waiting.P50}} | {{ms .Waiting.P99}} |
{{end}}`

// Text returns the section.
func (s Server) Text() (string, error) {
	funcs := units()
	funcs["ms"] = func(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }
	return filled(server, funcs, s)
}
