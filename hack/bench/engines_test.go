package bench_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/hack/bench"
)

func TestEngines(t *testing.T) {
	text, err := bench.Engines{
		Date: "2026-01-02", Machine: "2 cores", Rounds: 3, OnCluster: 100, Start: 340 * time.Millisecond,
		Runs: []bench.EngineRun{
			{What: "hello", Pods: 2, Here: bench.Cost{Wall: 2 * time.Second, CPU: time.Second, Memory: 60 << 20}, Cluster: 11 * time.Second},
			{What: "a loop of 1000", Pods: 1000, Here: bench.Cost{Wall: 90 * time.Second, CPU: 120 * time.Second, Memory: 200 << 20}},
		},
	}.Text()
	require.NoError(t, err)
	require.Contains(t, text, "0.34 s")
	require.Contains(t, text, "| hello | 2 | 2.0 s | 11.0 s | 1.0 s | 0.50 s | 60.0 MiB |\n")
	require.Contains(t, text, "| a loop of 1000 | 1000 | 90.0 s | not measured | 120.0 s | 0.12 s | 200.0 MiB |\n")
	require.Contains(t, text, "Runs of more than 100 pods were not measured on the cluster")
}

func TestServer(t *testing.T) {
	text, err := bench.Server{
		Date: "2026-01-02", Machine: "2 cores", Runs: 10000, Clients: 200, Ready: 4200 * time.Millisecond, Cold: 150 << 20, Most: 200 << 20,
		Calls: []bench.ServerCall{{What: "get", Alone: bench.Latency{P50: time.Millisecond, P99: 2 * time.Millisecond}, Waiting: bench.Latency{P50: 3 * time.Millisecond, P99: 45600 * time.Microsecond}}},
	}.Text()
	require.NoError(t, err)
	require.Contains(t, text, "with 10000 runs of one task")
	require.Contains(t, text, "4.2 s after its start, with 150.0 MiB of memory (resident); at most it has 200.0 MiB.")
	require.Contains(t, text, "| get | 1.0 ms | 2.0 ms | 3.0 ms | 45.6 ms |\n")
	require.Equal(t, "# New\n\n"+text, bench.Keep("# New\n", bench.Replace("# Old\n", text)))
}
