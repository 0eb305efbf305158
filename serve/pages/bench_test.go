package pages_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/serve/pages/pagestest"
)

// BenchmarkLarge has a server answer with pages of much: a run of 2,000 tasks that
// goes on, a loop of 1,000 items, a list of 10,000 runs. The time is that of a whole
// answer over the loopback, compressed.
func BenchmarkLarge(b *testing.B) {
	w := pagestest.New(b, repository)
	large := "/runs/" + w.Large(2000, 1000)
	w.Record(w.Loop(1000), w.Pipeline("testdata/pipelines/loop_many.yaml"))
	w.Summaries(10_000)
	base := w.Serve(access.None)
	for _, address := range []string{"/readyz", run("loop-many-1")} {
		require.Eventually(b, func() bool { _, ok := fetch(b, base+address); return ok }, 2*time.Minute, 100*time.Millisecond)
	}
	for _, page := range []struct{ name, address, has string }{
		{"run-of-2000-tasks", large, "A run of 2000 tasks"},
		{"timeline-of-2000-tasks", large + "/timeline", "Critical path"},
		{"task-of-2000-tasks", large + "/tasks/group-3.task-320", "task-320"},
		{"group-of-2000-tasks", large + "/tasks/group-3", "task-320"},
		{"run-with-loop-of-1000", run("loop-many-1"), "1000 iterations"},
		{"loop-of-1000", run("loop-many-1", "tasks", "each"), "iteration 999"},
		{"list-of-10000-runs", "/runs", "Indexed 9999"},
		{"list-of-10000-runs-sorted", "/runs?sort=-m:accuracy&text=indexed", "Indexed"},
	} {
		text, ok := fetch(b, base+page.address)
		require.True(b, ok, page.address)
		require.Contains(b, text, page.has, page.address)
		b.Run(page.name, func(b *testing.B) {
			for b.Loop() {
				fetch(b, base+page.address)
			}
			b.ReportMetric(float64(len(text))/1024, "KiB")
		})
	}
}

// fetch returns a page, and whether it was there.
func fetch(b *testing.B, address string) (string, bool) {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, address, http.NoBody)
	require.NoError(b, err)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(b, err)
	defer answer.Body.Close()
	var text strings.Builder
	_, err = io.Copy(&text, answer.Body)
	require.NoError(b, err)
	return text.String(), answer.StatusCode == http.StatusOK
}
