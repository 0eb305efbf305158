// Package pagestest has a world to look at: runs that go on, that have ended and
// that only a store remembers, some of them hostile, behind an API server that
// has nothing else. Tests of pages and of browsers share it.
package pagestest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
)

// Cluster is an API server that keeps the objects that it is given in memory. It
// knows nothing of them: it creates, lists, watches, merges and deletes.
type Cluster struct {
	mu       sync.Mutex
	objects  map[string]map[string]any // by path
	version  int
	watchers map[chan event]string // the collection of each
	logs     map[string]string     // by pod
	// tokens are those that are known, or nil where nobody is asked for one.
	tokens map[string]bool
	// forbidden are the kinds, such as events, that nobody may read.
	forbidden []string
	// changes are the requests that changed something, reads the paths of those
	// that asked for something.
	changes, reads []string
}

type event struct {
	Type   string `json:"type"`
	Object any    `json:"object"`
}

func newCluster() *Cluster {
	return &Cluster{objects: map[string]map[string]any{}, watchers: map[chan event]string{}, logs: map[string]string{}, version: 1000}
}

// Writer is the user who may do everything, where Kubernetes is asked about one.
const Writer = "ann@example.com"

// Changes lists the requests that have changed something: method, path, body.
func (c *Cluster) Changes() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.changes)
}

// Reads lists the paths of the requests that have asked for something, but for
// watches and logs.
func (c *Cluster) Reads() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.reads)
}

// Know lets the server answer only who brings one of the tokens.
func (c *Cluster) Know(tokens ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens = map[string]bool{}
	for _, t := range tokens {
		c.tokens[t] = true
	}
}

// Forbid lets nobody read objects of some kinds, such as pods, from now on.
func (c *Cluster) Forbid(kinds ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forbidden = kinds
}

// Put makes an object or replaces it, and tells who watches.
func (c *Cluster) Put(collection string, object any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(collection, plain(object))
}

// plain is an object as JSON has it.
func plain(object any) map[string]any {
	text, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	return out
}

func metaOf(object map[string]any) map[string]any {
	meta, ok := object["metadata"].(map[string]any)
	if !ok {
		meta = map[string]any{}
		object["metadata"] = meta
	}
	return meta
}

func (c *Cluster) put(collection string, object map[string]any) {
	meta := metaOf(object)
	c.version++
	meta["resourceVersion"] = fmt.Sprint(c.version)
	path := collection + "/" + fmt.Sprint(meta["name"])
	kind := "MODIFIED"
	if c.objects[path] == nil {
		kind = "ADDED"
	}
	c.objects[path] = object
	c.tell(collection, event{kind, object})
}

func (c *Cluster) tell(collection string, e event) {
	for to, of := range c.watchers {
		if of == collection {
			to <- e
		}
	}
}

// ServeHTTP answers as an API server does.
func (c *Cluster) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("watch") != "" {
		c.watch(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body) // of this process
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.knows(r):
		refuse(w, http.StatusUnauthorized, "Unauthorized")
	case r.Method == http.MethodGet && slices.ContainsFunc(c.forbidden, func(kind string) bool { return slices.Contains(strings.Split(r.URL.Path, "/"), kind) }):
		refuse(w, http.StatusForbidden, "Forbidden")
	case strings.HasPrefix(r.URL.Path, "/apis/pipelines.kubeflow.org/"): // it is not installed
		refuse(w, http.StatusNotFound, "NotFound")
	case strings.HasSuffix(r.URL.Path, "/log"):
		c.log(w, r)
	case r.Method == http.MethodGet:
		c.reads = append(c.reads, r.URL.Path)
		c.get(w, r)
	default:
		c.changes = append(c.changes, r.Method+" "+r.URL.Path+" "+string(body))
		c.change(w, r, body)
	}
}

