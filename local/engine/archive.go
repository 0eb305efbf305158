package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/kfp2argo/kfp2argo/local/api"
)

// kept are the resources whose objects outlive the process: of ConfigMaps only
// those of kfp2argo serve, for others are made anew when they are needed.
var kept = []string{"workflows", "workflowtemplates", "clusterworkflowtemplates", "cronworkflows", "persistentvolumeclaims", configMaps}

const (
	configMaps = "configmaps"
	served     = "kfp2argo-" // how the names of the server's ConfigMaps begin
)

// archive keeps objects in files.
type archive struct {
	dir   string
	store *api.Store
	// log is where failures to write are said.
	log io.Writer

	mu sync.Mutex
	// changed are objects whose files are of an earlier version; nil is one
	// that is gone.
	changed map[api.Key]*api.Object
}

// restore reads what an earlier process has left. A Workflow that was running
// has lost its pods; Argo's controller ends it as it does when a node is lost.
func (a *archive) restore() error {
	a.changed = map[api.Key]*api.Object{}
	for _, resource := range kept {
		err := filepath.WalkDir(filepath.Join(a.dir, resource), func(name string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || e.IsDir() || filepath.Ext(name) != ".json" {
				return err
			}
			text, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			return a.store.Restore(resource, text)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// pause is how often the files are brought up to date: a Workflow changes often
// and can be large.
const pause = 300 * time.Millisecond

// run keeps the files up to date until the context ends. Where they cannot be
// written, as on a full disk, runs go on, and it is tried again.
func (a *archive) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, resource := range kept {
		_, version := a.store.List(resource, api.Selector{})
		group.Go(func() error { return a.follow(ctx, resource, version) })
	}
	group.Go(func() error {
		ticks := time.NewTicker(pause)
		defer ticks.Stop()
		failing := false
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-ticks.C:
				err := a.save()
				if err != nil && !failing {
					fmt.Fprintln(a.log, "runs cannot be saved, which is tried again:", err)
				}
				failing = err != nil
			}
		}
	})
	return group.Wait()
}

func (a *archive) follow(ctx context.Context, resource string, version int64) error {
	err := a.store.Watch(ctx, resource, version, api.Selector{}, func(e api.Event) error {
		if resource == configMaps && !strings.HasPrefix(e.Object.Key.Name, served) {
			return nil
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.changed[e.Object.Key] = e.Object; e.Type == watch.Deleted {
			a.changed[e.Object.Key] = nil
		}
		return nil
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// save writes what has changed. What cannot be written stays to be written.
func (a *archive) save() error {
	a.mu.Lock()
	todo := a.changed
	a.changed = map[api.Key]*api.Object{}
	a.mu.Unlock()
	var errs []error
	for key, o := range todo {
		err := a.write(key, o)
		if err == nil {
			continue
		}
		errs = append(errs, err)
		a.mu.Lock()
		if _, newer := a.changed[key]; !newer {
			a.changed[key] = o
		}
		a.mu.Unlock()
	}
	return errors.Join(errs...)
}

// write writes the file of an object, or removes that of one that is gone.
func (a *archive) write(key api.Key, o *api.Object) error {
	name := filepath.Join(a.dir, key.Resource, key.Namespace, key.Name+".json")
	if o != nil {
		return replaceFile(name, o.JSON)
	}
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// replaceFile writes a file that is never seen half.
func replaceFile(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(name+".new", text, 0o600); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}
