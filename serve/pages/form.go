package pages

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// The cookies. None is readable for scripts, and none goes with what another site
// makes the browser ask.
const (
	loginCookie = "kfp2argo-token"
	formCookie  = "kfp2argo-form"
	// formField is the field with the token of a form.
	formField = "form-token"
	// maxCookie is how long a token may be: browsers drop longer cookies.
	maxCookie = 3800
	// maxForm bounds what a form sends, but for files.
	maxForm = 4 << 20
)

// formError is a form that is refused.
type formError struct {
	status  int
	problem string
}

func (e *formError) Error() string { return e.problem }

func badForm(problem string) error { return &formError{http.StatusBadRequest, problem} }

func (v *visit) setCookie(name, value string, age int) {
	http.SetCookie(v.writer, &http.Cookie{
		Name: name, Value: value, Path: v.site.config.Base + "/", MaxAge: age, HttpOnly: true, Secure: v.secure, SameSite: http.SameSiteStrictMode,
	})
}

// formToken is what a form of this browser must bring along: the text of a cookie
// that no other site can read or set.
func (v *visit) formToken() string {
	if cookie, err := v.request.Cookie(formCookie); err == nil && cookie.Value != "" {
		return cookie.Value
	}
	token := rand.Text()
	v.setCookie(formCookie, token, 0)
	return token
}

// checkForm reads a form and refuses one that is not of this browser.
func (v *visit) checkForm() error {
	read := v.request.ParseForm
	if strings.HasPrefix(v.request.Header.Get("Content-Type"), "multipart/form-data") {
		read = func() error { return v.request.ParseMultipartForm(maxForm) }
	}
	if err := read(); err != nil {
		return badForm("the form cannot be read: " + err.Error())
	}
	cookie, err := v.request.Cookie(formCookie)
	given := v.request.PostForm.Get(formField)
	if v.request.MultipartForm != nil && given == "" {
		given = v.request.FormValue(formField)
	}
	if err != nil || cookie.Value == "" || subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(given)) != 1 {
		return &formError{http.StatusForbidden, "this form is not one of this server's for your browser, or its cookie is gone: go back, load the page again, and send it once more"}
	}
	return nil
}

// loginContent is what the page for logging in says.
type loginContent struct{ Next, Problem string }

func showLogin(v *visit) (answer, error) {
	if v.site.config.Gate.Mode != access.Token {
		return redirect{"/runs"}, nil
	}
	return loginPage(v.request.URL.Query().Get("next"), "", http.StatusOK), nil
}

func loginPage(next, problem string, status int) page {
	return page{Look: "login", Title: "Log in", Status: status, Content: loginContent{local(next), problem}}
}

// local is an address within this site: that of another would make the login a
// way to lead people astray.
func local(next string) string {
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/runs"
	}
	return next
}

// logIn keeps a token in a cookie if Kubernetes takes it.
func logIn(v *visit) (answer, error) {
	next, token := v.request.PostForm.Get("next"), strings.TrimSpace(v.request.PostForm.Get("token"))
	switch {
	case v.site.config.Gate.Mode != access.Token:
		return redirect{"/runs"}, nil
	case token == "" || len(token) > maxCookie || strings.ContainsFunc(token, notInToken):
		return loginPage(next, "This is no token: it has one line, of letters, digits and . _ - ~ + / = only.", http.StatusBadRequest), nil
	}
	v.request.Header.Set("Authorization", "Bearer "+token)
	err := v.enter(access.Purpose{Resource: "pipelines", Verb: "list"})
	if err == nil {
		_, err = v.view.Pipelines(v, v.namespace)
	}
	var invalid *registry.InvalidError
	switch {
	case apierrors.IsUnauthorized(err):
		v.view = nil
		return loginPage(next, "The cluster does not know this token, or no longer.", http.StatusUnauthorized), nil
	case err != nil && !apierrors.IsForbidden(err) && !errors.As(err, &invalid):
		return nil, err
	}
	v.setCookie(loginCookie, token, 0)
	return redirect{local(next)}, nil
}

func notInToken(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	return !letter && !strings.ContainsRune("._-~+/=", r)
}

func logOut(v *visit) (answer, error) {
	v.setCookie(loginCookie, "", -1)
	return redirect{"/login"}, nil
}
