// Package cgroup bounds what programs use by control groups of Linux, version 2.
// A user who is not root may make them where systemd has delegated a group, as it
// does for the services of a user.
package cgroup

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	corev1 "k8s.io/api/core/v1"
)

// Limits are what a program may use at most. Zero is no limit.
type Limits struct {
	CPU    int64 // in thousandths of a CPU
	Memory int64 // in bytes; there is no swap then
}

// LimitsOf are the limits of a container.
func LimitsOf(c *corev1.Container) Limits {
	return Limits{CPU: c.Resources.Limits.Cpu().MilliValue(), Memory: c.Resources.Limits.Memory().Value()}
}

// Period is the time over which use of CPU is measured, in microseconds.
const Period = 100_000

// minQuota is the least of which Linux takes account, in microseconds.
const minQuota = 1000

// Quota is how long a program may use a CPU in each [Period], in microseconds.
func (l Limits) Quota() int64 { return max(l.CPU*Period/1000, minQuota) }

// controllers are those that limits need.
var controllers = map[string]corev1.ResourceName{"cpu": corev1.ResourceCPU, "memory": corev1.ResourceMemory}

// Groups makes a group for each program, in a group of its own.
type Groups struct {
	dir  string
	next atomic.Int64
	// Enforces are the limits that hold: of CPU, memory or both, sorted.
	Enforces []corev1.ResourceName
}

// mountPoint is where Linux shows control groups of version 2.
const mountPoint = "/sys/fs/cgroup"

// Open makes a group for the groups of this process's programs, in its own group or
// in the nearest one above that lets it. The error says why there is none.
func Open() (*Groups, error) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	own, err := ownGroup(string(text))
	if err != nil {
		return nil, err
	}
	return openIn(mountPoint, own)
}

// errNone is the error where no group can be made.
var errNone = errors.New("this user may make no control groups")

func openIn(root, own string) (*Groups, error) {
	err := errNone
	for at := path.Join("/", own); ; at = path.Dir(at) {
		g, e := makeIn(filepath.Join(root, filepath.FromSlash(at)))
		if e == nil {
			return g, nil
		}
		if !errors.Is(e, fs.ErrPermission) {
			err = e
		}
		if at == "/" {
			return nil, err
		}
	}
}

// ownGroup reads from /proc/self/cgroup which group this process is in.
func ownGroup(text string) (string, error) {
	for line := range strings.Lines(text) {
		if own, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "0::"); ok {
			return own, nil
		}
	}
	return "", errors.New("this machine has no control groups of version 2")
}

// makeIn makes the group of groups in a group.
func makeIn(parent string) (*Groups, error) {
	there, err := words(filepath.Join(parent, "cgroup.controllers"))
	if err != nil {
		return nil, err
	}
	for _, c := range controllerNames() {
		if slices.Contains(there, c) {
			// It fails where the group has programs in it, and is needless where a
			// manager such as systemd has done it.
			_ = enable(parent, c)
		}
	}
	removeLeft(parent)
	g := &Groups{dir: filepath.Join(parent, groupName+strconv.Itoa(os.Getpid()))}
	if err := os.Mkdir(g.dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	// Programs are moved from this process's group into that one, for which Linux
	// asks for the right to write to what both have in common.
	file, err := os.OpenFile(filepath.Join(parent, "cgroup.procs"), os.O_WRONLY, 0)
	if err != nil {
		return nil, errors.Join(err, g.Close())
	}
	if err := file.Close(); err != nil {
		return nil, errors.Join(err, g.Close())
	}
	for _, c := range controllerNames() {
		if enable(g.dir, c) == nil {
			g.Enforces = append(g.Enforces, controllers[c])
		}
	}
	if len(g.Enforces) == 0 {
		return nil, errors.Join(fmt.Errorf("the control group %s has no controllers for CPU and memory", parent), g.Close())
	}
	return g, nil
}

// groupName begins the name of a group of groups, which ends with the number of the
// process that it is for.
const groupName = "kfp2argo-local-"

// removeLeft removes the groups of processes that were killed. Their programs have
// ended with them.
func removeLeft(parent string) {
	found, err := filepath.Glob(filepath.Join(parent, groupName+"*"))
	if err != nil {
		return
	}
	for _, dir := range found {
		pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(dir), groupName))
		if err != nil || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			continue
		}
		inside, err := filepath.Glob(filepath.Join(dir, "[0-9]*"))
		if err != nil {
			return
		}
		for _, group := range append(inside, dir) {
			_ = os.Remove(group) // the next one tries again
		}
	}
}

func controllerNames() []string { return []string{"cpu", "memory"} }

// enable lets the groups in a group have a controller.
func enable(group, controller string) error {
	return write(filepath.Join(group, "cgroup.subtree_control"), "+"+controller)
}

// write writes a setting, which must be there.
func write(name, value string) error {
	file, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(value)
	return errors.Join(err, file.Close())
}

func words(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	return strings.Fields(string(text)), err
}

// Dir is the group of groups.
func (g *Groups) Dir() string { return g.dir }

// Close removes the group of groups, which must have none in it.
func (g *Groups) Close() error { return os.Remove(g.dir) }

// Group is the group of a program.
type Group struct {
	dir *os.File
}

// Make makes a group with limits, as far as they hold here.
func (g *Groups) Make(l Limits) (*Group, error) {
	dir := filepath.Join(g.dir, strconv.FormatInt(g.next.Add(1), 10))
	if err := os.Mkdir(dir, 0o755); err != nil {
		return nil, err
	}
	set := map[string]string{}
	if l.CPU > 0 && slices.Contains(g.Enforces, corev1.ResourceCPU) {
		set["cpu.max"] = fmt.Sprintf("%d %d", l.Quota(), Period)
	}
	if l.Memory > 0 && slices.Contains(g.Enforces, corev1.ResourceMemory) {
		set["memory.max"] = strconv.FormatInt(l.Memory, 10)
		set["memory.swap.max"] = "0"
		// As on a node all programs of the container go, not one of them.
		set["memory.oom.group"] = "1"
	}
	for file, value := range set {
		err := write(filepath.Join(dir, file), value)
		if err != nil && !(file == "memory.swap.max" && errors.Is(err, fs.ErrNotExist)) { // a kernel without swap
			return nil, errors.Join(err, os.Remove(dir))
		}
	}
	file, err := os.Open(dir)
	if err != nil {
		return nil, errors.Join(err, os.Remove(dir))
	}
	return &Group{dir: file}, nil
}

// FD is the descriptor with which a program is started in the group.
func (g *Group) FD() int { return int(g.dir.Fd()) }

// Close removes the group, whose programs have ended, and reports whether one of
// them was killed because it used more memory than it may. No group has no programs.
func (g *Group) Close() (outOfMemory bool, err error) {
	if g == nil {
		return false, nil
	}
	outOfMemory, err = killed(filepath.Join(g.dir.Name(), "memory.events"))
	return outOfMemory, errors.Join(err, g.dir.Close(), os.Remove(g.dir.Name()))
}

// killed reads from the file of a group's events whether the kernel has killed a
// program of it. Without a limit there is no such file.
func killed(name string) (bool, error) {
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if count, ok := strings.CutPrefix(lines.Text(), "oom_kill "); ok {
			return count != "0", nil
		}
	}
	return false, lines.Err()
}
