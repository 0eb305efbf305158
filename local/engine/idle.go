package engine

import (
	"context"
	"io"
	"log"
	"net/http"
	"sync"
	"time"

	"github.com/kfp2argo/kfp2argo/local/api"
)

// activity knows when others have last asked for something.
type activity struct {
	mu   sync.Mutex
	now  int
	last time.Time
}

// watch counts the requests with a token.
func (a *activity) watch(authorization string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == authorization {
			a.count(1)
			defer a.count(-1)
		}
		next.ServeHTTP(w, r)
	})
}

func (a *activity) count(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.now += n
	a.last = time.Now()
}

// quietFor returns for how long nobody has asked for anything.
func (a *activity) quietFor() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now > 0 {
		return 0
	}
	return time.Since(a.last)
}

// untilIdle returns when nothing has run and nobody has asked for a while.
func (s *server) untilIdle(ctx context.Context, idle time.Duration) error {
	s.activity.count(0)
	if idle == 0 {
		<-ctx.Done()
		return nil
	}
	ticks := time.NewTicker(min(idle/4, time.Second))
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
		if s.isBusy() {
			s.activity.count(0)
		}
		if s.activity.quietFor() > idle {
			return nil
		}
	}
}

// isBusy reports whether a Workflow has not ended.
func (s *server) isBusy() bool {
	found, _ := s.store.List("workflows", api.Selector{})
	for _, o := range found {
		if o.Labels["workflows.argoproj.io/completed"] != "true" {
			return true
		}
	}
	return false
}

// quiet is a log that nobody reads: clients that hang up are no trouble.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
