//go:build browser

package pages

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/serve/pages/pagestest"
)

// token is one that the cluster knows.
const token = "a.good.token"

// TestBrowser starts two servers, one without authentication and one with tokens,
// and lets pages.test.js look at them. What goes on in the cluster meanwhile that
// asks for with POST /advance?seconds=N.
func TestBrowser(t *testing.T) {
	w := pagestest.New(t, "../..")
	w.Fill()
	w.Many(60)
	guarded := pagestest.New(t, "../..")
	guarded.Fill()
	guarded.Know(token)
	control := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seconds, err := strconv.Atoi(r.URL.Query().Get("seconds"))
		if err != nil {
			t.Error(err)
		}
		w.Run(pagestest.At(w.Outcomes(), seconds), "outcomes-live", "Several outcomes, on its way")
	}))
	t.Cleanup(control.Close)

	pipeline, version, recurring := w.IDs()
	arguments := []string{"--test", "--test-reporter=spec"}
	if only := os.Getenv("ONLY"); only != "" {
		arguments = append(arguments, "--test-name-pattern="+only)
	}
	test := exec.CommandContext(t.Context(), "node", append(arguments, "pages.test.js")...)
	test.Env = append(os.Environ(), "PAGES="+w.Serve(access.None), "GUARDED="+guarded.Serve(access.Token), "TOKEN="+token,
		"CONTROL="+control.URL, "ID_TRAINING="+pagestest.ID("training-0003"), "ID_OTHER="+pagestest.ID("training-0004"),
		"ID_LIVE="+pagestest.ID("outcomes-live"), "ID_ENDED="+pagestest.ID("outcomes-ended"), "ID_ATTACK="+pagestest.ID("attack-1"), "ID_LOOP="+pagestest.ID("loop-many-1"),
		"ID_PIPELINE="+pipeline, "ID_VERSION="+version, "ID_RECURRING="+recurring)
	test.Stdout, test.Stderr = os.Stdout, os.Stderr
	require.NoError(t, test.Run())
}
