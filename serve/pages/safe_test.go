package pages_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/serve/pages/pagestest"
)

// TestHostile reads all pages of a run in which everything is hostile. Nothing of
// that becomes an element, an attribute that runs something, or an address that
// does.
func TestHostile(t *testing.T) {
	_, b := filled(t)
	train := run("attack-1", "tasks", "exit-handler-1.train")
	addresses := []string{
		"/pipelines", "/experiments", "/recurring", "/compare?run=" + pagestest.ID("attack-1") + "&run=" + pagestest.ID("training-0001"),
		"/runs?text=onerror", "/runs?columns=chosen&column=p:" + url.QueryEscape(pagestest.Hostile), "/runs?text=" + url.QueryEscape(pagestest.Hostile),
		"/runs?sort=" + url.QueryEscape(pagestest.Hostile), "/runs?pipeline=" + url.QueryEscape(pagestest.Hostile),
		run("attack-1"), run("attack-1", "values"), run("attack-1", "timeline"), run("attack-1", "pipeline"), run("attack-1", "workflow"), run("attack-1", "again"),
		train, train + "?search=" + url.QueryEscape(pagestest.Hostile),
	}
	for _, name := range []string{"html", "markdown", "csv", "svg", "text", "elsewhere"} {
		addresses = append(addresses, train+"/outputs/"+name)
	}
	addresses = append(addresses, train+"/outputs/elsewhere?index=1", train+"/log?attempt=1&lines=html")
	found := 0
	for _, address := range addresses {
		text := b.get(http.StatusOK, address)
		requireHarmless(t, address, text)
		found += strings.Count(text, "onerror")
	}
	require.Greater(t, found, 20, "the texts are not shown at all")
	for _, address := range []string{"/runs/" + url.PathEscape(pagestest.Hostile), "/" + url.PathEscape(pagestest.Hostile), train + "/outputs/" + url.PathEscape(pagestest.Hostile)} {
		requireHarmless(t, address, b.get(http.StatusNotFound, address))
	}
}

// requireHarmless reads a page as a browser does.
func requireHarmless(t *testing.T, address, text string) {
	t.Helper()
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			return
		}
		token := z.Token()
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		for _, a := range token.Attr {
			require.False(t, strings.HasPrefix(a.Key, "on"), "%s: <%s %s=%q>", address, token.Data, a.Key, a.Val)
			require.NotEqual(t, "style", a.Key, "%s: <%s style=%q>", address, token.Data, a.Val)
			if a.Key == "href" || a.Key == "src" || a.Key == "action" {
				own := strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "//") || strings.HasPrefix(a.Val, "#") || a.Val == "" || strings.HasPrefix(a.Val, "https://example.com")
				require.True(t, own, "%s: <%s %s=%q>", address, token.Data, a.Key, a.Val)
			}
		}
		if token.Data == "script" {
			require.Regexp(t, `^/assets/pages-[0-9a-f]{12}\.js$`, token.Attr[0].Val, address)
		}
		require.NotContains(t, []string{"style", "base", "object", "embed", "meta http-equiv"}, token.Data, address)
	}
}

// TestHeaders are those that keep pages and artifacts apart.
func TestHeaders(t *testing.T) {
	_, b := filled(t)
	page := b.do(http.MethodGet, "/runs", nil, nil)
	policy := page.Header.Get("Content-Security-Policy")
	require.Contains(t, policy, "default-src 'none'; script-src 'self'; style-src 'self'")
	require.NotContains(t, policy, "unsafe")
	require.Equal(t, "nosniff", page.Header.Get("X-Content-Type-Options"))

	report := run("attack-1", "tasks", "exit-handler-1.train", "outputs", "html", "content")
	for query, kind := range map[string]string{"": "application/octet-stream", "?show=html": "text/html; charset=utf-8", "?show=image": "application/octet-stream"} {
		answer := b.do(http.MethodGet, report+query, nil, nil)
		require.Equal(t, http.StatusOK, answer.StatusCode)
		require.Equal(t, kind, answer.Header.Get("Content-Type"), query)
		require.Contains(t, answer.Header.Get("Content-Security-Policy"), "sandbox; default-src 'none'")
		require.NotContains(t, answer.Header.Get("Content-Security-Policy"), "allow-")
	}
	picture := b.do(http.MethodGet, run("attack-1", "tasks", "exit-handler-1.train", "outputs", "svg", "content?show=image"), nil, nil)
	require.Equal(t, "image/svg+xml", picture.Header.Get("Content-Type"))
	require.Contains(t, picture.Header.Get("Content-Security-Policy"), "sandbox")
	for _, name := range []string{"elsewhere", "elsewhere/content?index=0", "elsewhere/content?index=1"} {
		text := b.get(map[bool]int{true: http.StatusOK, false: http.StatusNotFound}[name == "elsewhere"], run("attack-1", "tasks", "exit-handler-1.train", "outputs", name))
		require.NotContains(t, text, "root:", "what is not below the root was read")
	}
}

