package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
	"sigs.k8s.io/yaml"
)

// object is an object of Kubernetes.
type object map[string]any

func (o object) field(path ...string) string {
	var at any = map[string]any(o)
	for _, name := range path {
		within, ok := at.(map[string]any)
		if !ok {
			return ""
		}
		at = within[name]
	}
	text, _ := at.(string)
	return text
}

// apiServer is an API server with the objects of a directory. A Workflow that is
// asked to end does so.
type apiServer struct {
	dir     string
	mu      sync.Mutex
	objects map[string][]object // by kind
	changed chan struct{}
}

// startCluster starts an API server, for the rest of the script: `cluster dir
// kubeconfig`. The directory has objects in YAML, and logs as POD.CONTAINER.log.
func startCluster(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cluster dir kubeconfig")
	}
	s := &apiServer{dir: ts.MkAbs(args[0]), objects: map[string][]object{}, changed: make(chan struct{})}
	files, err := filepath.Glob(filepath.Join(s.dir, "*.yaml"))
	ts.Check(err)
	for _, name := range files {
		text, err := os.ReadFile(name)
		ts.Check(err)
		for document := range strings.SplitSeq(string(text), "\n---\n") {
			var o object
			ts.Check(yaml.Unmarshal([]byte(document), &o))
			s.objects[o.field("kind")] = append(s.objects[o.field("kind")], o)
		}
	}
	server := httptest.NewServer(s)
	ts.Defer(server.CloseClientConnections)
	kubeconfig := "apiVersion: v1\nkind: Config\nclusters: [{name: c, cluster: {server: '" + server.URL + "'}}]\nusers: [{name: u}]\n" +
		"contexts: [{name: c, context: {cluster: c, user: u, namespace: team}}]\ncurrent-context: c\n"
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(kubeconfig), 0o600))
}

func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	path := strings.Split(r.URL.Path, "/")
	last := path[len(path)-1]
	switch {
	case last == "log":
		s.log(w, path[len(path)-2]+"."+r.URL.Query().Get("container")+".log")
	case last == "workflows" && r.URL.Query().Get("watch") != "":
		s.watch(w, r)
	case last == "workflows" && r.Method == http.MethodPost:
		s.create(w, r)
	case last == "workflows":
		s.list(w, "Workflow", "")
	case last == "namespaces":
		s.list(w, "Namespace", "")
	case last == "pods":
		s.list(w, "Pod", "")
	case last == "events":
		_, pod, _ := strings.Cut(r.URL.Query().Get("fieldSelector"), "involvedObject.name=")
		s.list(w, "Event", pod)
	case r.Method == http.MethodPatch:
		s.end(w, last)
	default:
		s.get(w, last)
	}
}

func (s *apiServer) log(w http.ResponseWriter, file string) {
	text, err := os.ReadFile(filepath.Join(s.dir, file))
	if err != nil {
		notFound(w, file)
		return
	}
	for line := range strings.Lines(string(text)) {
		_, _ = io.WriteString(w, "2026-11-24T15:31:00.000000001Z "+line)
	}
}

func (s *apiServer) list(w http.ResponseWriter, kind, pod string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	items := []object{}
	for _, o := range s.objects[kind] {
		if pod == "" || o.field("involvedObject", "name") == pod {
			items = append(items, o)
		}
	}
	version := "v1"
	if kind == "Workflow" {
		version = "argoproj.io/v1alpha1"
	}
	answer(w, object{"kind": kind + "List", "apiVersion": version, "items": items})
}

func (s *apiServer) find(name string) object {
	for _, o := range s.objects["Workflow"] {
		if o.field("metadata", "name") == name {
			return o
		}
	}
	return nil
}

func (s *apiServer) get(w http.ResponseWriter, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o := s.find(name); o != nil {
		answer(w, o)
		return
	}
	notFound(w, name)
}

func (s *apiServer) create(w http.ResponseWriter, r *http.Request) {
	var o object
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		panic(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	metadata := o["metadata"].(map[string]any)
	metadata["name"] = o.field("metadata", "generateName") + "x7k2p"
	metadata["namespace"] = "team"
	s.objects["Workflow"] = append(s.objects["Workflow"], o)
	w.WriteHeader(http.StatusCreated)
	answer(w, o)
}

// watch tells how the Workflow stands, and again when it has changed.
func (s *apiServer) watch(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Query().Get("fieldSelector"), "metadata.name=")
	for {
		s.mu.Lock()
		answer(w, object{"type": "MODIFIED", "object": s.find(name)})
		changed := s.changed
		s.mu.Unlock()
		w.(http.Flusher).Flush()
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
	}
}

// end ends a Workflow as Argo does after it has been asked to, unless Argo is not
// there: then it has no phase.
func (s *apiServer) end(w http.ResponseWriter, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.find(name)
	if status, ok := o["status"].(map[string]any); ok {
		status["phase"], status["message"] = "Failed", "Stopped with strategy 'Terminate'"
		nodes, _ := status["nodes"].(map[string]any)
		for _, n := range nodes {
			if n := n.(map[string]any); n["phase"] == "Pending" || n["phase"] == "Running" {
				n["phase"], n["message"] = "Failed", "workflow shutdown with strategy:  Terminate"
			}
		}
	}
	close(s.changed)
	s.changed = make(chan struct{})
	answer(w, o)
}

func notFound(w http.ResponseWriter, name string) {
	w.WriteHeader(http.StatusNotFound)
	answer(w, object{"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404, "reason": "NotFound", "message": name + " not found"})
}

func answer(w io.Writer, o object) {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	_, _ = w.Write(append(text, '\n')) // who asked may have left
}
