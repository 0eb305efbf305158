package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// command runs a program of the host and returns what it printed to its
// standard output.
func command(ctx context.Context, name string, args ...string) (string, error) {
	return commandInput(ctx, "", name, args...)
}

func commandInput(ctx context.Context, input, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(input)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(append([]string{name}, args...), " "), err, stderr.Bytes())
	}
	return stdout.String(), nil
}

// installPackages installs the Debian packages that the host lacks.
func installPackages(ctx context.Context) error {
	wanted := map[string]string{ // what it is needed for -> package
		"/usr/bin/containerd":                "containerd",
		"/usr/sbin/runc":                     "runc",
		"/usr/lib/cni/bridge":                "containernetworking-plugins",
		"/usr/sbin/iptables":                 "iptables",
		"/usr/sbin/conntrack":                "conntrack",
		"/usr/sbin/debootstrap":              "debootstrap",
		"/sbin/ip":                           "iproute2",
		"/bin/mount":                         "mount",
		"/etc/ssl/certs/ca-certificates.crt": "ca-certificates",
	}
	var missing []string
	for file, name := range wanted {
		if _, err := os.Stat(file); err != nil {
			missing = append(missing, name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	if _, err := command(ctx, "apt-get", "update"); err != nil {
		return fmt.Errorf("installing packages: %w", err)
	}
	args := append([]string{"DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "--no-install-recommends"}, missing...)
	if _, err := command(ctx, "env", args...); err != nil {
		return fmt.Errorf("installing packages: %w", err)
	}
	return nil
}

// changedSysctls are the kernel settings that a kubelet, a kube-proxy or a CNI
// plugin changes for the whole machine.
func changedSysctls() []string {
	return []string{
		"net/ipv4/ip_forward",
		"net/ipv4/conf/all/route_localnet",
		"net/ipv6/conf/all/forwarding",
		"net/netfilter/nf_conntrack_tcp_be_liberal",
		"vm/overcommit_memory",
		"vm/panic_on_oom",
		"kernel/panic",
		"kernel/panic_on_oops",
		"kernel/keys/root_maxkeys",
		"kernel/keys/root_maxbytes",
	}
}

// saveSysctls writes the present kernel settings to file.
func saveSysctls(file string) error {
	values := map[string]string{}
	for _, name := range changedSysctls() {
		// What this kernel does not have, nobody can change.
		if data, err := os.ReadFile(filepath.Join("/proc/sys", name)); err == nil {
			values[name] = strings.TrimSpace(string(data))
		}
	}
	data, err := json.Marshal(values)
	if err != nil {
		return fmt.Errorf("saving kernel settings: %w", err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		return fmt.Errorf("saving kernel settings: %w", err)
	}
	return nil
}

// restoreSysctls sets what saveSysctls saved, if it did.
func restoreSysctls(file string) error {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("restoring kernel settings: %w", err)
	}
	var values map[string]string
	if err := json.Unmarshal(data, &values); err != nil {
		return fmt.Errorf("restoring kernel settings: %w", err)
	}
	var failed []error
	for name, value := range values {
		path := filepath.Join("/proc/sys", name)
		if now, err := os.ReadFile(path); err != nil || strings.TrimSpace(string(now)) == value {
			continue
		}
		if err := os.WriteFile(path, []byte(value), 0o644); err != nil {
			failed = append(failed, fmt.Errorf("restoring kernel settings: %w", err))
		}
	}
	return errors.Join(failed...)
}

// mount is a line of /proc/self/mountinfo.
type mount struct {
	point, kind string
}

// mounts returns the mounts of this machine in the order they were made.
func mounts() ([]mount, error) {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("listing mounts: %w", err)
	}
	var all []mount
	for line := range strings.Lines(string(data)) {
		before, after, _ := strings.Cut(line, " - ")
		fields, rest := strings.Fields(before), strings.Fields(after)
		if len(fields) < 5 || len(rest) < 1 {
			continue
		}
		all = append(all, mount{point: unescape(fields[4]), kind: rest[0]})
	}
	return all, nil
}

// unescape undoes the octal escapes of mountinfo.
func unescape(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+4 <= len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				out.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// unmountBelow unmounts everything below dir, the latest first.
func unmountBelow(dir string) error {
	all, err := mounts()
	if err != nil {
		return err
	}
	var failed []error
	for _, m := range slices.Backward(all) {
		if !strings.HasPrefix(m.point, dir+"/") {
			continue
		}
		if err := syscall.Unmount(m.point, syscall.MNT_DETACH); err != nil && !errors.Is(err, syscall.EINVAL) {
			failed = append(failed, fmt.Errorf("unmounting %s: %w", m.point, err))
		}
	}
	return errors.Join(failed...)
}

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
