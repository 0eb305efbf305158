//go:build e2e

package e2e

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/minio/minio-go/v7"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// ran reports whether a task's program ran, by the launcher's last words.
func (r *run) ran(task string) bool {
	r.t.Helper()
	return !strings.Contains(r.log(task), "the program did not run")
}

// TestCaching runs a pipeline several times. Tasks that have done the same
// before are cached, and have the same outputs.
func TestCaching(t *testing.T) {
	t.Parallel()
	again := func(seed string) *run {
		r := runPipeline(t, examples+"caching.yaml", submitting("seed", seed),
			option{translate: func(o *translate.Options) { o.Cache.Off = false }})
		r.requirePhase(wfv1.WorkflowSucceeded, 4)
		return r
	}
	requireRan := func(r *run, want map[string]bool) {
		t.Helper()
		got := map[string]bool{}
		for task := range want {
			got[task] = r.ran("caching." + task)
		}
		require.Equal(t, want, got)
	}
	first := again("1")
	first.requireRecorded(varying{
		"slow/Output": "the time", "slow-2/Output": "the time", "slow-3/Output": "the time", "use/Output": "of the time",
	})
	requireRan(first, map[string]bool{"slow": true, "slow-2": true, "slow-3": true, "use": true})

	second := again("1")
	requireRan(second, map[string]bool{"slow": false, "slow-2": true, "slow-3": false, "use": false})
	for _, task := range []string{"slow", "slow-3", "use"} {
		require.Equal(t, first.output("caching."+task, "Output"), second.output("caching."+task, "Output"))
	}
	require.Equal(t, first.output("caching.slow", "data"), second.output("caching.slow", "data"))
	require.NotEqual(t, first.output("caching.slow-2", "Output"), second.output("caching.slow-2", "Output"))

	// Another seed is other work; the key that the author chose does not care.
	other := again("2")
	requireRan(other, map[string]bool{"slow": true, "slow-2": true, "slow-3": false, "use": true})

	// A result whose output is gone is not used.
	uri := first.uris(first.output("caching.slow", "data"))[0]
	key := strings.TrimPrefix(uri, "s3://"+first.bucket+"/")
	require.NoError(t, first.objects.RemoveObject(t.Context(), first.bucket, key, minio.RemoveObjectOptions{}))
	gone := again("1")
	requireRan(gone, map[string]bool{"slow": true, "slow-2": true, "slow-3": false, "use": true})
	require.Contains(t, gone.podLog(gone.pod("caching.slow").Name, "driver"), "is gone: there is nothing at "+uri)
}

// TestCacheOfChanges runs the pipeline twice at the same time, then once more,
// and then with a component that says something else.
func TestCacheOfChanges(t *testing.T) {
	t.Parallel()
	caching := option{translate: func(o *translate.Options) { o.Cache.Off = false }}
	one := startPipeline(t, examples+"caching.yaml", caching)
	two := startPipeline(t, examples+"caching.yaml", caching)
	for _, r := range []*run{one, two} {
		r.wait()
		r.requirePhase(wfv1.WorkflowSucceeded, 4)
	}
	after := runPipeline(t, examples+"caching.yaml", caching)
	after.requirePhase(wfv1.WorkflowSucceeded, 4)
	require.False(t, after.ran("caching.slow"))
	require.Contains(t, []string{one.output("caching.slow", "Output"), two.output("caching.slow", "Output")},
		after.output("caching.slow", "Output"))

	changed := runPipeline(t, examples+"caching.yaml", caching, option{submit: func(w *wfv1.Workflow) {
		for i, template := range w.Spec.Templates {
			if template.Name == "slow" {
				w.Spec.Templates[i].Container.Args[5] += "\n# changed"
			}
		}
	}})
	changed.requirePhase(wfv1.WorkflowSucceeded, 4)
	require.True(t, changed.ran("caching.slow"))
	require.False(t, changed.ran("caching.slow-3"), "the author chose the key")
}

