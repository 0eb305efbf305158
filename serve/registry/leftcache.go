package registry

import (
	"sync"

	"k8s.io/utils/lru"

	"github.com/kfp2argo/kfp2argo/runtime/record"
)

// leftCache keeps the records of the tasks of those runs that were asked for last, so
// that a page that is looked at again reads only what is new: records do not change.
type leftCache struct {
	mu      sync.Mutex
	runs    *lru.Cache // of records by the URIs of their objects, by the IDs of the runs
	records int
}

// maxLeft bounds the records that are kept. One has some kilobytes.
const maxLeft = 10_000

func newLeftCache() *leftCache {
	c := &leftCache{}
	c.runs = lru.NewWithEvictionFunc(0, func(_ lru.Key, of any) { c.records -= len(of.(map[string]record.Task)) })
	return c
}

// get returns the records that are known of a run. They must not be changed.
func (c *leftCache) get(id string) map[string]record.Task {
	if found, ok := c.runs.Get(id); ok {
		return found.(map[string]record.Task)
	}
	return nil
}

// put keeps the records of a run, and drops those of runs that were asked for longest
// ago where there is no room.
func (c *leftCache) put(id string, all map[string]record.Task) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.runs.Remove(id)
	if len(all) == 0 {
		return // as many as there may be of these, they would never be dropped
	}
	c.runs.Add(id, all)
	for c.records += len(all); c.records > maxLeft; {
		c.runs.RemoveOldest()
	}
}
