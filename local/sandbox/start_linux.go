package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/kfp2argo/kfp2argo/local/cgroup"
)

// Sandbox starts programs. They end with this process, however that ends.
type Sandbox struct {
	// Groups bound what programs use; without them they use what they like.
	Groups *cgroup.Groups
	helper string
	work   chan func()
}

// New returns a sandbox that starts programs by a helper, the file of the
// program of [Main].
func New(helper string) *Sandbox {
	s := &Sandbox{helper: helper, work: make(chan func())}
	go s.serve()
	return s
}

// serve starts all programs on one thread: the kernel ends them when the thread
// ends that has started them, and Go ends threads as it likes.
func (s *Sandbox) serve() {
	runtime.LockOSThread()
	for f := range s.work {
		f()
	}
}

// Close ends the sandbox, and programs that are still there.
func (s *Sandbox) Close() { close(s.work) }

// Process is a program that has been started.
type Process struct {
	command *exec.Cmd
	group   *cgroup.Group // nil without limits
}

// The helper's files.
const (
	specFile   = 3
	reportFile = 4
)

// Start starts a program, which writes to a file. It returns when the program
// has begun, or could not.
func (s *Sandbox) Start(spec Spec, out *os.File) (*Process, error) {
	group, err := s.limit(spec.Limits)
	if err != nil {
		return nil, err
	}
	command, err := s.run(spec, out, group)
	if err != nil {
		_, closeErr := group.Close()
		return nil, errors.Join(err, closeErr)
	}
	return &Process{command, group}, nil
}

// limit makes the group that a program with limits is in, if any.
func (s *Sandbox) limit(l cgroup.Limits) (*cgroup.Group, error) {
	if s.Groups == nil || l == (cgroup.Limits{}) {
		return nil, nil
	}
	return s.Groups.Make(l)
}

// run starts a program in a group.
func (s *Sandbox) run(spec Spec, out *os.File, group *cgroup.Group) (*exec.Cmd, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	specIn, specOut, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer specIn.Close()
	report, reportOut, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, specOut.Close())
	}
	defer report.Close()
	command := &exec.Cmd{
		Path:       s.helper,
		Args:       []string{HelperName},
		Env:        []string{},
		Dir:        "/",
		Stdout:     out,
		Stderr:     out,
		ExtraFiles: []*os.File{specIn, reportOut},
	}
	started := make(chan error)
	s.work <- func() { started <- start(command, spec, group) }
	if err = <-started; err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrStart, refusal(err)), specOut.Close(), reportOut.Close())
	}
	// The helper alone is to have these: their other ends see it go.
	_ = reportOut.Close()
	_, err = specOut.Write(text)
	err = errors.Join(err, specOut.Close())
	trouble, readErr := io.ReadAll(report)
	if err = errors.Join(err, readErr); err == nil && len(trouble) == 0 {
		return command, nil
	}
	_ = command.Wait()
	if len(trouble) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrStart, trouble)
	}
	return nil, err
}

// start starts the helper in new namespaces, as the user that the program is to
// see itself as.
func start(command *exec.Cmd, spec Spec, group *cgroup.Group) error {
	command.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: spec.UID, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: spec.GID, HostID: os.Getegid(), Size: 1}},
		// What building the root takes, for a user who is not root either.
		AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SYS_CHROOT, unix.CAP_SETPCAP, unix.CAP_DAC_OVERRIDE},
		Setsid:      true,
		Pdeathsig:   syscall.SIGKILL,
	}
	if group != nil {
		command.SysProcAttr.UseCgroupFD, command.SysProcAttr.CgroupFD = true, group.FD()
	}
	return command.Start()
}

// Wait waits for the end of the program, and of all that it has started.
func (p *Process) Wait() Exit {
	err := p.command.Wait()
	exit := exitOf(p.command.ProcessState, err)
	// That the empty group stays is no trouble of the program.
	exit.OutOfMemory, _ = p.group.Close()
	return exit
}

func exitOf(state *os.ProcessState, err error) Exit {
	if state == nil {
		return Exit{Code: 255}
	}
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return Exit{Code: 128 + int(status.Signal()), Signal: status.Signal()}
	}
	if err != nil && state.ExitCode() < 0 {
		return Exit{Code: 255}
	}
	return Exit{Code: state.ExitCode()}
}

// Signal sends the program a signal. As the first in its namespace it does not
// get those that it has no handler for, but for SIGKILL.
func (p *Process) Signal(signal syscall.Signal) { _ = p.command.Process.Signal(signal) }

// Check reports why programs cannot be started here.
func (s *Sandbox) Check() error {
	root, err := os.MkdirTemp("", "kfp2argo-*")
	if err != nil {
		return err
	}
	defer os.Remove(root)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	root, err = filepath.EvalSymlinks(root)
	if err != nil {
		return err
	}
	p, err := s.Start(Spec{Args: []string{"/bin/sh", "-c", ":"}, Root: root, UID: 1000, ReadOnly: true}, null)
	if err != nil {
		return err
	}
	if exit := p.Wait(); exit.Code != 0 {
		return fmt.Errorf("a shell in namespaces of its own ends with %d", exit.Code)
	}
	return nil
}
