package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRoutes looks every endpoint up under its own path, and others under none.
func TestRoutes(t *testing.T) {
	router := NewRouter()
	for _, e := range Endpoints() {
		path := strings.NewReplacer("{", "", "}", "").Replace(e.Path)
		found, err := router.Find(e.Method, path)
		require.NoError(t, err, path)
		require.Equal(t, e.Name, found.Name)
		require.True(t, e.Served() || e.Note != "", "%s is refused without a reason", e.Name)
	}
	for request, want := range map[string]string{
		"GET /v2beta1/runs/a%2Fb%3Ac":    "GetRun map[run_id:a/b:c]",
		"GET //v2beta1//runs/x":          "GetRun map[run_id:x]",
		"POST /v2beta1/runs/x:archive":   "ArchiveRun map[run_id:x]",
		"POST /v2beta1/runs/x%3Aarchive": "405",
		"PUT /v2beta1/runs":              "405",
		"GET /v2beta1/nothing":           "404",
		"GET /v2beta1/runs/%zz":          "404",
	} {
		method, path, _ := strings.Cut(request, " ")
		found, err := router.Find(method, path)
		if err != nil {
			require.Equal(t, want, fmt.Sprint(statusOf(err)), request)
			continue
		}
		require.Equal(t, want, fmt.Sprint(found.Name, " ", found.vars), request)
	}
}

func TestBelow(t *testing.T) {
	for path, want := range map[string]string{
		"/apis/v2beta1/runs":           "v2beta1/runs",
		"/pipeline/apis/v2beta1/runs":  "v2beta1/runs",
		"//apis/v2beta1/runs":          "v2beta1/runs",
		"/runs":                        "",
		"/apis/v2beta1/runs/x/apis/y/": "v2beta1/runs/x/apis/y/",
	} {
		below, ok := Below(path)
		require.Equal(t, want, below)
		require.Equal(t, want != "", ok)
	}
}

func TestDecode(t *testing.T) {
	type body struct {
		DisplayName string `json:"display_name"`
		Count       Int64  `json:"count"`
		source
	}
	for text, want := range map[string]string{
		`{"display_name": "a", "count": 3}`:         "",
		`{"displayName": "a", "count": "3"}`:        "",
		`{"displayName": "a", "display_name": "b"}`: "there are two fields display_name",
		`{"color": 1}`: `unknown field "color"`,
		`{"runtime_config": {"pipelineRoot": "x", "parameters": {"aB": 1}}}`:  "",
		`{"runtime_config": {"root": "x"}}`:                                   `unknown field "root"`,
		`{"pipeline_version_reference": {"pipelineId": "x", "version": "y"}}`: `unknown field "version"`,
		`{"count": 1.5}`: "1.5 is no whole number",
		`[]`:             "cannot unmarshal array",
		`{} {}`:          "there is more behind the end of the JSON",
		``:               "EOF",
	} {
		var b body
		err := decode([]byte(text), &b)
		if want == "" {
			require.NoError(t, err, text)
			continue
		}
		require.ErrorContains(t, err, want, text)
	}
	out, err := json.Marshal(struct{ N Int64 }{1 << 60})
	require.NoError(t, err)
	require.JSONEq(t, `{"N": "1152921504606846976"}`, string(out))
}

func TestProblem(t *testing.T) {
	status, p := problemOf(&refusedError{"this", "because"})
	require.Equal(t, http.StatusNotImplemented, status)
	text, err := json.Marshal(p)
	require.NoError(t, err)
	require.JSONEq(t, `{"error": "this is not supported: because", "code": 12, "message": "this is not supported: because", "details": []}`, string(text))
}

// FuzzFind makes sure that any path leads somewhere or nowhere.
func FuzzFind(f *testing.F) {
	f.Add("GET", "/v2beta1/runs/a%2Fb:archive")
	router := NewRouter()
	f.Fuzz(func(t *testing.T, method, path string) {
		m, err := router.Find(method, path)
		if (m == nil) != (err != nil) {
			t.Fatal(m, err)
		}
	})
}

// FuzzDecode makes sure that any body is an object of known fields, or refused.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"displayName": "a", "trigger": {"cronSchedule": {"cron": "0 0 3 * * *", "start_time": "2026-01-01T00:00:00Z"}}, "runtime_config": {"parameters": {"n": 1e400}}}`))
	f.Add([]byte(`{"max_concurrency": "3", "trigger": {"periodic_schedule": {"interval_second": 60}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var body struct {
			source
			DisplayName    string  `json:"display_name"`
			MaxConcurrency Int64   `json:"max_concurrency"`
			Trigger        trigger `json:"trigger"`
		}
		if decode(text, &body) != nil {
			return
		}
		if !json.Valid(text) {
			t.Fatalf("no JSON: %q", text)
		}
		if when, err := body.Trigger.model(); err == nil && when.Every < 0 {
			t.Fatal(when)
		}
	})
}
