package pod_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/faulttable"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/place"
	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/runtime/store/storetest"
)

// TestKilledBeforeProgram kills a pod whose driver has handed over the keys of the
// store: what is left of it is in its own directories, and the next attempt has its
// own keys.
func TestKilledBeforeProgram(t *testing.T) {
	require.Equal(t, 2, faulttable.Of(t, faulttable.PodKilled, faulttable.Fetch).Attempts, "the first and the second")
	dir := t.TempDir()
	first := newTask(t, dir, model())
	first.give("epochs", "1")
	require.Zero(t, first.drive().code)
	require.FileExists(t, first.root.Path(contract.KeysFile))
	require.Empty(t, outputsIn(stored(t, dir)))
	first.requireNoOutputs()

	second := newTask(t, dir, model())
	second.give("epochs", "1")
	second.mustRun("sh", "-c", `echo 1 > "$0"`, "{{$.outputs.parameters['loss'].output_file}}")
	require.NoFileExists(t, second.root.Path(contract.KeysFile))
	require.FileExists(t, first.root.Path(contract.KeysFile), "each pod has its own")
}

// TestKilledBeforeLog kills a launcher whose program has ended, while it stores the
// log: the attempt has no outputs, no record and no log, and the next one has.
func TestKilledBeforeLog(t *testing.T) {
	require.Equal(t, 2, faulttable.Of(t, faulttable.PodKilled, faulttable.Store).Attempts, "the first and the second")
	server := storetest.StartServer(t)
	server.MakeBucket(t, "bucket")
	storing := make(chan struct{}, 1)
	proxied := server
	proxied.Address = hangingAtLog(t, server, storing)
	attempt := func(server storetest.Server) *task {
		p := newTask(t, "", model())
		p.document.Run.PipelineRoot = server.Root("s3", "bucket/root")
		p.environ = append(p.environ, server.Environment()...)
		p.give("epochs", "1")
		require.Zero(t, p.drive().code)
		return p
	}
	command := []string{"sh", "-c", `echo said; echo 1 > "$0"; echo weights > "$1"`,
		"{{$.outputs.parameters['loss'].output_file}}", "{{$.outputs.artifacts['model'].path}}"}

	first := attempt(proxied)
	launcher := first.launcher(command...)
	require.NoError(t, launcher.Start())
	<-storing
	require.NoError(t, launcher.Process.Signal(syscall.SIGKILL))
	require.Error(t, launcher.Wait())
	first.requireNoOutputs()

	second := attempt(server)
	r := second.launch(command...)
	require.Zero(t, r.code, r.stderr)
	require.Equal(t, "1", second.output("a-loss"))
	logs := 0
	opened, err := store.Open(second.document.Run.PipelineRoot, server.Getenv)
	require.NoError(t, err)
	for object, err := range opened.List(t.Context(), opened.Root()) {
		require.NoError(t, err)
		if attempt, ok := strings.CutSuffix(object.URI.String(), "/"+place.ExecutorLogs); ok {
			logs++
			require.Equal(t, second.artifact("model").URI, attempt+"/model")
		}
	}
	require.Equal(t, 1, logs)
}

// hangingAtLog is a proxy of a server that never answers who stores a log, and
// tells of it. It returns its address.
func hangingAtLog(t *testing.T, server storetest.Server, storing chan<- struct{}) string {
	t.Helper()
	target := &url.URL{Scheme: "http", Host: server.Address}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host // it is signed
	}}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/"+place.ExecutorLogs) {
			select {
			case storing <- struct{}{}:
			default:
			}
			_, _ = io.Copy(io.Discard, r.Body) // only then is it noticed that the client goes
			<-r.Context().Done()
			return
		}
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	return strings.TrimPrefix(proxy.URL, "http://")
}
