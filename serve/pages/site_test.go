package pages_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/serve/pages"
	"github.com/kfp2argo/kfp2argo/serve/pages/pagestest"
)

const repository = "../.."

// browser asks a site as a browser does, and keeps its cookies.
type browser struct {
	t       testing.TB
	site    *pages.Site
	cookies map[string]*http.Cookie
}

func newBrowser(t testing.TB, site *pages.Site) *browser {
	return &browser{t, site, map[string]*http.Cookie{}}
}

func (b *browser) do(method, address string, body io.Reader, header http.Header) *http.Response {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), method, address, body)
	for name, values := range header {
		r.Header[name] = values
	}
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.site.Serve(w, r)
	answer := w.Result()
	for _, c := range answer.Cookies() {
		b.cookies[c.Name] = c
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return answer
}

// get returns the text of a page.
func (b *browser) get(status int, address string) string {
	b.t.Helper()
	answer := b.do(http.MethodGet, address, nil, nil)
	text, err := io.ReadAll(answer.Body)
	require.NoError(b.t, err)
	require.Equal(b.t, status, answer.StatusCode, "%s: %s", address, text)
	return string(text)
}

// post sends a form, with the token of the browser.
func (b *browser) post(address string, fields url.Values) *http.Response {
	b.t.Helper()
	if c := b.cookies["kfp2argo-form"]; c != nil {
		fields.Set("form-token", c.Value)
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	return b.do(http.MethodPost, address, strings.NewReader(fields.Encode()), header)
}

func filled(t testing.TB) (*pagestest.World, *browser) {
	t.Helper()
	w := pagestest.New(t, repository)
	w.Fill()
	return w, newBrowser(t, w.Site(access.None))
}

// run is the address of a run.
func run(name string, more ...string) string {
	return "/runs/" + strings.Join(append([]string{pagestest.ID(name)}, more...), "/")
}

// unstable is what is another in each build or process.
var unstable = regexp.MustCompile(`(-)[0-9a-f]{12}(\.(?:css|js|svg)")|(name="form-token" value=")[A-Z0-9]+|(file://)[^"< ]*?(/artifacts/)`)

func stable(text string) string { return unstable.ReplaceAllString(text, "$1$3$4…$2$5") }

// addresses are those of all kinds of pages.
func addresses(w *pagestest.World) map[string]string {
	pipeline, version, recurring := w.IDs()
	of := "/pipelines/" + pipeline
	return map[string]string{
		"compare":      "/compare?run=" + pagestest.ID("training-0001") + "&run=" + pagestest.ID("training-0004"),
		"pipelines":    "/pipelines",
		"pipeline":     of,
		"version":      of + "/versions/" + version,
		"version-run":  of + "/versions/" + version + "/run",
		"schedule":     of + "/versions/" + version + "/schedule",
		"recurring":    "/recurring",
		"schedule-one": "/recurring/" + recurring,
		"experiments":  "/experiments",
		"runs":         "/runs",
		"runs-sorted":  "/runs?sort=-m:accuracy&columns=chosen&column=m:accuracy&column=p:source&text=nightly",
		"run":          run("training-0003"),
		"run-live":     run("outcomes-live"),
		"run-ended":    run("outcomes-ended"),
		"values":       run("training-0003", "values"),
		"timeline":     run("training-0003", "timeline"),
		"again":        run("training-0003", "again"),
		"task":         run("training-0003", "tasks", "exit-handler-1.train"),
		"task-log":     run("outcomes-live", "tasks", "all.prepare"),
		"classes":      run("training-0003", "tasks", "exit-handler-1.train", "outputs", "classes"),
		"markdown":     run("training-0003", "tasks", "exit-handler-1.train", "outputs", "notes"),
		"table":        run("training-0003", "tasks", "exit-handler-1.ingest", "outputs", "splits"),
		"html":         run("training-0003", "tasks", "exit-handler-1.train", "outputs", "report"),
	}
}

// TestPages compares pages with those that were looked at.
func TestPages(t *testing.T) {
	w, b := filled(t)
	for name, address := range addresses(w) {
		t.Run(name, func(t *testing.T) {
			b.t = t
			goldentest.Compare(t, "testdata/"+name+".html", stable(b.get(http.StatusOK, address)))
		})
	}
}

// leads are the attributes that lead somewhere.
var leads = regexp.MustCompile(`(?:href|src|action|data-follow)="(/[^"]*)"`)

// TestBase has the site below a path of a host: all that leads somewhere leads
// below it, whether the proxy takes the path away or not.
func TestBase(t *testing.T) {
	w := pagestest.New(t, repository)
	w.Fill()
	w.Base = "/gate/kfp"
	b := newBrowser(t, w.Site(access.None))
	b.get(http.StatusOK, "/runs") // for the cookie
	require.Equal(t, "/gate/kfp/", b.cookies["kfp2argo-form"].Path)
	for name, address := range addresses(w) {
		text := b.get(http.StatusOK, w.Base+address)
		require.Equal(t, text, b.get(http.StatusOK, address), name)
		require.Contains(t, text, `data-base="/gate/kfp"`)
		found := leads.FindAllStringSubmatch(text, -1)
		require.NotEmpty(t, found, name)
		for _, to := range found {
			require.True(t, strings.HasPrefix(to[1], w.Base+"/"), "%s leads to %s", name, to[1])
			require.False(t, strings.HasPrefix(to[1], w.Base+w.Base), "%s leads to %s", name, to[1])
			if strings.HasPrefix(to[0], "src") || strings.Contains(to[1], "/assets/") {
				b.get(http.StatusOK, to[1])
			}
		}
	}
	for _, address := range []string{w.Base, w.Base + "/", "/"} {
		answer := b.do(http.MethodGet, address, nil, nil)
		require.Equal(t, http.StatusSeeOther, answer.StatusCode)
		require.Equal(t, "/gate/kfp/runs", answer.Header.Get("Location"))
	}
	answer := b.post(w.Base+run("outcomes-live", "archive"), url.Values{})
	require.Equal(t, w.Base+run("outcomes-live"), answer.Header.Get("Location"))
	b.get(http.StatusNotFound, "/gate/kfpx/runs")
}

// TestNoPreview has artifacts that are not shown: their pages say what they are and how
// large, and lead to their bytes.
func TestNoPreview(t *testing.T) {
	w, b := filled(t)
	samples := run("training-0003", "tasks", "exit-handler-1.train", "outputs", "samples")
	for bytes, want := range map[string][2]string{
		"PAR1\x00packed\x00\x01\x00\x00\x00PAR1":    {"20 B", "This is a table in a Parquet file"},
		strings.Repeat("x,y\n", store.MaxSmall/4+1): {"16.0 MiB", "an artifact of more than 16.0 MiB"},
		"\x00\x01": {"2 B", "no text, and no image"},
	} {
		w.Bytes("training-0003/samples.jsonl", bytes)
		text := b.get(http.StatusOK, samples)
		require.Contains(t, text, "<dt>Size</dt><dd>"+want[0]+"</dd>")
		require.Contains(t, text, want[1])
		require.Contains(t, text, `href="`+samples+`/content?index=0">Download</a>`)
		content := b.do(http.MethodGet, samples+"/content?index=0", nil, nil)
		size, err := io.Copy(io.Discard, content.Body)
		require.NoError(t, err)
		require.EqualValues(t, len(bytes), size)
	}
}
