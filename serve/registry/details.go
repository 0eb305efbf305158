package registry

import (
	"encoding/json"
	"sync"

	"k8s.io/utils/lru"
)

// details keeps what is known of those runs of a namespace that were asked for
// last. It belongs to the [Index] of the namespace, so that it answers only who
// may read that: the runs of another caller's configuration are never in it.
type details struct {
	mu    sync.Mutex
	runs  *lru.Cache // of kept, by the IDs of the runs
	bytes int
}

// stamp tells the states of a run apart. What was made of a run is right as long
// as its stamp is the same.
type stamp struct {
	// version is that of the Workflow, or empty where that is gone.
	version string
	// edition is that of the record of its end, or zero where there is none.
	edition uint64
}

type kept struct {
	detail *Detail
	stamp  stamp
	size   int
}

// maxKept bounds the details of a namespace: so many bytes have their Workflows,
// pipelines and records when they are written. In memory they take some times as
// much.
const maxKept = 16 << 20

func newDetails() *details {
	d := &details{}
	d.runs = lru.NewWithEvictionFunc(0, func(_ lru.Key, of any) { d.bytes -= of.(kept).size })
	return d
}

// get returns what is known of a run in a state, or nil. It must not be changed.
func (d *details) get(id string, now stamp) *Detail {
	if found, ok := d.runs.Get(id); ok && found.(kept).stamp == now {
		return found.(kept).detail
	}
	return nil
}

// put keeps what is known of a run in a state, and drops what was asked for
// longest ago where there is no room.
func (d *details) put(detail *Detail, of stamp) {
	size := detail.size()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.runs.Remove(detail.ID)
	d.runs.Add(detail.ID, kept{detail, of, size})
	for d.bytes += size; d.bytes > maxKept; {
		d.runs.RemoveOldest()
	}
}

// size is about how many bytes the run has when it is written.
func (d *Detail) size() int {
	size := len(d.Spec)
	if d.Workflow != nil {
		size += d.Workflow.Size()
	}
	if d.Record != nil {
		if text, err := json.Marshal(d.Record); err == nil {
			size += len(text)
		}
	}
	return size
}

// stampOf returns the stamp of a run as memory has it, and the run's ID. It is
// zero where nothing is known of the run for certain.
func (r *Registry) stampOf(namespace, id string) (uid string, now stamp) {
	index := r.Indexes[namespace]
	if index == nil {
		return id, stamp{}
	}
	if run := index.find(id); run != nil {
		return run.ID, stamp{run.version, r.History.edition(run.ID, run.State, run.Finished)}
	}
	if _, ended := r.ended(namespace, id); ended {
		return id, stamp{edition: r.History.editionOf(id)}
	}
	return id, stamp{}
}

// kept returns what is known of a run without asking anyone, or nil.
func (r *Registry) kept(namespace, id string) *Detail {
	uid, now := r.stampOf(namespace, id)
	if now == (stamp{}) {
		return nil
	}
	return r.Indexes[namespace].details.get(uid, now)
}

// keep keeps what is known of a run.
func (r *Registry) keep(d *Detail, of stamp) {
	if index := r.Indexes[d.Namespace]; index != nil {
		index.details.put(d, of)
	}
}
