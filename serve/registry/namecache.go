package registry

import "sync"

// nameCache remembers the names of Workflows by their UIDs, for servers without
// an index. It is no source of truth: who reads a Workflow by its name does so
// with the caller's rights, and compares the UID.
type nameCache struct {
	mu    sync.Mutex
	names map[[2]string]string
}

// maxNames bounds the cache. A full one begins anew.
const maxNames = 100_000

func (c *nameCache) get(namespace, uid string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name, ok := c.names[[2]string{namespace, uid}]
	return name, ok
}

func (c *nameCache) put(namespace, uid, name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.names == nil || len(c.names) >= maxNames {
		c.names = map[[2]string]string{}
	}
	c.names[[2]string{namespace, uid}] = name
}
