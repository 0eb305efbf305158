package bench_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/hack/bench"
)

func TestScale(t *testing.T) {
	good := bench.ScaleRun{
		Ended: bench.Succeeded, Wall: 210 * time.Second, Largest: 400 << 10, Final: 300 << 10, Pods: 500, Nodes: 1004, Compressed: 50_000,
		CPU: 31 * time.Second, Memory: 90 << 20,
	}
	hand := good
	hand.Wall, hand.Nodes, hand.Compressed, hand.Largest, hand.CPU, hand.Memory = 200*time.Second, 502, 25_000, 150<<10, 0, 0
	row := bench.ScaleRow{
		Name: "loop-500", What: "a loop of 500", Argo: "v3.7.14", Machine: "2 cores, a load of 0.50 before", Date: "2026-01-02",
		Parallel: 20, Pods: 500, Predicted: 320 << 10, Ours: good, Hand: hand,
	}
	var s bench.Scale
	s.Put(row)
	row.Date = "2026-01-03"
	s.Put(row)
	refused := bench.ScaleRow{Name: "loop-5000", What: "a loop of 5000", Argo: "v3.7.14", Machine: "2 cores", Date: "2026-01-03", Parallel: 20, Pods: 5000, Refused: "too\nlarge"}
	s.Put(refused)
	row.Argo, row.Machine, row.Warned = "v4.0.5", "4 cores", true
	s.Put(row)
	require.True(t, s.Has("loop-500", "v4.0.5"))
	require.False(t, s.Has("loop-5000", "v4.0.5"))

	text, err := s.Text()
	require.NoError(t, err)
	require.Contains(t, text, "2 cores. 4 cores. ")
	require.Contains(t, text, "| a loop of 500 | v3.7.14 | 500, 20 | yes | 210 s | 200 s | **1.05** | 31 s | – | 90 MiB | – | 2026-01-03 | 0.50 |\n"+
		"| a loop of 500 | v4.0.5 | 500, 20 | yes, with a warning of its size | 210 s |")
	require.Contains(t, text, "| a loop of 5000 | v3.7.14 | 5000, 20 | refused: too large | – | – | – |")
	require.Contains(t, text, "| a loop of 500 | v3.7.14 | 1004 | 502 | 400 KiB | 300 KiB | 320 KiB | 0.94 | 150 KiB | 100 | 50 |\n")
	require.NotContains(t, text, "| a loop of 5000 | v3.7.14 | 0")
	require.NotContains(t, text, "2026-01-02")
	require.Equal(t, "–", refused.Load())
}

func TestEnds(t *testing.T) {
	ended := func(ours, hand string) string {
		return bench.ScaleRow{Ours: bench.ScaleRun{Ended: ours}, Hand: bench.ScaleRun{Ended: hand}}.Ends()
	}
	require.Equal(t, "yes", ended(bench.Succeeded, bench.Succeeded))
	require.Equal(t, "hangs", ended("hangs", bench.Succeeded))
	require.Equal(t, "yes; by hand: hangs", ended(bench.Succeeded, "hangs"))
	require.Equal(t, "Error: e; by hand: hangs", ended("Error: e", "hangs"))
}
