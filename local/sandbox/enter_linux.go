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
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Main is the program between [Sandbox.Start] and the program that is to run.
// It returns only where it fails, and has then told who started it.
func Main() error {
	// Capabilities are a thread's, and exec takes those of its caller.
	runtime.LockOSThread()
	unix.CloseOnExec(specFile)
	unix.CloseOnExec(reportFile)
	err := enter()
	_, writeErr := io.WriteString(os.NewFile(reportFile, "report"), err.Error())
	return errors.Join(err, writeErr)
}

func enter() error {
	var spec Spec
	if err := json.NewDecoder(os.NewFile(specFile, "spec")).Decode(&spec); err != nil {
		return fmt.Errorf("reading what to run: %w", err)
	}
	syscall.Umask(0)
	if spec.Hostname != "" {
		if err := unix.Sethostname([]byte(spec.Hostname)); err != nil {
			return fmt.Errorf("setting the host name: %w", err)
		}
	}
	if err := buildRoot(spec); err != nil {
		return err
	}
	if err := changeRoot(spec.Root); err != nil {
		return err
	}
	if err := os.Chdir(filepath.Join("/", spec.Dir)); err != nil {
		return fmt.Errorf("working directory: %w", err)
	}
	program, err := find(spec.Args, spec.Env)
	if err != nil {
		return err
	}
	if err := dropPrivileges(spec); err != nil {
		return err
	}
	syscall.Umask(0o022)
	return &os.PathError{Op: "exec", Path: program, Err: syscall.Exec(program, spec.Args, spec.Env)}
}

// changeRoot makes a directory the root and leaves the old one behind.
func changeRoot(root string) error {
	if err := os.Chdir(root); err != nil {
		return err
	}
	// The old root comes to lie over the new one, and is taken off.
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("changing the root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leaving the old root: %w", err)
	}
	return os.Chdir("/")
}

// find finds a program as execvp does.
func find(args, env []string) (string, error) {
	if len(args) == 0 {
		return "", errors.New("no program is given")
	}
	name := args[0]
	if strings.Contains(name, "/") {
		return name, nil
	}
	path := "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
	for _, e := range env {
		if text, ok := strings.CutPrefix(e, "PATH="); ok {
			path = text
		}
	}
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, name)
		if info, err := os.Stat(file); err == nil && !info.IsDir() && unix.Access(file, unix.X_OK) == nil {
			return file, nil
		}
	}
	return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
}

// containerCapabilities are those that container engines leave to root.
var containerCapabilities = []uintptr{
	unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_FSETID, unix.CAP_KILL, unix.CAP_SETGID, unix.CAP_SETUID,
	unix.CAP_SETPCAP, unix.CAP_NET_BIND_SERVICE, unix.CAP_SYS_CHROOT, unix.CAP_MKNOD, unix.CAP_AUDIT_WRITE, unix.CAP_SETFCAP,
}

// dropPrivileges takes from this thread what the program must not have.
func dropPrivileges(spec Spec) error {
	var keep [2]uint32
	if spec.Privileged {
		for _, c := range containerCapabilities {
			keep[c/32] |= 1 << (c % 32)
		}
	}
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		if keep[c/32]&(1<<(c%32)) != 0 {
			continue
		}
		// An older kernel does not know the last ones.
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil && !errors.Is(err, unix.EINVAL) {
			return fmt.Errorf("dropping capability %d: %w", c, err)
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("dropping capabilities: %w", err)
	}
	var data [2]unix.CapUserData
	header := &unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if err := unix.Capset(header, &data[0]); err != nil {
		return fmt.Errorf("dropping capabilities: %w", err)
	}
	if spec.NoNewPrivileges {
		return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
	}
	return nil
}
