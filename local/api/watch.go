package api

import (
	"context"
	"net/http"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/watch"
)

// change is one change of one object: old is nil for a new one, new is nil for
// one that is gone, whose last state is last.
type change struct {
	version        int64
	old, new, last *Object
}

// changes are the latest changes of a resource.
type changes struct {
	entries []change
	// forgotten is the version of the last change that is not among them.
	forgotten int64
}

// record remembers a change and wakes who watches. The lock is held.
func (s *Store) record(c change) {
	resource := c.old
	if resource == nil {
		resource = c.new
	}
	log := s.logs[resource.Resource]
	if log == nil {
		log = &changes{}
		s.logs[resource.Resource] = log
	}
	log.entries = append(log.entries, c)
	// Twice the history, so that copying is rare.
	if len(log.entries) > 2*s.history {
		log.forgotten = log.entries[len(log.entries)-s.history-1].version
		log.entries = slices.Clone(log.entries[len(log.entries)-s.history:])
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// Selector selects objects of a resource. The zero value selects all.
type Selector struct {
	Namespace string
	Labels    labels.Selector
	Fields    fields.Selector
}

// ParseSelector reads the selectors of a request.
func ParseSelector(namespace, byLabel, byField string) (Selector, error) {
	s := Selector{Namespace: namespace}
	var err error
	if s.Labels, err = labels.Parse(byLabel); err != nil {
		return s, errBadRequest(err)
	}
	if s.Fields, err = fields.ParseSelector(byField); err != nil {
		return s, errBadRequest(err)
	}
	for _, r := range s.Fields.Requirements() {
		if !slices.Contains([]string{"metadata.name", "metadata.namespace", "status.phase", "spec.nodeName"}, r.Field) {
			return s, &Error{http.StatusBadRequest, metav1.StatusReasonBadRequest, "field label not supported: " + r.Field}
		}
	}
	return s, nil
}

func (s Selector) selects(o *Object) bool {
	switch {
	case o == nil:
		return false
	case s.Namespace != "" && s.Namespace != o.Namespace:
		return false
	case s.Labels != nil && !s.Labels.Matches(o.Labels):
		return false
	}
	return s.Fields == nil || s.Fields.Matches(fields.Set{
		"metadata.name": o.Name, "metadata.namespace": o.Namespace, "status.phase": o.phase, "spec.nodeName": o.node,
	})
}

// Event tells of a change: of an object that is selected now, or was before.
type Event struct {
	Type   watch.EventType
	Object *Object
}

// event returns what a change means to who watches the selected objects. One
// that is no longer selected has gone for them.
func (s Selector) event(c change) (Event, bool) {
	before, now := s.selects(c.old), s.selects(c.new)
	switch {
	case before && now:
		return Event{watch.Modified, c.new}, true
	case now:
		return Event{watch.Added, c.new}, true
	case before && c.new != nil:
		return Event{watch.Deleted, c.new}, true
	case before:
		return Event{watch.Deleted, c.last}, true
	}
	return Event{}, false
}

// Watch calls f for each change after a version until f returns an error, which
// it returns, or the context ends. It fails where the store does not remember
// all of the changes.
func (s *Store) Watch(ctx context.Context, resource string, after int64, sel Selector, f func(Event) error) error {
	for {
		news, changed, err := s.since(resource, after)
		if err != nil {
			return err
		}
		for _, c := range news {
			after = c.version
			e, ok := sel.event(c)
			if !ok {
				continue
			}
			if err := f(e); err != nil {
				return err
			}
		}
		if len(news) > 0 {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// since returns the changes after a version, and what is closed when there are
// more.
func (s *Store) since(resource string, after int64) ([]change, <-chan struct{}, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	log := s.logs[resource]
	if log == nil {
		return nil, s.changed, nil
	}
	if after < log.forgotten {
		return nil, nil, errGone(after)
	}
	i, _ := slices.BinarySearchFunc(log.entries, after+1, func(c change, v int64) int { return int(c.version - v) })
	return slices.Clone(log.entries[i:]), s.changed, nil
}
