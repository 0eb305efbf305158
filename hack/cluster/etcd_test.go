package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestCompact asks a server that answers as etcd does.
func TestCompact(t *testing.T) {
	var asked []string
	etcd := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		asked = append(asked, r.Method+" "+r.URL.Path+" "+string(body))
		_, _ = io.WriteString(w, `{"header":{"cluster_id":"1","revision":"8761"},"version":"3.6.0"}`)
	}))
	defer etcd.Close()
	if err := compact(t.Context(), etcd.URL); err != nil {
		t.Fatal(err)
	}
	const want = "POST /v3/maintenance/status {}\n" + `POST /v3/kv/compaction {"physical":true,"revision":"8761"}`
	if got := strings.Join(asked, "\n"); got != want {
		t.Errorf("asked:\n%s\nwant:\n%s", got, want)
	}
	for message, done := range map[string]bool{
		"etcdserver: mvcc: required revision has been compacted":   true,
		"etcdserver: mvcc: required revision is a future revision": false,
	} {
		etcd.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/v3/kv/compaction" {
				w.WriteHeader(http.StatusBadRequest)
			}
			_, _ = fmt.Fprintf(w, `{"code":11,"message":%q}`, message)
		})
		err := compact(t.Context(), etcd.URL)
		if done && err != nil || !done && (err == nil || !strings.Contains(err.Error(), message)) {
			t.Errorf("%s: error %v", message, err)
		}
	}
	refuses := httptest.NewServer(http.NotFoundHandler())
	defer refuses.Close()
	if err := compact(t.Context(), refuses.URL); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("error %v", err)
	}
}
