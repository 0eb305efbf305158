// Package process starts programs that outlive the caller and finds them
// again later, when the caller is long gone: each has a record of its process id
// and start time, so that a process which was given a used id is never taken
// for the one recorded.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Program says what to run.
type Program struct {
	Name string   // names the record and the log
	Args []string // the program's path first
	Env  []string // the whole environment: nothing of the caller's gets in
}

// Table is a set of programs whose records and logs are in two directories,
// both of which must exist.
type Table struct {
	Records, Logs string
}

// Log returns the file that holds what the program name printed.
func (t Table) Log(name string) string { return filepath.Join(t.Logs, name+".log") }

// Start starts p in a session of its own, so that it outlives the caller, and
// records it. Its output is added to its log.
func (t Table) Start(p Program) error {
	log, err := os.OpenFile(t.Log(p.Name), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return fmt.Errorf("starting %s: %w", p.Name, err)
	}
	defer log.Close()
	cmd := exec.Command(p.Args[0], p.Args[1:]...)
	cmd.Env = p.Env
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", p.Name, err)
	}
	// A goroutine collects the exit status, so that a dead child does not look alive.
	go func() { _ = cmd.Wait() }()
	return t.record(p.Name, cmd.Process.Pid)
}

// Find returns the process id of the program name, or false if it does not
// run.
func (t Table) Find(name string) (int, bool) {
	data, err := os.ReadFile(t.file(name))
	if err != nil {
		return 0, false
	}
	id, start, _ := strings.Cut(strings.TrimSpace(string(data)), " ")
	pid, err := strconv.Atoi(id)
	if err != nil {
		return 0, false
	}
	now, err := startTime(pid)
	return pid, err == nil && now == start
}

// Kill ends the program name and returns when it is gone. A program that does
// not run is no error.
func (t Table) Kill(ctx context.Context, name string) error {
	pid, ok := t.Find(name)
	if !ok {
		return nil
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return fmt.Errorf("ending %s: %w", name, err)
	}
	defer func() { _ = p.Release() }()
	// The handle is bound to one process. Asking again after taking it rules
	// out that this is a later process with the same id.
	if _, ok := t.Find(name); !ok {
		return nil
	}
	if err := p.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("ending %s: %w", name, err)
	}
	for range 250 {
		if _, ok := t.Find(name); !ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return fmt.Errorf("ending %s: it survives SIGKILL", name)
}

// Signal sends the program name a signal.
func (t Table) Signal(name string, signal syscall.Signal) error {
	pid, ok := t.Find(name)
	if !ok {
		return fmt.Errorf("%s is not up", name)
	}
	return syscall.Kill(pid, signal)
}

// Tail returns the last lines of the log of the program name.
func (t Table) Tail(name string, lines int) string {
	data, err := os.ReadFile(t.Log(name))
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(data), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

func (t Table) record(name string, pid int) error {
	start, err := startTime(pid)
	if err != nil {
		return fmt.Errorf("starting %s: %w", name, err)
	}
	if err := os.WriteFile(t.file(name), fmt.Appendf(nil, "%d %s\n", pid, start), 0o644); err != nil {
		return fmt.Errorf("recording %s: %w", name, err)
	}
	return nil
}

func (t Table) file(name string) string { return filepath.Join(t.Records, name+".pid") }

// startTime returns when the living process pid started, in ticks since the
// machine did. A zombie is not living.
func startTime(pid int) (string, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	// The second field, the name in parentheses, may hold anything; what
	// follows the last parenthesis starts with field 3, the state.
	_, rest, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')'):]), " ")
	fields := strings.Fields(rest)
	const state, start = 0, 19 // fields 3 and 22
	if len(fields) <= start || fields[state] == "Z" {
		return "", os.ErrProcessDone
	}
	return fields[start], nil
}
