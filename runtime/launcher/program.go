package launcher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// program is the user's program.
type program struct {
	argv    []string
	environ []string
	log     *taskLog
	options Options
}

// run runs the program to its end. It returns nil if it succeeded without
// having been told to stop.
func (p program) run(ctx context.Context) error {
	path, err := findProgram(p.argv[0], lookup(p.environ, "PATH"))
	if err != nil {
		return err
	}
	command := &exec.Cmd{
		Path:        path,
		Args:        p.argv,
		Env:         p.environ,
		Stdin:       p.options.Stdin,
		SysProcAttr: &syscall.SysProcAttr{Setpgid: true},
	}
	if err := p.start(command); err != nil {
		return err
	}
	ended := make(chan struct{})
	told := make(chan syscall.Signal, 1)
	go func() { told <- p.passSignals(ctx, command.Process.Pid, ended) }()
	err = command.Wait()
	close(ended)
	signal := <-told
	// As in a container whose first process ends: nothing goes on writing to
	// the outputs while they are stored.
	signalGroup(command.Process.Pid, syscall.SIGKILL)
	p.log.end()
	return exitError(command.ProcessState, signal, err)
}

// start starts the program on the streams of the launcher, or on some that are
// kept beside.
func (p program) start(command *exec.Cmd) error {
	for _, s := range []struct {
		to   *os.File
		from *io.Writer
	}{{p.options.Stdout, &command.Stdout}, {p.options.Stderr, &command.Stderr}} {
		file, err := p.log.stream(s.to)
		if err != nil {
			return fmt.Errorf("making a pipe: %w", err)
		}
		if file != s.to {
			defer file.Close() // the program has its own
		}
		*s.from = file
	}
	if err := command.Start(); err != nil {
		return p.startError(err)
	}
	return nil
}

// exitError tells how the program ended; stop is the signal that told it to,
// if one did.
func exitError(state *os.ProcessState, stop syscall.Signal, err error) error {
	if state == nil {
		return fmt.Errorf("waiting for the program: %w", err)
	}
	status, ok := state.Sys().(syscall.WaitStatus)
	switch {
	case ok && status.Signaled():
		s := status.Signal()
		return &ExitError{Code: contract.ExitSignal(int(s)), Message: signalMessage(s, stop)}
	case state.ExitCode() != 0:
		return &ExitError{Code: contract.ExitCode(state.ExitCode())}
	case stop != 0:
		return &ExitError{
			Code:    contract.ExitSignal(int(stop)),
			Message: "the task was told to stop: what the program left is not recorded",
		}
	}
	return nil
}

func signalMessage(s, stop syscall.Signal) string {
	message := fmt.Sprintf("the program was ended by signal %d (%s)", int(s), s)
	switch {
	case stop != 0:
		return message + " after the task was told to stop"
	case s == syscall.SIGKILL:
		return message + ": was it out of memory?"
	}
	return message
}

// passSignals passes signals on to the program's group until the program has
// ended. From the first one that asks it to stop, it has the grace to do so;
// that signal is returned.
func (p program) passSignals(ctx context.Context, group int, ended <-chan struct{}) (stop syscall.Signal) {
	var graceOver <-chan time.Time
	cancelled := ctx.Done()
	for {
		var s syscall.Signal
		select {
		case <-ended:
			return stop
		case <-graceOver:
			s = syscall.SIGKILL
		case <-cancelled:
			s, cancelled = syscall.SIGTERM, nil
		case received := <-p.options.Signals:
			s, _ = received.(syscall.Signal)
		}
		if s == 0 {
			continue // no signal of this system
		}
		signalGroup(group, s)
		if isStop(s) && graceOver == nil {
			stop, graceOver = s, time.After(p.options.Grace)
		}
	}
}

// Signals lists the signals to pass on: all but those that concern a process
// itself, which are its child's end and the preemption of the Go runtime, and
// the two that C libraries keep to themselves.
func Signals() []os.Signal {
	var signals []os.Signal
	for s := syscall.Signal(1); s <= 64; s++ {
		switch s {
		case syscall.SIGCHLD, syscall.SIGURG, 32, 33:
		default:
			signals = append(signals, s)
		}
	}
	return signals
}

func isStop(s syscall.Signal) bool { return s == syscall.SIGTERM || s == syscall.SIGINT }

// signalGroup sends a signal to a process group, which may be gone.
func signalGroup(group int, s syscall.Signal) { _ = syscall.Kill(-group, s) }

// untilStopped returns a context that ends at the next signal to stop.
func untilStopped(ctx context.Context, signals <-chan os.Signal) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case received := <-signals:
				if s, ok := received.(syscall.Signal); ok && isStop(s) {
					cancel(fmt.Errorf("the task was told to stop (%s)", s))
				}
			}
		}
	}()
	return ctx, func() { cancel(nil) }
}

// defaultPath is where container runtimes look in an image that sets no PATH.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// findProgram returns the file of a program as execvp does, and the exit codes
// of a shell where there is none.
func findProgram(name, path string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil // the kernel says what is wrong with it
	}
	if path == "" {
		path = defaultPath
	}
	found := ""
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, name)
		info, err := os.Stat(file)
		if err != nil || info.IsDir() {
			continue
		}
		if info.Mode()&0o111 != 0 {
			return file, nil
		}
		found = file
	}
	if found != "" {
		return "", &ExitError{Code: contract.ExitCannotRun, Message: fmt.Sprintf("%s is not executable", found)}
	}
	return "", &ExitError{
		Code:    contract.ExitNotFound,
		Message: fmt.Sprintf("the image has no program %q in PATH (%s)", name, path),
	}
}

// startError tells why the program did not start.
func (p program) startError(err error) error {
	name := p.argv[0]
	switch {
	case errors.Is(err, syscall.E2BIG):
		return &tooLongError{argv: p.argv, environ: p.environ}
	case errors.Is(err, fs.ErrNotExist):
		message := fmt.Sprintf("the image has no program %s", name)
		if _, missing := os.Stat(name); missing == nil {
			message = fmt.Sprintf("the interpreter or loader that %s needs is not in the image", name)
		}
		return &ExitError{Code: contract.ExitNotFound, Message: message}
	case errors.Is(err, fs.ErrPermission):
		return &ExitError{Code: contract.ExitCannotRun, Message: fmt.Sprintf("%s is not executable for this user", name)}
	case errors.Is(err, syscall.ENOEXEC):
		return &ExitError{
			Code:    contract.ExitCannotRun,
			Message: fmt.Sprintf("%s is not a program for this machine, or a script without #!", name),
		}
	}
	return &ExitError{Code: contract.ExitCannotRun, Message: fmt.Sprintf("starting %s: %v", name, err)}
}
