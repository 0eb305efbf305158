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
	"strings"
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
		"/usr/bin/tmux":                      "tmux",
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
	return installDebian(ctx, missing...)
}

func installDebian(ctx context.Context, packages ...string) error {
	if _, err := command(ctx, "apt-get", "update"); err != nil {
		return fmt.Errorf("installing packages: %w", err)
	}
	args := append([]string{"DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "--no-install-recommends"}, packages...)
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
		// A setting that this kernel does not have cannot be changed.
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
