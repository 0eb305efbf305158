package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// cgroupRoots returns where the control group hierarchies are mounted: one
// per controller in version 1, a single one in version 2.
func cgroupRoots() ([]string, error) {
	all, err := mounts()
	if err != nil {
		return nil, err
	}
	var roots []string
	for _, m := range all {
		if m.kind == "cgroup" || m.kind == "cgroup2" {
			roots = append(roots, m.point)
		}
	}
	if len(roots) == 0 {
		return nil, errors.New("no control groups are mounted")
	}
	return roots, nil
}

// makeCgroup makes the control group name in every hierarchy.
func makeCgroup(name string) error {
	roots, err := cgroupRoots()
	if err != nil {
		return err
	}
	for _, root := range roots {
		dir := filepath.Join(root, name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("making a control group: %w", err)
		}
		// A cpuset of version 1 starts empty and then holds no process.
		for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
			value, err := os.ReadFile(filepath.Join(root, file))
			if err != nil {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, file), value, 0o644); err != nil {
				return fmt.Errorf("filling a control group: %w", err)
			}
		}
	}
	return nil
}

// trackRoot returns the hierarchy whose groups tell which processes belong to
// the cluster. In version 1 that is a hierarchy which limits nothing here, so
// that what the caller's own groups say about memory and time stays true.
func trackRoot() (string, error) {
	roots, err := cgroupRoots()
	if err != nil {
		return "", err
	}
	for _, root := range roots {
		if filepath.Base(root) == "pids" {
			return root, nil
		}
	}
	return roots[0], nil
}

// track moves the process pid, and so its later children, to the control group
// name.
func track(name string, pid int) error {
	root, err := trackRoot()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
		return fmt.Errorf("making a control group: %w", err)
	}
	if err := os.WriteFile(filepath.Join(root, name, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o644); err != nil {
		return fmt.Errorf("joining a control group: %w", err)
	}
	return nil
}

// killCgroup kills every process in the control group name and below it and
// returns when they are gone.
func killCgroup(ctx context.Context, name string) error {
	root, err := trackRoot()
	if err != nil {
		return err
	}
	for range 250 {
		pids := members(filepath.Join(root, name))
		if len(pids) == 0 {
			return nil
		}
		for _, pid := range pids {
			// It may be gone by now, and the next round tells.
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return fmt.Errorf("processes in the control group %s survive SIGKILL", name)
}

func members(dir string) []int {
	var pids []int
	// A group may go away during the walk, which is what the caller wants.
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return nil
		}
		data, _ := os.ReadFile(filepath.Join(path, "cgroup.procs"))
		for field := range strings.FieldsSeq(string(data)) {
			if pid, err := strconv.Atoi(field); err == nil && pid > 0 {
				pids = append(pids, pid)
			}
		}
		return nil
	})
	return pids
}

// removeCgroup removes the control group name, which holds no process, from
// every hierarchy.
func removeCgroup(name string) error {
	roots, err := cgroupRoots()
	if err != nil {
		return err
	}
	var failed []error
	for _, root := range roots {
		var dirs []string
		_ = filepath.WalkDir(filepath.Join(root, name), func(path string, e fs.DirEntry, err error) error {
			if err == nil && e.IsDir() {
				dirs = append(dirs, path)
			}
			return nil
		})
		for _, dir := range slices.Backward(dirs) {
			if err := syscall.Rmdir(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
				failed = append(failed, fmt.Errorf("removing the control group %s: %w", dir, err))
			}
		}
	}
	return errors.Join(failed...)
}
