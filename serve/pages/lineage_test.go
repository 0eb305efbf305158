package pages_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/serve/pages/pagestest"
)

// lines are the lines of the lists of a page, without elements but links.
func lines(text string) string {
	_, text, _ = strings.Cut(text, "<h1>")
	return text
}

// TestLineage follows an artifact from the run that made it to one that has it from
// the cache, and to one that was given it by its URI.
func TestLineage(t *testing.T) {
	w := pagestest.New(t, repository)
	maker, taker, reader := w.Lineage()
	b := newBrowser(t, w.Site(access.None))
	model := "/tasks/exit-handler-1.train/outputs/model"

	text := lines(b.get(http.StatusOK, "/runs/"+maker+model))
	require.Contains(t, text, `<dt>Made by</dt><dd><a href="/runs/`+maker+`/tasks/exit-handler-1.train">exit-handler-1.train</a></dd>`)
	require.Contains(t, text, `<a href="/runs/`+maker+model+`?across=1&amp;index=0#across">Look for tasks of other runs that have read it</a>`)
	require.NotContains(t, text, "Nightly training 2")

	ofMaker := `<dt>Made by</dt><dd><a href="/runs/` + maker + `/tasks/exit-handler-1.train">exit-handler-1.train</a> of <a href="/runs/` + maker + `">Nightly training 1</a></dd>`
	text = lines(b.get(http.StatusOK, "/runs/"+taker+model))
	require.Contains(t, text, ofMaker)
	require.Contains(t, text, `<dt>Taken from the cache by</dt><dd><a href="/runs/`+taker+`/tasks/exit-handler-1.train">exit-handler-1.train</a></dd>`)
	text = lines(b.get(http.StatusOK, "/runs/"+reader+"/tasks/exit-handler-1.train/inputs/data"))
	require.Contains(t, text, ofMaker)
	require.Contains(t, text, `<dt>Read by</dt><dd><a href="/runs/`+reader+`/tasks/exit-handler-1.train">exit-handler-1.train</a></dd>`)

	text = lines(b.get(http.StatusOK, "/runs/"+maker+model+"?across=1"))
	require.Contains(t, text, `<li>read by <a href="/runs/`+reader+`/tasks/exit-handler-1.train">exit-handler-1.train</a> of <a href="/runs/`+reader+`">Nightly training 3</a></li>`+
		`<li>taken from the cache by <a href="/runs/`+taker+`/tasks/exit-handler-1.train">exit-handler-1.train</a> of <a href="/runs/`+taker+`">Nightly training 2</a></li>`)
	require.Contains(t, text, "the tasks of the 3 newest other runs of the namespace")
	text = lines(b.get(http.StatusOK, "/runs/"+maker+"/tasks/exit-handler-1.ingest/outputs/splits?across=1"))
	require.Contains(t, text, "None of their tasks has read it.")
}

// TestLineageOfUnknown has an artifact of a run that nobody remembers: it is named,
// and has no link.
func TestLineageOfUnknown(t *testing.T) {
	w := pagestest.New(t, repository)
	maker, taker, reader := w.Lineage()
	w.Forget("training-0001")
	b := newBrowser(t, w.Site(access.None))
	text := lines(b.get(http.StatusOK, "/runs/"+taker+"/tasks/exit-handler-1.train/outputs/model"))
	require.Contains(t, text, "<dt>Made by</dt><dd>exit-handler-1.train of training-0001</dd>")
	text = lines(b.get(http.StatusOK, "/runs/"+reader+"/tasks/exit-handler-1.train/inputs/data"))
	require.Contains(t, text, "<dt>Made by</dt><dd>exit-handler-1.train of "+maker+"</dd>")
}

// TestLineageRights asks for the right to list runs before others are looked through.
func TestLineageRights(t *testing.T) {
	w := pagestest.New(t, repository)
	maker, _, _ := w.Lineage()
	b := newBrowser(t, w.Site(access.Header))
	address := "/runs/" + maker + "/tasks/exit-handler-1.train/outputs/model?across=1"
	for user, want := range map[string]int{pagestest.Writer: http.StatusOK, "eve@example.com": http.StatusForbidden, "": http.StatusUnauthorized} {
		header := http.Header{}
		if user != "" {
			header.Set(access.UserHeader, user)
		}
		require.Equal(t, want, b.do(http.MethodGet, address, nil, header).StatusCode, user)
	}
}