func (c *Cluster) knows(r *http.Request) bool {
	return c.tokens == nil || c.tokens[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
}

func (c *Cluster) log(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	text, ok := c.logs[parts[len(parts)-2]]
	if !ok {
		refuse(w, http.StatusNotFound, "NotFound")
		return
	}
	w.Header().Set("Content-Type", "text/plain")
	_, _ = io.WriteString(w, text)
}

func (c *Cluster) get(w http.ResponseWriter, r *http.Request) {
	if o := c.objects[r.URL.Path]; o != nil {
		answer(w, http.StatusOK, o)
		return
	}
	if !isCollection(r.URL.Path) {
		refuse(w, http.StatusNotFound, "NotFound")
		return
	}
	items := []any{}
	for _, path := range names(c.objects) {
		if o := c.objects[path]; collectionOf(path) == r.URL.Path && selected(o, r.URL.Query().Get("labelSelector")) {
			items = append(items, o)
		}
	}
	kind := map[string]string{"workflows": "WorkflowList", "configmaps": "ConfigMapList", "cronworkflows": "CronWorkflowList", "pods": "PodList", "events": "EventList"}
	parts := strings.Split(r.URL.Path, "/")
	answer(w, http.StatusOK, map[string]any{
		"kind": kind[parts[len(parts)-1]], "apiVersion": versionOf(r.URL.Path),
		"metadata": map[string]any{"resourceVersion": fmt.Sprint(c.version)}, "items": items,
	})
}

func versionOf(path string) string {
	if strings.HasPrefix(path, "/api/v1/") {
		return "v1"
	}
	return "argoproj.io/v1alpha1"
}

// isCollection reports whether a path ends with a kind, as those of objects end
// with a name.
func isCollection(path string) bool {
	parts := strings.Split(path, "/")
	return len(parts) > 1 && parts[len(parts)-3] == "namespaces"
}

func collectionOf(path string) string { return path[:strings.LastIndexByte(path, '/')] }

// selected reports whether an object has the labels of a selector.
func selected(object map[string]any, selector string) bool {
	if selector == "" {
		return true
	}
	labels, _ := metaOf(object)["labels"].(map[string]any)
	for _, one := range strings.Split(selector, ",") {
		name, value, _ := strings.Cut(one, "=")
		if labels[name] != value {
			return false
		}
	}
	return true
}

func (c *Cluster) change(w http.ResponseWriter, r *http.Request, body []byte) {
	switch r.Method {
	case http.MethodPost:
		c.create(w, r, body)
	case http.MethodPatch, http.MethodPut:
		old := c.objects[r.URL.Path]
		if old == nil {
			refuse(w, http.StatusNotFound, "NotFound")
			return
		}
		if r.Method == http.MethodPatch {
			text, _ := json.Marshal(old) // it came as JSON
			merged, err := jsonpatch.MergePatch(text, body)
			if err != nil {
				refuse(w, http.StatusBadRequest, "BadRequest")
				return
			}
			body = merged
		}
		var object map[string]any
		if json.Unmarshal(body, &object) != nil {
			refuse(w, http.StatusBadRequest, "BadRequest")
			return
		}
		c.put(collectionOf(r.URL.Path), object)
		answer(w, http.StatusOK, object)
	case http.MethodDelete:
		old := c.objects[r.URL.Path]
		if old == nil {
			refuse(w, http.StatusNotFound, "NotFound")
			return
		}
		delete(c.objects, r.URL.Path)
		c.tell(collectionOf(r.URL.Path), event{"DELETED", old})
		answer(w, http.StatusOK, map[string]any{"kind": "Status", "apiVersion": "v1", "status": "Success"})
	}
}

func (c *Cluster) create(w http.ResponseWriter, r *http.Request, body []byte) {
	var object map[string]any
	if json.Unmarshal(body, &object) != nil {
		refuse(w, http.StatusBadRequest, "BadRequest")
		return
	}
	if strings.Contains(r.URL.Path, "reviews") {
		spec, _ := object["spec"].(map[string]any)
		object["status"] = map[string]any{"allowed": spec["user"] == Writer}
		answer(w, http.StatusCreated, object)
		return
	}
	meta := metaOf(object)
	if meta["name"] == nil {
		meta["name"] = fmt.Sprintf("%v%05d", meta["generateName"], c.version)
	}
	if c.objects[r.URL.Path+"/"+fmt.Sprint(meta["name"])] != nil {
		refuse(w, http.StatusConflict, "AlreadyExists")
		return
	}
	meta["namespace"] = Namespace
	meta["uid"] = fmt.Sprintf("00000000-0000-4000-8000-%012d", c.version)
	meta["creationTimestamp"] = Began().Add(day).Format("2006-01-02T15:04:05Z07:00")
	c.put(r.URL.Path, object)
	answer(w, http.StatusCreated, object)
}

// watch sends what changes until the client goes.
func (c *Cluster) watch(w http.ResponseWriter, r *http.Request) {
	events := make(chan event, 4096)
	c.mu.Lock()
	c.watchers[events] = r.URL.Path
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watchers, events)
	}()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	control := http.NewResponseController(w)
	_ = control.Flush()
	for {
		select {
		case e := <-events:
			_ = json.NewEncoder(w).Encode(e) // the client has gone
			_ = control.Flush()
		case <-r.Context().Done():
			return
		}
	}
}

func answer(w http.ResponseWriter, status int, object any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(object) // the client has gone
}

func refuse(w http.ResponseWriter, status int, reason string) {
	answer(w, status, map[string]any{
		"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": status, "reason": reason, "message": "the cluster says: " + reason,
	})
}
