package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/kfp2argo/kfp2argo/hack/cluster/kubeapi"
	"github.com/kfp2argo/kfp2argo/hack/images/cache"
)

// cluster is the one test cluster of this machine.
type cluster struct {
	settings
	source string    // the directory hack/cluster
	log    io.Writer // hears what takes long
}

// up brings the cluster up and returns when it can run workflows. A cluster
// that is up and made of the same parts stays as it is; anything else is taken
// down first, dead remains included. The caller holds the lock.
func (c *cluster) up(ctx context.Context) error {
	p, tarballs, err := c.build(ctx)
	if err != nil {
		return err
	}
	stamp, err := c.describe(p, tarballs)
	if err != nil {
		return err
	}
	if c.isUp(ctx, p, stamp) {
		fmt.Fprintln(c.log, "the cluster is up already")
		return nil
	}
	if err := c.down(ctx); err != nil {
		return err
	}
	return c.start(ctx, p, tarballs, stamp)
}

// build makes what the cluster consists of, as far as the machine and the
// cache lack it. The caller holds the lock.
func (c *cluster) build(ctx context.Context) (programs, []string, error) {
	if err := installPackages(ctx); err != nil {
		return programs{}, nil, err
	}
	store := cache.Cache{Dir: c.Cache, Log: c.log}
	if err := store.Sweep(); err != nil {
		return programs{}, nil, err
	}
	p, err := toolchain{source: c.source, cache: store, argo: c.Argo}.Build(ctx)
	if err != nil {
		return programs{}, nil, err
	}
	if c.Postgres {
		if p.Postgres, err = installPostgres(ctx); err != nil {
			return programs{}, nil, err
		}
	}
	tarballs, err := buildImages(ctx, store, p, c.Argo)
	return p, tarballs, err
}

// describe returns a text that is the same for two clusters if and only if
// they are made of the same parts, images and objects.
func (c *cluster) describe(p programs, tarballs []string) (string, error) {
	var parts []any
	for _, group := range c.parts(p, secrets{}) {
		for _, part := range group {
			parts = append(parts, part.Program)
		}
	}
	manifests, err := objects(secrets{}, c.Postgres)
	if err != nil {
		return "", err
	}
	data, err := json.Marshal([]any{parts, tarballs, manifests})
	if err != nil {
		return "", fmt.Errorf("describing the cluster: %w", err)
	}
	hash := sha256.New()
	hash.Write(data)
	if err := hashConfig(hash); err != nil {
		return "", fmt.Errorf("describing the cluster: %w", err)
	}
	return fmt.Sprintf("%x\n", hash.Sum(nil)), nil
}

func hashConfig(to io.Writer) error {
	return fs.WalkDir(configFiles, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := configFiles.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = to.Write(data)
		return err
	})
}

// isUp reports whether a cluster with the given description serves.
func (c *cluster) isUp(ctx context.Context, p programs, stamp string) bool {
	found, err := os.ReadFile(c.stamp())
	if err != nil || string(found) != stamp {
		return false
	}
	made, err := c.readSecrets()
	if err != nil {
		return false
	}
	for _, part := range slices.Concat(c.parts(p, made)...) {
		if _, runs := c.table().Find(part.Name); !runs || part.ready(ctx) != nil {
			return false
		}
	}
	return true
}

// start starts a cluster where none is.
func (c *cluster) start(ctx context.Context, p programs, tarballs []string, stamp string) error {
	if err := foreignNode(ctx); err != nil {
		return err
	}
	made, err := c.prepare(ctx, p)
	if err != nil {
		return err
	}
	groups := c.parts(p, made)
	if err := c.startGroup(ctx, groups[0]); err != nil {
		return err
	}
	if err := c.trackRuntime(); err != nil {
		return err
	}
	err = together(
		func() error { return c.loadAll(ctx, tarballs) },
		func() error { return c.startControlPlane(ctx, p, made, groups[1:]) },
	)
	if err != nil {
		return err
	}
	// The stamp comes last: without it the cluster is not up.
	if err := os.WriteFile(c.stamp(), []byte(stamp), 0o644); err != nil {
		return fmt.Errorf("recording the cluster: %w", err)
	}
	return nil
}

// prepare makes the state directory and changes the host as the parts need it.
func (c *cluster) prepare(ctx context.Context, p programs) (secrets, error) {
	if err := os.MkdirAll(c.State, 0o755); err != nil {
		return secrets{}, fmt.Errorf("making the state directory: %w", err)
	}
	if err := os.WriteFile(c.marker(), nil, 0o644); err != nil {
		return secrets{}, fmt.Errorf("making the state directory: %w", err)
	}
	for _, dir := range []string{c.pidDir(), c.logDir(), c.configDir(), c.pkiDir(), c.volumesDir(), filepath.Join(c.bucketsDir(), bucket)} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return secrets{}, fmt.Errorf("making the state directory: %w", err)
		}
	}
	made, err := c.makeSecrets()
	if err != nil {
		return secrets{}, err
	}
	if err := c.writeConfig(made); err != nil {
		return secrets{}, err
	}
	if c.Postgres {
		if err := c.makeDatabase(ctx, p.Postgres, made); err != nil {
			return secrets{}, err
		}
	}
	if err := saveSysctls(c.sysctls()); err != nil {
		return secrets{}, err
	}
	if err := makeCgroup(cgroup); err != nil {
		return secrets{}, err
	}
	// A link that is there already is someone else's, and serves as well.
	if err := os.Symlink(c.volumesDir(), hostPathVolumes); err != nil && !errors.Is(err, fs.ErrExist) {
		return secrets{}, fmt.Errorf("making room for volumes: %w", err)
	}
	return made, makeNetwork(ctx)
}

