// Package local finds and starts kfp2argo-local, the program that runs Workflows
// on this machine, and tells how it is reached.
package local

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/tools/clientcmd"
)

// Engine says which engine is meant: there is one for each directory.
type Engine struct {
	// Dir holds all that runs leave; empty is one in the user's state directory.
	Dir string
	// GPUs is how many accelerators runs may count on.
	GPUs int
	// Runtime is one of [Runtimes]; empty is that of an engine that runs already,
	// or else that of processes.
	Runtime string
	// Image is that of the pods' programs, which this machine's stand in for.
	Image string
	// Getenv is the environment, such as os.Getenv.
	Getenv func(string) string
	// Say is called with messages about steps that take long.
	Say io.Writer

	started *exec.Cmd
}

// Stop ends the engine, if it was this value that has started it, and waits until
// it is gone.
func (e *Engine) Stop() error {
	if e.started == nil {
		return nil
	}
	if err := e.started.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return e.started.Wait()
}

// Directory returns the directory of everything.
func (e *Engine) Directory() (string, error) {
	if e.Dir != "" {
		return filepath.Abs(e.Dir)
	}
	if state := e.Getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "kfp2argo"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("%w; say where runs are to lie: --local-dir DIR", err)
	}
	return filepath.Join(home, ".local", "state", "kfp2argo"), nil
}

// Ways to run programs.
const (
	processes = "process"
	automatic = "auto"
)

// Runtimes lists the ways to run programs: as processes of this machine, in
// containers by a command line, or the first of these that works.
func Runtimes() []string { return []string{processes, "docker", "podman", "nerdctl", automatic} }

// Start returns the kubeconfig of the engine, which it starts unless it runs.
func (e *Engine) Start(ctx context.Context) (string, error) {
	dir, err := e.Directory()
	if err != nil {
		return "", err
	}
	kubeconfig, err := e.startIn(ctx, dir)
	if err != nil {
		return "", err
	}
	return kubeconfig, e.checkRuntime(dir)
}

// checkRuntime requires that an engine, which may have run before, runs programs
// as is wanted, and says what it has chosen.
func (e *Engine) checkRuntime(dir string) error {
	if e.Runtime == "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(dir, "runtime"))
	if err != nil {
		return err
	}
	switch found := string(text); {
	case e.Runtime == automatic:
		fmt.Fprintf(e.Say, "kfp2argo: programs run by --runtime %s\n", found)
	case e.Runtime != found:
		return fmt.Errorf("what runs pipelines in %s uses --runtime %s; it ends a minute after its last run, and another --local-dir has one of its own", dir, found)
	}
	return nil
}

// Machine returns what the engine, which runs, has for pods.
func (e *Engine) Machine() (Machine, error) {
	dir, err := e.Directory()
	if err != nil {
		return Machine{}, err
	}
	text, err := os.ReadFile(filepath.Join(dir, "limits"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // an older engine enforces none
		return Machine{}, err
	}
	return Machine{GPUs: e.GPUs, Enforces: strings.Fields(string(text))}, nil
}

func (e *Engine) startIn(ctx context.Context, dir string) (string, error) {
	kubeconfig := filepath.Join(dir, "kubeconfig")
	if answers(kubeconfig) {
		return kubeconfig, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	found, err := e.find(ctx)
	if err != nil {
		return "", err
	}
	err = e.start(found, dir)
	if errors.Is(err, errBusy) {
		err = await(ctx, kubeconfig)
	}
	return kubeconfig, err
}

// probeTime bounds how long an engine may take to say that it is there.
const probeTime = 3 * time.Second

// answers reports whether an engine answers.
func answers(kubeconfig string) bool {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return false
	}
	config.Timeout = probeTime
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return false
	}
	_, err = client.ServerVersion()
	return err == nil
}

// gonePause is how often an engine is looked for.
const gonePause = 2 * time.Second

// Gone waits until nothing listens at the address of an engine any more, and
// returns an error that says so, or nil if the context ends before. Address is a
// URL.
func Gone(ctx context.Context, address string) error {
	parsed, err := url.Parse(address)
	if err != nil {
		return err
	}
	ticks := time.NewTicker(gonePause)
	defer ticks.Stop()
	var dialer net.Dialer
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
		connection, err := dialer.DialContext(ctx, "tcp", parsed.Host)
		if errors.Is(err, syscall.ECONNREFUSED) {
			return fmt.Errorf("%s has ended: its log says more", Program)
		}
		if err == nil {
			_ = connection.Close()
		}
	}
}

// await waits for an engine that another command starts just now.
func await(ctx context.Context, kubeconfig string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for !answers(kubeconfig) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is in use, but by nothing that answers", filepath.Dir(kubeconfig))
		case <-time.After(100 * time.Millisecond):
		}
	}
	return nil
}

// errBusy is the error where another engine has the directory.
var errBusy = errors.New("another engine has the directory")

// exitBusy is how the engine says so.
const exitBusy = 75

// idle is how long an engine stays when it has nothing to do.
const idle = time.Minute

// start starts an engine, which outlives this command, and waits until it
// serves.
func (e *Engine) start(p programs, dir string) error {
	logName := filepath.Join(dir, "engine.log")
	log, err := os.OpenFile(logName, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	command := exec.Command(p.engine, "--dir", dir, "--programs", p.pods, "--image", e.Image,
		"--gpus", strconv.Itoa(e.GPUs),
		"--runtime", cmp.Or(e.Runtime, processes), "--idle", idle.String(), "--ready")
	command.Stderr = log
	command.SysProcAttr = detached()
	out, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", p.engine, err)
	}
	word, err := bufio.NewReader(out).ReadString('\n')
	if err == nil && strings.TrimSpace(word) == "ready" {
		e.started = command
		return nil
	}
	err = command.Wait()
	if command.ProcessState.ExitCode() == exitBusy {
		return errBusy
	}
	return fmt.Errorf("%s does not start: %s", filepath.Base(p.engine), lastLine(logName, err))
}

// lastLine returns the last that a program has said, or else the error.
func lastLine(name string, err error) string {
	text, readErr := os.ReadFile(name)
	if readErr != nil || len(text) == 0 {
		return fmt.Sprint(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.TrimPrefix(lines[len(lines)-1], Program+": ")
}
