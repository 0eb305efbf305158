package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/serve/pages/pagestest"
)

// TestFolded has a run of so many tasks that its groups are folded, in the tree and in
// the picture, until one is asked for.
func TestFolded(t *testing.T) {
	w := pagestest.New(t, repository)
	address := "/runs/" + w.Large(400, 200, 205, 206, 320)
	b := newBrowser(t, w.Site(access.None))
	text := b.get(http.StatusOK, address)
	require.Contains(t, text, `<details data-folds="group-0"><summary aria-label="What is inside group-0"></summary>`+
		`<ul><li class="more"><a href="`+address+`?open=group-0#task-group-0">Show all that is inside of group-0</a></li></ul></details>`)
	require.Contains(t, text, "<small>100 tasks: 50 succeeded, 1 running, 49 waiting</small>")
	require.Contains(t, text, "tasks: 50/100 succeeded, 1 running, 49 waiting</text>")
	require.NotContains(t, text, "task-50<")

	_, failed, _ := strings.Cut(text, `<li id="task-group-2">`)
	failed, _, _ = strings.Cut(failed, `<li id="task-group-3">`)
	require.Contains(t, failed, "<details open><summary", "what has failed is shown, and the script leaves it")
	require.Contains(t, failed, address+`/tasks/group-2.task-205">task-205</a>`)
	require.Contains(t, failed, `<span class="message">main: Error (exit code 1)</span>`)
	require.NotContains(t, failed, "task-207")

	text = b.get(http.StatusOK, address+"?open=group-1")
	require.Contains(t, text, `<details open data-folds="group-1">`)
	require.Contains(t, text, `<li id="task-group-1.task-199">`)
	require.Contains(t, text, `href="`+address+`/tasks/group-1.task-199"><title>`, "it is drawn")
	require.Contains(t, text, `?open=group-1&amp;open=group-0#task-group-0`)
	require.NotContains(t, text, "task-99<")

	hostile := address + "?open=" + url.QueryEscape(pagestest.Hostile)
	requireHarmless(t, hostile, b.get(http.StatusOK, hostile))

	text = b.get(http.StatusOK, address+"/tasks/group-1")
	require.Contains(t, text, `<li id="task-group-1.task-199">`)
	require.NotContains(t, text, "data-folds")
}

// TestFoldedVersion has the picture of a pipeline of many tasks that has not run.
func TestFoldedVersion(t *testing.T) {
	w := pagestest.New(t, repository)
	address := w.Upload("large", pagestest.LargePipeline(400))
	b := newBrowser(t, w.Site(access.None))
	text := b.get(http.StatusOK, address)
	require.Contains(t, text, ">100 tasks</text>")
	require.Contains(t, text, `<a href="`+address+`?open=group-3#task-group-3"><title>`)
	require.NotContains(t, text, ">task-399</text>")
	require.Contains(t, b.get(http.StatusOK, address+"?open=group-3"), ">task-399</text>")
}
