package bench_test

import (
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/hack/bench"
)

func TestMeasure(t *testing.T) {
	cost, err := bench.Measure(exec.Command("sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"))
	require.NoError(t, err)
	require.Positive(t, cost.CPU)
	require.Positive(t, cost.Memory)
	require.Less(t, cost.Memory, int64(20<<20))
	_, err = bench.Measure(exec.Command("sh", "-c", "echo why; exit 3"))
	require.ErrorContains(t, err, "why")
}

func TestMedians(t *testing.T) {
	require.Equal(t, bench.Cost{Wall: 2, CPU: 5, Memory: 7},
		bench.Medians([]bench.Cost{{3, 4, 7}, {1, 6, 7}, {2, 5, 9}}))
	require.Equal(t, 1.0, bench.Median([]float64{2, 1}))
	require.Equal(t, int64(12), bench.Field("VmPeak: 3 kB\nVmHWM:\t12 kB\n", "VmHWM:"))
}

func TestReport(t *testing.T) {
	text, err := bench.Report{
		Date: "2026-01-02", Machine: bench.Machine(), Rounds: 3, Runs: 5, Rclone: "v1",
		Moves:   []bench.Move{{What: "a file", Ours: bench.Cost{Wall: time.Second, CPU: 1, Memory: 3 << 20}, Theirs: bench.Cost{Wall: 4 * time.Second, CPU: 2, Memory: 4 << 20}}},
		Weights: []bench.Weight{{Module: "example.com/a", Bytes: 241 << 10}, {Module: "example.com/b", Bytes: 20 << 10}, {Module: "example.com/c", Bytes: 9 << 10}},
		Sizes:   []bench.Size{{Program: "driver", Bytes: 3 << 19}},
		Starts:  []bench.Start{{What: "driver", Took: 1500 * time.Microsecond}},
		Logs:    []bench.Log{{What: "kept", Cost: bench.Cost{Wall: time.Second, CPU: 2 * time.Second, Memory: 9 << 20}}},
	}.Text()
	require.NoError(t, err)
	require.Contains(t, text, "| a file | **0.25** | 0.50 | 0.75 | 1.0 s, 4.0 s | 3.0 MiB, 4.0 MiB |\n")
	require.Contains(t, text, "| driver | 1.5 MiB |\n")
	require.Contains(t, text, "| example.com/a | 241 KiB |\n| others | 29 KiB |\n")
	require.Contains(t, text, "| kept | 1.0 s | 2.0 s | 9.0 MiB |\n")
	require.Contains(t, text, "| driver | 1.5 ms |\n")
	require.Regexp(t, `\d+ cores, \d+ GiB of memory, \w+ \S+, go1`, text)
}

func TestReplaceRow(t *testing.T) {
	file := bench.Move{What: "a file", Ours: bench.Cost{Wall: time.Second, CPU: 1, Memory: 1 << 20}, Theirs: bench.Cost{Wall: time.Second, CPU: 1, Memory: 1 << 20}}
	text, err := bench.Report{Moves: []bench.Move{file, {What: "a file of another size", Ours: file.Ours, Theirs: file.Theirs}}}.Text()
	require.NoError(t, err)
	faster := file
	faster.Ours.Wall /= 2
	got, err := bench.ReplaceRow(text, faster)
	require.NoError(t, err)
	require.Equal(t, strings.Replace(text, "| a file | **1.00** | 1.00 | 1.00 | 1.0 s, 1.0 s |", "| a file | **0.50** | 1.00 | 1.00 | 0.5 s, 1.0 s |", 1), got)
	require.NotEqual(t, text, got)
	faster.What = "none"
	_, err = bench.ReplaceRow(text, faster)
	require.ErrorContains(t, err, `no row "none"`)
}
