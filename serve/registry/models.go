package registry

import (
	"crypto/sha256"
	"slices"
	"sync"

	"github.com/kfp2argo/kfp2argo/serve/posted"
	"github.com/kfp2argo/kfp2argo/translate"
)

// modelCache keeps the pipelines that were asked for last: a run that goes on has
// another Workflow every second, and the same pipeline. Its zero value is ready.
type modelCache struct {
	mu  sync.Mutex
	all []readModel // what was asked for last is first
}

type readModel struct {
	digest [sha256.Size]byte
	size   int
	model  *translate.Pipeline
}

// maxModels bounds the bytes that the kept pipelines have when they are written.
const maxModels = 4 << 20

// of returns what the translator knows of a compiled pipeline, as [posted.Model]
// does. It must not be changed.
func (c *modelCache) of(spec []byte) *translate.Pipeline {
	digest := sha256.Sum256(spec)
	known := func(m readModel) bool { return m.digest == digest }
	c.mu.Lock()
	if i := slices.IndexFunc(c.all, known); i >= 0 {
		found := c.all[i]
		c.all = slices.Insert(slices.Delete(c.all, i, i+1), 0, found)
		c.mu.Unlock()
		return found.model
	}
	c.mu.Unlock()
	made := readModel{digest, len(spec), posted.Model(spec)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = slices.Insert(slices.DeleteFunc(c.all, known), 0, made)
	total := 0
	for i, m := range c.all {
		if total += m.size; total > maxModels {
			c.all = slices.Delete(c.all, i, len(c.all))
			break
		}
	}
	return made.model
}

// Model returns what the translator knows of the pipeline of the run, or nil where
// that is not kept or cannot be read. It must not be changed.
func (d *Detail) Model() *translate.Pipeline {
	switch {
	case len(d.Spec) == 0:
		return nil
	case d.models == nil:
		return posted.Model(d.Spec)
	}
	return d.models.of(d.Spec)
}