// TestCacheOfImports imports the same data again, and then other data from the
// same place.
func TestCacheOfImports(t *testing.T) {
	t.Parallel()
	c := connect(t)
	c.putObject(t, "pipelines", "raw/data.csv", "0123456789") // the constant of the other importer
	bucket := "imports-" + strings.ToLower(session)
	again := func(data string, cached bool) {
		t.Helper()
		c.putObject(t, bucket, "raw/data.csv", data)
		r := runPipeline(t, examples+"importers.yaml", submitting("bucket", bucket),
			option{translate: func(o *translate.Options) { o.Cache.Off = false }})
		r.requirePhase(wfv1.WorkflowSucceeded, 3)
		require.Equal(t, fmt.Sprint(len(data)), r.output("importers.size-2", "Output"))
		require.Equal(t, cached, !r.ran("importers.size-2"))
	}
	again("12345", false)
	again("12345", true)
	again("1234567", false)
}

// TestLookAhead runs a pipeline of tasks with accelerators twice. What the first
// run has made, the second finds without asking for one.
func TestLookAhead(t *testing.T) {
	t.Parallel()
	connect(t).prepareNode(t)
	seed := rand.Text()
	again := func(pods int) *run {
		r := runPipeline(t, cases+"look_ahead.yaml", submitting("seed", seed),
			option{translate: func(o *translate.Options) { o.Cache.Off = false }})
		r.requirePhase(wfv1.WorkflowSucceeded, pods)
		return r
	}
	first := again(8)
	require.Equal(t, "10 "+seed+"\n", first.result("score"))
	require.Equal(t, 4, askingForAccelerators(first))
	require.Contains(t, first.log("look-ahead.fit.run"), "running")
	uri := first.uris(first.output("look-ahead.fit", "model"))[0]
	require.Contains(t, uri, "/look-ahead.fit/", "the task is fit, whatever it consists of")

	second := again(4)
	require.Zero(t, askingForAccelerators(second))
	require.Equal(t, first.result("score"), second.result("score"))
	for _, task := range []string{"fit", "fit-each"} {
		require.Equal(t, first.output("look-ahead."+task, "model"), second.output("look-ahead."+task, "model"))
	}
}

// TestLoopAhead looks ahead for the only task of a loop, which has no node around it
// in an iteration: first in vain, then for all items but one.
func TestLoopAhead(t *testing.T) {
	t.Parallel()
	ahead := option{translate: func(o *translate.Options) { o.Cache.Off, o.Cache.Check = false, translate.CheckAhead }}
	words := strings.ToLower(rand.Text()) + " right here"
	first := runPipeline(t, examples+"shell.yaml", submitting("text", words), ahead)
	first.requirePhase(wfv1.WorkflowSucceeded, 10)
	first.requireLabels("shell", "for-loop-2.shout.look-up 0", "for-loop-2.shout.look-up 1", "for-loop-2.shout.look-up 2",
		"for-loop-2.shout.run 0", "for-loop-2.shout.run 1", "for-loop-2.shout.run 2",
		"measure.look-up ", "measure.run ", "split.look-up ", "split.run ")

	second := runPipeline(t, examples+"shell.yaml", submitting("text", words+"!"), ahead)
	second.requirePhase(wfv1.WorkflowSucceeded, 8)
	read, err := progress.Read(second.workflow, nil)
	require.NoError(t, err)
	var cached []bool
	for _, shout := range read.Find([]string{"for-loop-2", "shout"}) {
		cached = append(cached, shout.Cached)
	}
	require.Equal(t, []bool{true, true, false}, cached)
}

// askingForAccelerators counts the pods that ask for accelerators.
func askingForAccelerators(r *run) int {
	n := 0
	for _, p := range r.pods() {
		for _, c := range p.Spec.Containers {
			if _, asks := c.Resources.Limits["nvidia.com/gpu"]; asks {
				n++
			}
		}
	}
	return n
}
