package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"k8s.io/client-go/rest"

	"github.com/kfp2argo/kfp2argo/serve/access"
	"github.com/kfp2argo/kfp2argo/serve/mlmd"
	"github.com/kfp2argo/kfp2argo/serve/pages"
	"github.com/kfp2argo/kfp2argo/serve/registry"
	kfp "github.com/kfp2argo/kfp2argo/serve/rest"
	"github.com/kfp2argo/kfp2argo/translate"
)

// Config says what a server serves, and to whom.
type Config struct {
	// Cluster is the cluster, with the server's own rights.
	Cluster *rest.Config
	// Namespaces are those that are served; one of them without authentication.
	Namespaces []string
	Auth       access.Mode
	UserHeader string
	// AllowedHosts are further names of a server without authentication, and
	// AllowedOrigins the sites whose pages may change something.
	AllowedHosts, AllowedOrigins []string
	// Base is the path below which browsers find the server, such as /pipeline, or
	// empty.
	Base string
	// PipelineObjects says that pipelines are written as KFP's own objects.
	PipelineObjects bool
	// Options are those of all translations.
	Options translate.Options
	// Records are the records of runs, or nil where there is no pipeline root to
	// find them.
	Records *Records
	// Complete gives a Workflow the nodes that Argo keeps in its database. It is nil
	// where there is no server of Argo's to ask.
	Complete func(context.Context, *wfv1.Workflow) error
	Log      *slog.Logger
}

// Server is the server.
type Server struct {
	config   Config
	gate     *access.Gate
	registry *registry.Registry
	api      *kfp.API
	router   *kfp.Router
	pages    *pages.Site
	hosts    hosts
	origins  *http.CrossOriginProtection
	metrics  *metrics
	// recorder is nil for a server that has no rights to see runs end.
	recorder *recorder
}

// The limits of requests.
const (
	headerTime  = 10 * time.Second
	requestTime = 60 * time.Second
	idleTime    = 2 * time.Minute
	endTime     = 20 * time.Second
	patience    = 10 * time.Second
	maxHeader   = 64 << 10
	service     = "ml-pipeline"
)

// New makes a server. It asks the cluster nothing yet.
func New(c Config) (*Server, error) {
	if c.Auth == access.None && len(c.Namespaces) != 1 {
		return nil, errors.New("without authentication a server serves one namespace")
	}
	cluster := rest.CopyConfig(c.Cluster)
	cluster.QPS = -1 // the API server says when it is too much
	cluster.UserAgent = "kfp2argo/" + translate.Version()
	cluster.WarningHandler = rest.NoWarnings{}
	s := &Server{
		config: c,
		gate:   &access.Gate{Mode: c.Auth, Config: cluster, UserHeader: c.UserHeader},
		registry: &registry.Registry{
			Namespaces: c.Namespaces, Indexes: map[string]*registry.Index{}, PipelineObjects: c.PipelineObjects, Complete: c.Complete,
		},
		router:  kfp.NewRouter(),
		origins: http.NewCrossOriginProtection(),
	}
	if c.Auth != access.Token {
		for _, namespace := range c.Namespaces {
			index, err := registry.NewIndex(cluster, namespace)
			if err != nil {
				return nil, err
			}
			s.registry.Indexes[namespace] = index
		}
	}
	s.remember(cluster)
	for _, origin := range c.AllowedOrigins {
		if err := s.origins.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("the origin %q: %w", origin, err)
		}
	}
	s.hosts = append(serviceHosts(service, c.Namespaces[0]), c.AllowedHosts...)
	s.metrics = newMetrics(s.registry.Indexes)
	s.api = &kfp.API{
		Options: c.Options, MultiUser: c.Auth != access.None, Patience: patience,
		Translated: func(d time.Duration) { s.metrics.translation.Observe(d.Seconds()) },
	}
	s.pages = pages.New(pages.Config{
		Gate: s.gate, Registry: s.registry, Base: c.Base, Options: c.Options, Now: time.Now, Status: kfp.StatusOf,
	})
	return s, nil
}

// remember lets the server know the runs whose Workflows are gone, and record
// those that end.
func (s *Server) remember(cluster *rest.Config) {
	if s.config.Records == nil {
		return
	}
	s.registry.History = registry.NewHistory(s.config.Records.Archive)
	if len(s.registry.Indexes) == 0 {
		return
	}
	s.recorder = newRecorder(s.config, s.registry, cluster)
	for _, index := range s.registry.Indexes {
		index.OnEnd(s.recorder.saw)
	}
}

