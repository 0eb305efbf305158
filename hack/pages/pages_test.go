//go:build browser

package pages

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/serve/pages/pagestest"
)

// token is one that the cluster knows.
const token = "a.good.token"

// TestBrowser starts servers, one without authentication and one with tokens,
// and one with a long list, and lets pages.test.js look at them. What goes on in the
// cluster meanwhile that asks for with POST /advance?seconds=N and /enlarge?done=N.
func TestBrowser(t *testing.T) {
	w := pagestest.New(t, "../..")
	w.Fill()
	w.Many(60)
	large, waits := w.Large(2000, 1000), w.Unmounted()
	long := pagestest.New(t, "../..")
	long.Summaries(10_000)
	guarded := pagestest.New(t, "../..")
	guarded.Fill()
	guarded.Know(token)
	number := func(r *http.Request, name string) int {
		n, err := strconv.Atoi(r.URL.Query().Get(name))
		if err != nil {
			t.Error(err)
		}
		return n
	}
	actions := http.NewServeMux()
	actions.HandleFunc("POST /advance", func(_ http.ResponseWriter, r *http.Request) {
		w.Run(pagestest.At(w.Outcomes(), number(r, "seconds")), "outcomes-live", "Several outcomes, on its way")
	})
	actions.HandleFunc("POST /enlarge", func(_ http.ResponseWriter, r *http.Request) { w.Large(2000, number(r, "done")) })
	control := httptest.NewServer(actions)
	t.Cleanup(control.Close)

	pipeline, version, recurring := w.IDs()
	look(t, "pages.test.js", "PAGES="+w.Serve(access.None), "GUARDED="+guarded.Serve(access.Token), "LONG="+long.Serve(access.None), "TOKEN="+token,
		"CONTROL="+control.URL, "ID_TRAINING="+pagestest.ID("training-0003"), "ID_OTHER="+pagestest.ID("training-0004"), "ID_LARGE="+large, "ID_WAITS="+waits,
		"ID_LIVE="+pagestest.ID("outcomes-live"), "ID_ENDED="+pagestest.ID("outcomes-ended"), "ID_ATTACK="+pagestest.ID("attack-1"), "ID_LOOP="+pagestest.ID("loop-many-1"),
		"ID_PIPELINE="+pipeline, "ID_VERSION="+version, "ID_RECURRING="+recurring)
}
