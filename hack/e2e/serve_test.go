//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// served is a running kfp2argo serve, and how it is asked.
type served struct {
	t      *testing.T
	base   string
	client *http.Client
}

// serve starts a server, which must end well when the test does.
func (p program) serve(args ...string) served {
	p.t.Helper()
	all := append([]string{"--store-secret", storeSecret}, args...)
	if image := os.Getenv("KFP2ARGO_IMAGE"); image != "" {
		all = append(all, "--image", image)
	}
	s, end := p.startServer(all...)
	p.t.Cleanup(end)
	return s
}

// startServer starts a server, and returns what ends it.
func (p program) startServer(args ...string) (served, func()) {
	p.t.Helper()
	ctx := context.WithoutCancel(p.t.Context())
	command := exec.CommandContext(ctx, p.path, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	command.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID="+variable(p.t, "KFP2ARGO_S3_ACCESS_KEY"), "AWS_SECRET_ACCESS_KEY="+variable(p.t, "KFP2ARGO_S3_SECRET_KEY"))
	var log bytes.Buffer
	command.Stderr = &log
	out, err := command.StdoutPipe()
	require.NoError(p.t, err)
	require.NoError(p.t, command.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(p.t, err, "it does not serve: %s", &log)
	return served{p.t, strings.TrimSpace(line), http.DefaultClient}, func() {
		p.t.Helper()
		require.NoError(p.t, command.Process.Signal(syscall.SIGTERM))
		err := command.Wait()
		if p.t.Failed() {
			p.t.Log(log.String())
		}
		require.NoError(p.t, err, "it does not end well")
	}
}

// ask sends a request and returns the status and the JSON of the answer.
func (s served) ask(r *http.Request) (int, map[string]any) {
	s.t.Helper()
	answer, err := s.client.Do(r)
	require.NoError(s.t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	require.NoError(s.t, err)
	var object map[string]any
	require.NoError(s.t, json.Unmarshal(text, &object), "%s %s: %s", r.Method, r.URL, text)
	return answer.StatusCode, object
}

// request makes a request below /apis/v2beta1 with a body, which may be nil.
func (s served) request(method, path string, body any) *http.Request {
	s.t.Helper()
	var text io.Reader = http.NoBody
	if body != nil {
		raw, err := json.Marshal(body)
		require.NoError(s.t, err)
		text = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.base+"/apis/v2beta1"+path, text)
	require.NoError(s.t, err)
	return r
}

// good sends a request that must succeed.
func (s served) good(method, path string, body any) map[string]any {
	s.t.Helper()
	status, answer := s.ask(s.request(method, path, body))
	require.Equal(s.t, http.StatusOK, status, "%s %s: %v", method, path, answer)
	return answer
}

// pipeline reads an example as the SDK posts it.
func pipelineSpec(t *testing.T, file string) any {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var spec map[string]any
	require.NoError(t, yaml.Unmarshal(text, &spec))
	return spec
}

// start starts a run, and deletes it in the end.
func (s served) start(name string, spec any, parameters map[string]any) string {
	s.t.Helper()
	id, ok := s.good(http.MethodPost, "/runs", map[string]any{
		"display_name": name, "pipeline_spec": spec, "runtime_config": map[string]any{"parameters": parameters},
	})["run_id"].(string)
	require.True(s.t, ok)
	return id
}

// wait waits for the end of a run, as the client does.
func (s served) wait(id string) map[string]any {
	s.t.Helper()
	for bound := time.Now().Add(runTime); ; {
		run := s.good(http.MethodGet, "/runs/"+id, nil)
		if run["state"] == "SUCCEEDED" || run["state"] == "FAILED" {
			return run
		}
		require.True(s.t, time.Now().Before(bound), "it hangs: %v", run)
		timer := time.NewTimer(time.Second)
		select {
		case <-timer.C:
		case <-s.t.Context().Done():
			s.t.Fatal("the test ends")
		}
	}
}

// TestServeRuns runs pipelines through the API: one succeeds, and one is
// terminated.
func TestServeRuns(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	s := p.serve("-n", namespace, "--pipeline-root", p.root)
	hello := pipelineSpec(t, "../../examples/hello.yaml")

	id := s.start("succeeds", hello, map[string]any{"recipient": `é"{{x}}`})
	run := s.wait(id)
	require.Equal(t, "SUCCEEDED", run["state"], "%v", run)
	require.NotEmpty(t, run["finished_at"])
	require.Equal(t, `é"{{x}}`, run["runtime_config"].(map[string]any)["parameters"].(map[string]any)["recipient"])
	require.Equal(t, hello, run["pipeline_spec"])
	tasks := run["run_details"].(map[string]any)["task_details"].([]any)
	require.Len(t, tasks, 2)
	for _, task := range tasks {
		require.NotEmpty(t, task.(map[string]any)["pod_name"])
		require.Contains(t, []string{"SUCCEEDED", "SKIPPED"}, task.(map[string]any)["state"])
	}

	other := s.start("terminated", pipelineSpec(t, cases+"outcomes.yaml"), map[string]any{"seconds": 3600, "bad": -1})
	s.good(http.MethodPost, "/runs/"+other+":terminate", nil)
	run = s.wait(other)
	require.Equal(t, "FAILED", run["state"], "%v", run)
	require.Equal(t, "terminated", run["error"].(map[string]any)["message"])
	status, _ := s.ask(s.request(http.MethodPost, "/runs/"+other+":terminate", nil))
	require.Equal(t, http.StatusBadRequest, status, "it has ended")

	s.good(http.MethodPost, "/runs/"+id+":archive", nil)
	filter := url.QueryEscape(`{"predicates": [{"operation": "EQUALS", "key": "storage_state", "string_value": "ARCHIVED"}, {"operation": "EQUALS", "key": "run_id", "string_value": "` + id + `"}]}`)
	require.InDelta(t, 1, s.good(http.MethodGet, "/runs?filter="+filter, nil)["total_size"], 0)
	for _, run := range []string{id, other} {
		s.good(http.MethodDelete, "/runs/"+run, nil)
		status, _ := s.ask(s.request(http.MethodGet, "/runs/"+run, nil))
		require.Equal(t, http.StatusNotFound, status)
	}
}

// TestServeRefuses asks for what is wrong or comes from elsewhere.
func TestServeRefuses(t *testing.T) {
	t.Parallel()
	p := buildProgram(t)
	s := p.serve("-n", namespace)
	for name, test := range map[string]struct {
		method, path string
		body         any
		header       string // or Host
		status       int
		message      string
	}{
		"other origin":  {http.MethodPost, "/experiments", map[string]any{"display_name": "x"}, "Origin: http://evil.example.com", 403, "cross-origin"},
		"other host":    {http.MethodGet, "/runs", nil, "Host: evil.example.com", 403, "does not go by the name"},
		"no call":       {http.MethodGet, "/nothing", nil, "", 404, "there is no call"},
		"no method":     {http.MethodPut, "/runs", nil, "", 405, "no method"},
		"parameter":     {http.MethodGet, "/runs?color=red", nil, "", 400, `has no parameter "color"`},
		"field":         {http.MethodPost, "/experiments", map[string]any{"color": 1}, "", 400, `unknown field "color"`},
		"fetches":       {http.MethodPost, "/pipelines", map[string]any{}, "", 501, "fetches no URL"},
		"no namespace":  {http.MethodGet, "/runs?namespace=other", nil, "", 400, `does not serve namespace "other"`},
		"no pipeline":   {http.MethodPost, "/runs", map[string]any{"display_name": "x"}, "", 400, "needs one of pipeline_spec"},
		"no experiment": {http.MethodPost, "/runs", map[string]any{"display_name": "x", "experiment_id": "x", "pipeline_spec": map[string]any{}}, "", 404, "Experiment x not found"},
		"a diagnostic":  {http.MethodPost, "/runs", map[string]any{"display_name": "x", "pipeline_spec": map[string]any{"root": 1}}, "", 400, "pipeline.yaml:1:"},
	} {
		t.Run(name, func(t *testing.T) {
			r := s.request(test.method, test.path, test.body)
			key, value, _ := strings.Cut(test.header, ": ")
			if key == "Host" {
				r.Host = value
			} else if key != "" {
				r.Header.Set(key, value)
			}
			status, answer := s.ask(r)
			require.Equal(t, test.status, status, "%v", answer)
			require.Contains(t, answer["message"], test.message)
		})
	}
}