// Run answers requests until the context ends, and then those that it has.
func (s *Server) Run(ctx context.Context, listener net.Listener) error {
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	for _, index := range s.registry.Indexes {
		go index.Run(watching)
	}
	switch {
	case s.recorder != nil:
		go s.recorder.run(watching)
	case s.registry.History != nil:
		go s.registry.History.Run(watching, s.config.Log, func() {})
	}
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       requestTime,
		WriteTimeout:      2 * requestTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(s.config.Log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	s.config.Log.Info("ending")
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTime)
	defer cancel()
	if err := server.Shutdown(ending); err != nil {
		return fmt.Errorf("ending: %w", err)
	}
	return nil
}

// ServeHTTP answers a request, and logs and counts it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/livez":
		w.WriteHeader(http.StatusOK)
		return
	case "/readyz":
		w.WriteHeader(s.readiness())
		return
	case "/metrics":
		s.metrics.handler().ServeHTTP(w, r)
		return
	}
	started := time.Now()
	seen := &seen{call: "unknown", status: http.StatusOK}
	defer func() {
		if cause := recover(); cause != nil {
			s.config.Log.Error("a bug", "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
			seen.status = kfp.WriteError(w, errors.New("internal error; the server's log says more"))
		}
		took := time.Since(started)
		s.metrics.observe(seen.call, seen.status, took)
		s.config.Log.Info("request", "method", r.Method, "path", r.URL.Path, "call", seen.call, "user", seen.user,
			"status", seen.status, "seconds", took.Seconds(), "error", seen.problem)
	}()
	s.answer(w, r, seen)
}

// seen is what is known of a request.
type seen struct {
	call, user, problem string
	status              int
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, seen *seen) {
	if method, ok := mlmd.Method(r.URL.Path); ok {
		s.metadata(w, r, method, seen)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, kfp.MaxBody)
	answer, err := s.call(r, seen)
	if errors.Is(err, errPage) {
		found := s.pages.Serve(w, r)
		seen.call, seen.user, seen.status, seen.problem = found.Call, found.User, found.Status, found.Problem
		return
	}
	if err != nil {
		seen.problem = err.Error()
		seen.status = kfp.WriteError(w, err)
		return
	}
	if text, ok := answer.(*kfp.Text); ok {
		seen.problem = stream(w, text)
		return
	}
	_ = kfp.WriteJSON(w, http.StatusOK, answer) // the client has gone
}

// stream writes a text as it comes, for as long as it does, and returns what has
// gone wrong, or nothing.
func stream(w http.ResponseWriter, text *kfp.Text) string {
	defer text.Close()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	control := http.NewResponseController(w)
	buffer := make([]byte, 32<<10)
	for {
		n, err := text.Read(buffer)
		if n > 0 {
			_ = control.SetWriteDeadline(time.Now().Add(requestTime))
			if _, err := w.Write(buffer[:n]); err != nil {
				return "" // the client has gone
			}
			_ = control.Flush()
		}
		if errors.Is(err, io.EOF) {
			return ""
		}
		if err != nil {
			return err.Error()
		}
	}
}

// errPage says that a request is for a page, and not for the API.
var errPage = errors.New("a page")

// call finds out what a request wants and who makes it, and does it.
func (s *Server) call(r *http.Request, seen *seen) (any, error) {
	if s.config.Auth == access.None {
		if err := s.hosts.check(r); err != nil {
			return nil, &kfp.StatusError{Status: http.StatusForbidden, Err: err}
		}
	}
	if err := s.origins.Check(r); err != nil {
		return nil, &kfp.StatusError{Status: http.StatusForbidden, Err: err}
	}
	below, ok := kfp.Below(r.URL.EscapedPath())
	if !ok {
		return nil, errPage
	}
	match, err := s.router.Find(r.Method, below)
	if err != nil {
		return nil, err
	}
	seen.call = match.Name
	if match.Resource == "" {
		return s.api.Serve(r, match, nil)
	}
	caller, err := s.gate.Enter(r, access.Purpose{Resource: match.Resource, Verb: match.Verb})
	if err != nil {
		return nil, err
	}
	seen.user = caller.Name
	view, err := s.registry.View(caller.Config, caller.Allow)
	if err != nil {
		return nil, err
	}
	return s.api.Serve(r, match, view.As(caller.Name))
}

// readiness says whether the server knows all runs.
func (s *Server) readiness() int {
	for _, index := range s.registry.Indexes {
		if !index.Ready() {
			return http.StatusServiceUnavailable
		}
	}
	return http.StatusOK
}
