package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/hack/cluster/process"
)

// down removes every trace of the cluster but the cache, whatever state it is
// in: serving, half dead, or dead since the machine stopped. The caller
// holds the lock.
func (c *cluster) down(ctx context.Context) error {
	if !exists(c.State) {
		return nil
	}
	if !exists(c.marker()) {
		return fmt.Errorf("%s is not the state of a cluster: it stays as it is", c.State)
	}
	// Each step leaves the next one less to do, and none depends on the one
	// before having been necessary.
	for _, step := range []func(context.Context) error{
		c.killParts,
		func(ctx context.Context) error { return killCgroup(ctx, cgroup) },
		func(ctx context.Context) error { return killCgroup(ctx, runtimeCgroup) },
		func(context.Context) error { return unmountBelow(c.State) },
		removeNetwork,
		func(context.Context) error { return removeCgroup(cgroup) },
		func(context.Context) error { return removeCgroup(runtimeCgroup) },
		func(context.Context) error { return restoreSysctls(c.sysctls()) },
		func(context.Context) error { return c.removeStrays() },
	} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("taking the cluster down: %w", err)
		}
	}
	if err := os.RemoveAll(c.State); err != nil {
		return fmt.Errorf("taking the cluster down: %w", err)
	}
	return nil
}

// killParts ends the programs in the reverse order of their start. None is
// asked to end by itself: nothing that it could save is kept.
func (c *cluster) killParts(ctx context.Context) error {
	if err := c.stopPostgres(ctx); err != nil {
		return err
	}
	all := c.settings
	all.Postgres = true // it may have been, whatever is asked for now
	for _, p := range slices.Backward(slices.Concat(all.parts(programs{}, secrets{})...)) {
		if err := c.table().Kill(ctx, p.Name); err != nil {
			return err
		}
	}
	return nil
}

// removeStrays removes what containerd, the kubelet and the CNI plugins leave
// in places that they do not let one choose.
func (c *cluster) removeStrays() error {
	return errors.Join(
		removeDeadSockets("/run/containerd/s"),
		removeNetworkResults("/var/lib/cni/results"),
		removeLinksInto("/var/log/containers", c.State),
		removeLinksInto(filepath.Dir(hostPathVolumes), c.State),
		removeFiles("/var/lib/kubelet/device-plugins/kubelet.sock", "/var/lib/kubelet/device-plugins/kubelet_internal_checkpoint"),
		// Only what is empty by now goes.
		removeEmpty("/run/containerd/s", "/run/containerd", "/var/lib/cni/results", "/var/lib/cni", "/var/log/containers",
			"/var/lib/kubelet/device-plugins", "/var/lib/kubelet"),
	)
}

// removeDeadSockets removes the sockets in dir on which no process listens: the
// shims of killed containers.
func removeDeadSockets(dir string) error {
	return forEach(dir, func(path string, e fs.DirEntry) error {
		if e.Type()&fs.ModeSocket == 0 {
			return nil
		}
		conn, err := net.Dial("unix", path)
		if err == nil {
			return conn.Close()
		}
		return os.Remove(path)
	})
}

// removeNetworkResults removes what the CNI library remembers of the cluster's
// pods: for each a result of the bridge and one of the loopback interface.
func removeNetworkResults(dir string) error {
	return forEach(dir, func(path string, e fs.DirEntry) error {
		id, ok := strings.CutPrefix(e.Name(), network+"-")
		if !ok {
			return nil
		}
		id = strings.TrimSuffix(id, "-eth0")
		return removeFiles(path, filepath.Join(dir, "cni-loopback-"+id+"-lo"))
	})
}

// removeLinksInto removes the symbolic links in dir that point below target.
func removeLinksInto(dir, target string) error {
	return forEach(dir, func(path string, e fs.DirEntry) error {
		to, err := os.Readlink(path)
		if err != nil || !strings.HasPrefix(to, target+"/") {
			return nil
		}
		return os.Remove(path)
	})
}

// forEach calls f for the entries of dir, which need not exist.
func forEach(dir string, f func(path string, e fs.DirEntry) error) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var failed []error
	for _, e := range entries {
		failed = append(failed, f(filepath.Join(dir, e.Name()), e))
	}
	return errors.Join(failed...)
}

// removeFiles removes files that need not exist.
func removeFiles(paths ...string) error {
	var failed []error
	for _, path := range paths {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// removeEmpty removes the directories that are empty, in the given order.
func removeEmpty(dirs ...string) error {
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) > 0 {
			continue
		}
		if err := os.Remove(dir); err != nil {
			return err
		}
	}
	return nil
}

func (s settings) table() process.Table {
	return process.Table{Records: s.pidDir(), Logs: s.logDir()}
}
