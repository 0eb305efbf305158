package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/hack/bench"
)

// process is a process of this machine, or none where it is zero.
type process int

// usage is the CPU time that a process has used, and the most that was resident
// since the peak was reset, in bytes.
type usage struct {
	cpu    time.Duration
	memory int64
}

// resetPeak lets the kernel count the peak of a process's memory anew.
func (p process) resetPeak() error {
	if p == 0 {
		return nil
	}
	const peak = "5"
	return os.WriteFile(p.file("clear_refs"), []byte(peak), 0)
}

func (p process) usage() (usage, error) {
	if p == 0 {
		return usage{}, nil
	}
	status, err := os.ReadFile(p.file("status"))
	if err != nil {
		return usage{}, err
	}
	stat, err := os.ReadFile(p.file("stat"))
	if err != nil {
		return usage{}, err
	}
	cpu, err := cpuTime(string(stat))
	return usage{cpu, bench.Field(string(status), "VmHWM:") << 10}, err
}

func (p process) file(name string) string { return fmt.Sprintf("/proc/%d/%s", p, name) }

// tick is the unit of times in /proc, on all of Linux's architectures.
const tick = time.Second / 100

// cpuTime reads a process's time in its own code and in the kernel.
func cpuTime(stat string) (time.Duration, error) {
	// The second field, the name in parentheses, may hold anything. The first after
	// it is field 3.
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	const user, system = 14 - 3, 15 - 3
	if len(fields) <= system {
		return 0, fmt.Errorf("reading the time of a process: %q", stat)
	}
	var sum time.Duration
	for _, f := range []string{fields[user], fields[system]} {
		n, err := strconv.ParseInt(f, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("reading the time of a process: %w", err)
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}