// TestForms refuses what no page of this server's has sent.
func TestForms(t *testing.T) {
	w, b := filled(t)
	b.get(http.StatusOK, "/runs")
	stop := run("outcomes-live", "stop")
	form := func(token string) *http.Response {
		return b.do(http.MethodPost, stop, strings.NewReader("form-token="+token), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
	}
	require.Equal(t, http.StatusForbidden, form("").StatusCode)
	require.Equal(t, http.StatusForbidden, form("another").StatusCode)
	other := newBrowser(t, b.site)
	require.Equal(t, http.StatusForbidden, other.do(http.MethodPost, stop, strings.NewReader("form-token="), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}).StatusCode)
	require.Empty(t, w.Changes())
	answer := b.post(stop, url.Values{})
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	require.Len(t, w.Changes(), 1)
	require.Contains(t, w.Changes()[0], `{"spec":{"shutdown":"Stop"}}`)
	answer = b.post(run("outcomes-live", "terminate"), url.Values{})
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	require.Len(t, w.Changes(), 2)
	require.Contains(t, w.Changes()[1], `{"spec":{"shutdown":"Terminate"}}`)
	cookie := b.cookies["kfp2argo-form"]
	require.True(t, cookie.HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
}

// TestLogin keeps a token that the cluster knows, out of reach of scripts.
func TestLogin(t *testing.T) {
	w := pagestest.New(t, repository)
	w.Fill()
	w.Know("good")
	b := newBrowser(t, w.Site(access.Token))
	answer := b.do(http.MethodGet, "/runs?text=x", nil, nil)
	require.Equal(t, http.StatusSeeOther, answer.StatusCode)
	require.Equal(t, "/login?next=%2Fruns%3Ftext%3Dx", answer.Header.Get("Location"))
	require.Contains(t, b.get(http.StatusOK, "/login?next=%2Fruns%3Ftext%3Dx"), `name="next" value="/runs?text=x"`)
	for _, token := range []string{"", "bad", "a b", "a\r\nb", strings.Repeat("a", 5000), "a;b"} {
		refused := b.post("/login", url.Values{"token": {token}})
		require.GreaterOrEqual(t, refused.StatusCode, 400, token)
		require.Nil(t, b.cookies["kfp2argo-token"])
	}
	for next, want := range map[string]string{"/runs?text=x": "/runs?text=x", "//evil.example": "/runs", "https://evil.example": "/runs", `/\evil.example`: "/runs", "": "/runs"} {
		answer = b.post("/login", url.Values{"token": {"good"}, "next": {next}})
		require.Equal(t, http.StatusSeeOther, answer.StatusCode)
		require.Equal(t, want, answer.Header.Get("Location"))
	}
	cookie := b.cookies["kfp2argo-token"]
	require.True(t, cookie.HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, cookie.SameSite)
	require.Contains(t, b.get(http.StatusOK, "/runs"), "Nightly training 3")
	w.Know("another") // it is taken back
	require.Equal(t, http.StatusSeeOther, b.do(http.MethodGet, "/runs", nil, nil).StatusCode)
	require.Nil(t, b.cookies["kfp2argo-token"])
	w.Know("good")
	b.get(http.StatusOK, "/login")
	b.post("/login", url.Values{"token": {"good"}})
	b.post("/logout", url.Values{})
	require.Nil(t, b.cookies["kfp2argo-token"])
}

// TestRoutes lets nobody do anything without a purpose that Kubernetes is asked
// about, in the mode that asks.
func TestRoutes(t *testing.T) {
	w := pagestest.New(t, repository)
	w.Fill()
	b := newBrowser(t, w.Site(access.Header))
	for _, address := range []string{"/runs", run("training-0003"), run("training-0003", "tasks", "clean-up", "log?attempt=0")} {
		require.Equal(t, http.StatusUnauthorized, b.do(http.MethodGet, address, nil, nil).StatusCode, address)
	}
	header := http.Header{http.CanonicalHeaderKey(access.UserHeader): {"user@example.com"}}
	require.Equal(t, http.StatusForbidden, b.do(http.MethodGet, "/runs", nil, header).StatusCode, "nobody has allowed it")
}

// TestCreator notes on a run who has started it.
func TestCreator(t *testing.T) {
	w := pagestest.New(t, repository)
	w.Fill()
	b := newBrowser(t, w.Site(access.Header))
	header := http.Header{http.CanonicalHeaderKey(access.UserHeader): {pagestest.Writer}, "Content-Type": {"application/x-www-form-urlencoded"}}
	again := run("outcomes-live", "again")
	require.Equal(t, http.StatusOK, b.do(http.MethodGet, again, nil, header).StatusCode)
	form := url.Values{"form-token": {b.cookies["kfp2argo-form"].Value}, "name": {"by ann"}}
	started := b.do(http.MethodPost, again, strings.NewReader(form.Encode()), header)
	require.Equal(t, http.StatusSeeOther, started.StatusCode)
	text, err := io.ReadAll(b.do(http.MethodGet, started.Header.Get("Location"), nil, header).Body)
	require.NoError(t, err)
	require.Contains(t, string(text), "<dt>Started by</dt><dd>"+pagestest.Writer+"</dd>")
	text, err = io.ReadAll(b.do(http.MethodGet, "/runs", nil, header).Body)
	require.NoError(t, err)
	require.Contains(t, string(text), " by "+pagestest.Writer)
}