// trackRuntime puts the container runtime where its shims can be found even
// if it is dead.
func (c *cluster) trackRuntime() error {
	pid, ok := c.table().Find("containerd")
	if !ok {
		return errors.New("containerd has ended")
	}
	return track(runtimeCgroup, pid)
}

// startControlPlane starts Kubernetes and then Argo.
func (c *cluster) startControlPlane(ctx context.Context, p programs, made secrets, groups [][]part) error {
	if err := c.startGroup(ctx, groups[0]); err != nil {
		return err
	}
	err := together(
		func() error { return c.startGroup(ctx, groups[1]) },
		func() error { return c.createObjects(ctx, p, made) },
	)
	if err != nil {
		return err
	}
	if err := c.startGroup(ctx, groups[2]); err != nil {
		return err
	}
	return c.awaitNode(ctx, made)
}

// startGroup starts parts and waits until all serve.
func (c *cluster) startGroup(ctx context.Context, parts []part) error {
	var waits []func() error
	for _, p := range parts {
		if err := c.table().Start(p.Program); err != nil {
			return err
		}
		waits = append(waits, func() error { return c.awaitPart(ctx, p) })
	}
	return together(waits...)
}

// awaitPart waits until p serves. Its error tells the end of the part's log.
func (c *cluster) awaitPart(ctx context.Context, p part) error {
	var died error
	err := await(ctx, func(ctx context.Context) error {
		if _, runs := c.table().Find(p.Name); !runs {
			died = errors.New("it has ended")
			return nil
		}
		return p.ready(ctx)
	})
	if err = errors.Join(died, err); err != nil {
		return fmt.Errorf("%s does not come up: %w\n%s:\n%s", p.Name, err, c.table().Log(p.Name), c.table().Tail(p.Name, 15))
	}
	return nil
}

// createObjects creates the objects and waits until Argo's resources exist.
func (c *cluster) createObjects(ctx context.Context, p programs, made secrets) error {
	client, err := c.client(made)
	if err != nil {
		return err
	}
	crds, served, err := definitions(p.Argo)
	if err != nil {
		return err
	}
	manifests, err := objects(made, c.Postgres)
	if err != nil {
		return err
	}
	calls := []func() error{func() error { return createAll(ctx, client, manifests) }}
	for _, crd := range crds {
		calls = append(calls, func() error { return client.Create(ctx, crd) })
	}
	if err := together(calls...); err != nil {
		return err
	}
	for _, path := range served {
		err := await(ctx, func(ctx context.Context) error {
			_, err := client.Get(ctx, path)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// createAll creates objects one after the other.
func createAll(ctx context.Context, client *kubeapi.Client, objects []kubeapi.Object) error {
	for _, o := range objects {
		if err := client.Create(ctx, o); err != nil {
			return err
		}
	}
	return nil
}

// awaitNode waits until the node takes pods and each namespace has the service
// account that pods use unless they say otherwise.
func (c *cluster) awaitNode(ctx context.Context, made secrets) error {
	client, err := c.client(made)
	if err != nil {
		return err
	}
	err = await(ctx, func(ctx context.Context) error {
		data, err := client.Get(ctx, "/api/v1/nodes/"+nodeName)
		if err != nil {
			return err
		}
		return nodeReady(data)
	})
	if err != nil {
		return err
	}
	for _, ns := range namespaces() {
		err := await(ctx, func(ctx context.Context) error {
			_, err := client.Get(ctx, "/api/v1/namespaces/"+ns.Name+"/serviceaccounts/default")
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// nodeReady returns nil if the node, in JSON, is ready.
func nodeReady(data []byte) error {
	var node struct {
		Status struct {
			Conditions []struct{ Type, Status, Message string }
		}
	}
	if err := json.Unmarshal(data, &node); err != nil {
		return fmt.Errorf("reading the node: %w", err)
	}
	for _, condition := range node.Status.Conditions {
		if condition.Type != "Ready" {
			continue
		}
		if condition.Status == "True" {
			return nil
		}
		return fmt.Errorf("the node is not ready: %s", condition.Message)
	}
	return errors.New("the node is not ready")
}

// loadAll imports the images of the cluster.
func (c *cluster) loadAll(ctx context.Context, tarballs []string) error {
	for _, tarball := range tarballs {
		if err := c.load(ctx, tarball); err != nil {
			return err
		}
	}
	return nil
}

// lock keeps other runs of this program from changing the cluster and the
// cache until unlock is called or the program ends.
func (c *cluster) lock() (unlock func(), err error) {
	if err := os.MkdirAll(c.Cache, 0o755); err != nil {
		return nil, fmt.Errorf("locking the cluster: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(c.Cache, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("locking the cluster: %w", err)
	}
	if syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		return func() { file.Close() }, nil
	}
	fmt.Fprintln(c.log, "waiting for another run to end")
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		file.Close()
		return nil, fmt.Errorf("locking the cluster: %w", err)
	}
	return func() { file.Close() }, nil
}
