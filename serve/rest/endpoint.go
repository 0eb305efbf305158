package rest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Endpoint is one call of KFP's API.
type Endpoint struct {
	// Name is what KFP's service definitions call it.
	Name string
	// Method and Path say where it is: the path below /apis, with variables in
	// braces.
	Method, Path string
	// Resource and Verb are what Kubeflow asks Kubernetes about, in its group
	// pipelines.kubeflow.org. Both are empty for a call that anybody may make.
	Resource, Verb string
	// Note says what differs from KFP, or why the call is refused.
	Note string

	query  []string // the parameters that are known
	handle func(*call) (any, error)
}

// Served reports whether the call is answered, and not refused.
func (e Endpoint) Served() bool { return e.handle != nil }

// Table writes the endpoints as a table in Markdown.
func Table() string {
	var out strings.Builder
	out.WriteString("| call | answered | what differs from KFP |\n|---|---|---|\n")
	for _, e := range Endpoints() {
		answered := "yes"
		if !e.Served() {
			answered = "501"
		}
		fmt.Fprintf(&out, "| `%s %s` | %s | %s |\n", e.Method, e.Path, answered, e.Note)
	}
	return out.String()
}

// Match is an endpoint that a request is for.
type Match struct {
	Endpoint
	vars map[string]string
}

// Router finds endpoints.
type Router struct {
	endpoints []Endpoint
	patterns  [][]string
}

// NewRouter returns a router for all endpoints.
func NewRouter() *Router {
	r := &Router{endpoints: Endpoints()}
	for _, e := range r.endpoints {
		r.patterns = append(r.patterns, segments(e.Path))
	}
	return r
}

// segments splits a path. The verb behind a colon is a segment of its own, for
// nothing else has an escaped colon in it.
func segments(path string) []string {
	all := strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
	if len(all) == 0 {
		return nil
	}
	last, verb, ok := strings.Cut(all[len(all)-1], ":")
	all[len(all)-1] = last
	if ok {
		all = append(all, ":"+verb)
	}
	return all
}

// Below returns what follows /apis in an escaped path, whatever prefix is before
// that: /pipeline/apis/v2beta1/runs is v2beta1/runs. Clients write two slashes.
func Below(escaped string) (rest string, ok bool) {
	_, rest, ok = strings.Cut(escaped, "/apis/")
	return rest, ok
}

// Find returns the endpoint of a request. Below is the escaped path behind /apis.
// The error is a [*StatusError].
func (r *Router) Find(method, below string) (*Match, error) {
	path := segments(below)
	known := false
	for i, pattern := range r.patterns {
		vars, ok := match(pattern, path)
		if !ok {
			continue
		}
		known = true
		if r.endpoints[i].Method == method {
			return &Match{r.endpoints[i], vars}, nil
		}
	}
	if known {
		return nil, &StatusError{http.StatusMethodNotAllowed, fmt.Errorf("%s is no method of /apis/%s", method, below)}
	}
	return nil, &StatusError{http.StatusNotFound, fmt.Errorf("there is no call %s /apis/%s", method, below)}
}

func match(pattern, path []string) (map[string]string, bool) {
	if len(pattern) != len(path) {
		return nil, false
	}
	vars := map[string]string{}
	for i, want := range pattern {
		name, isVar := strings.CutPrefix(want, "{")
		switch {
		case isVar:
			value, err := url.PathUnescape(path[i])
			if err != nil || value == "" {
				return nil, false
			}
			vars[strings.TrimSuffix(name, "}")] = value
		case want != path[i]:
			return nil, false
		}
	}
	return vars, true
}

// checkQuery refuses parameters that the endpoint does not have.
func (e Endpoint) checkQuery(query url.Values) error {
	for name := range query {
		if !slices.Contains(e.query, name) {
			return bad("%s has no parameter %q", e.Name, name)
		}
	}
	return nil
}
