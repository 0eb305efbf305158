//go:build !linux

package sandbox

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"

	"github.com/kfp2argo/kfp2argo/local/cgroup"
)

// Sandbox starts no programs here.
type Sandbox struct {
	// Groups bound nothing here.
	Groups *cgroup.Groups
}

// Process is a program that has been started.
type Process struct{}

// New returns a sandbox that refuses all.
func New(string) *Sandbox { return &Sandbox{} }

// Start fails.
func (s *Sandbox) Start(Spec, *os.File) (*Process, error) { return nil, s.Check() }

// Close does nothing.
func (s *Sandbox) Close() {}

// Check reports why programs cannot be started here.
func (s *Sandbox) Check() error {
	return fmt.Errorf("%w: %s has no namespaces", ErrStart, runtime.GOOS)
}

// Wait returns at once.
func (p *Process) Wait() Exit { return Exit{Code: 255} }

// Signal does nothing.
func (p *Process) Signal(syscall.Signal) {}

// Main fails.
func Main() error { return errors.New("only Linux has namespaces") }
