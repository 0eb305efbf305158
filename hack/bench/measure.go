package bench

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Cost is what a process took.
type Cost struct {
	Wall, CPU time.Duration
	Memory    int64 // the most that was resident, in bytes
}

// Measure runs a program and returns what it took. What it writes to standard output
// goes where the command says, or else becomes part of an error.
func Measure(command *exec.Cmd) (Cost, error) {
	var output bytes.Buffer
	command.Stderr = &output
	if command.Stdout == nil {
		command.Stdout = &output
	}
	start := time.Now()
	if err := command.Start(); err != nil {
		return Cost{}, err
	}
	exited := make(chan error, 1)
	go func() { exited <- command.Wait() }()
	memory, err := watch(command.Process.Pid, exited)
	wall := time.Since(start)
	if err != nil {
		return Cost{}, fmt.Errorf("%s: %w\n%s", command.Args[0], err, output.String())
	}
	return Cost{wall, command.ProcessState.UserTime() + command.ProcessState.SystemTime(), memory}, nil
}

// watch returns the peak of a process's memory when it has ended. The kernel's
// own account of it at the end would count what this process has, which it was
// forked from.
func watch(pid int, exited chan error) (memory int64, err error) {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case err := <-exited:
			return memory, err
		case <-ticker.C:
			if status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err == nil {
				memory = max(memory, Field(string(status), "VmHWM:")<<10)
			}
		}
	}
}

// Field returns the number behind a name in a file of /proc, or 0.
func Field(text, name string) int64 {
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == name {
			n, _ := strconv.ParseInt(fields[1], 10, 64)
			return n
		}
	}
	return 0
}

// Median returns the one in the middle, of an even number the lower.
func Median[T int64 | time.Duration | float64](values []T) T {
	return slices.Sorted(slices.Values(values))[(len(values)-1)/2]
}

// Medians returns the median of each part of the costs.
func Medians(costs []Cost) Cost {
	var walls, cpus []time.Duration
	var memories []int64
	for _, c := range costs {
		walls, cpus, memories = append(walls, c.Wall), append(cpus, c.CPU), append(memories, c.Memory)
	}
	return Cost{Median(walls), Median(cpus), Median(memories)}
}
