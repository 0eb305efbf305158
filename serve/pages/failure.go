package pages

import (
	"net/http"
	"net/url"
	"unicode"
	"unicode/utf8"

	"github.com/kfp2argo/kfp2argo/serve/access"
)

// failureContent is what the page of an error says.
type failureContent struct {
	Text, Hint string
}

// fail writes the page of an error, or that for logging in, and returns the
// status.
func (v *visit) fail(err error) int {
	status := v.site.status(err)
	if status == http.StatusUnauthorized && v.site.config.Gate.Mode == access.Token {
		if _, had := v.request.Cookie(loginCookie); had == nil {
			v.setCookie(loginCookie, "", -1)
		}
		v.view = nil
		if v.request.Method != http.MethodGet {
			return loginPage("/runs", "You have been logged out meanwhile.", status).write(v)
		}
		next := v.request.URL.RequestURI()
		return redirect{"/login?" + url.Values{"next": {next}}.Encode()}.write(v)
	}
	titles := map[int]string{
		http.StatusNotFound: "Not found", http.StatusForbidden: "Not allowed", http.StatusUnauthorized: "Who are you?",
		http.StatusServiceUnavailable: "The cluster does not answer", http.StatusBadRequest: "This cannot be done",
		http.StatusConflict: "Somebody was faster",
	}
	title := titles[status]
	if title == "" {
		title = "Something went wrong"
	}
	return page{Look: "failure", Title: title, Status: status, Content: failureContent{capital(err.Error()), hintOf(status)}}.write(v)
}

// hintOf says what one can do about an error.
func hintOf(status int) string {
	switch status {
	case http.StatusNotFound:
		return "It may have been deleted, or be in a namespace that you may not see."
	case http.StatusForbidden:
		return "Ask who looks after the cluster for the rights that docs/server.md lists."
	case http.StatusUnauthorized:
		return "A gateway before this server must say who you are."
	case http.StatusServiceUnavailable:
		return "Load the page again in a moment."
	}
	return ""
}

func capital(text string) string {
	if text == "" {
		return text
	}
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
