// Package container runs containers of images, by a command line that is
// compatible with Docker's: docker, podman or nerdctl.
package container

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/local/kubelet"
	"github.com/kfp2argo/kfp2argo/local/sandbox"
)

// Commands are the command lines that a [Runtime] can use, in the order in which
// they are looked for.
var Commands = []string{"docker", "podman", "nerdctl"}

// Runtime runs containers of images.
type Runtime struct {
	// Command is the command line: one of [Commands], or its file.
	Command string
	// Owner marks the containers of one engine: its directory.
	Owner string
	// Programs are the files that stand in for the image of kfp2argo, by where a
	// container of that image has them.
	Programs map[string]string
	// IsOurs reports whether an image is that of kfp2argo, which is not pulled.
	IsOurs func(image string) bool
	// Enforces are the limits that containers are given; [Runtime.Limits] says
	// which work here.
	Enforces []corev1.ResourceName
}

// ownerLabel is the label that names the owner of a container.
const ownerLabel = "kfp2argo.local"

// Check reports why containers cannot be run: that the command is missing, or
// what it says of itself.
func (r *Runtime) Check(ctx context.Context) error {
	if _, err := r.call(ctx, "ps", "--quiet"); err != nil {
		return fmt.Errorf("%s runs no containers here: %w", filepath.Base(r.Command), err)
	}
	return nil
}

// Reset removes the containers that an engine which was killed has left, and
// makes the image in which kfp2argo's own programs run.
func (r *Runtime) Reset(ctx context.Context) error {
	list, err := r.call(ctx, "ps", "--all", "--quiet", "--filter", "label="+ownerLabel+"="+r.Owner)
	if err != nil {
		return err
	}
	if ids := strings.Fields(list); len(ids) > 0 {
		if _, err := r.call(ctx, append([]string{"rm", "--force"}, ids...)...); err != nil {
			return err
		}
	}
	return r.loadEmpty(ctx)
}

// Pull has the image of a container there. It asks a registry only if the image
// is missing, or if the container says that it is always to be pulled.
func (r *Runtime) Pull(ctx context.Context, c *corev1.Container) error {
	if r.IsOurs(c.Image) {
		return nil
	}
	if err := checkImage(c.Image); err != nil {
		return err
	}
	_, err := r.call(ctx, "image", "inspect", c.Image)
	switch {
	case err == nil && c.ImagePullPolicy != corev1.PullAlways:
		return nil
	case c.ImagePullPolicy == corev1.PullNever:
		return kubelet.ErrNeverPull
	}
	_, err = r.call(ctx, "pull", "--quiet", c.Image)
	return err
}

// Start starts a container, and returns when its program runs or could not be
// started.
func (r *Runtime) Start(c *kubelet.Container, out *os.File) (kubelet.Process, error) {
	name := containerName(c)
	args, environ, err := r.run(c, name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", sandbox.ErrStart, err)
	}
	ctx := context.Background()
	command := r.command(ctx, args...)
	command.Env = environ
	if _, err := output(command); err != nil {
		// What could not be started may be there already.
		_, _ = r.call(ctx, "rm", "--force", name)
		return nil, fmt.Errorf("%w: %w", sandbox.ErrStart, err)
	}
	logs := r.command(ctx, "logs", "--follow", name)
	logs.Stdout, logs.Stderr = out, out
	if err := logs.Start(); err != nil {
		_, removeErr := r.call(ctx, "rm", "--force", name)
		return nil, errors.Join(err, removeErr)
	}
	return &process{runtime: r, name: name, logs: logs, limited: r.memoryOf(c.Spec) > 0}, nil
}

// containerName returns a name that no other container of this machine has.
// A container that is started again follows one that has been removed.
func containerName(c *kubelet.Container) string {
	return "kfp2argo-" + string(c.Pod.UID) + "-" + c.Spec.Name
}

// process is a container that runs.
type process struct {
	runtime *Runtime
	name    string
	logs    *exec.Cmd
	limited bool // in its memory
}

// unknownExit is the exit code of a container of which it is not known.
const unknownExit = 255

// Wait waits for the container's end and removes it.
func (p *process) Wait() sandbox.Exit {
	ctx := context.Background()
	code := unknownExit
	if text, err := p.runtime.call(ctx, "wait", p.name); err == nil {
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
			code = n
		}
	}
	_ = p.logs.Wait()
	exit := sandbox.Exit{Code: code, OutOfMemory: p.limited && code != 0 && p.runtime.wasKilled(ctx, p.name)}
	_, _ = p.runtime.call(ctx, "rm", "--force", p.name)
	return exit
}

// Signal sends the container's program a signal.
func (p *process) Signal(s syscall.Signal) {
	// It may have ended just now, which is what the signal is for.
	_, _ = p.runtime.call(context.Background(), "kill", "--signal", strconv.Itoa(int(s)), p.name)
}

// run returns the arguments of the command line that starts a container, and the
// environment of that command line.
func (r *Runtime) run(c *kubelet.Container, name string) (args, environ []string, err error) {
	args = []string{"run", "--detach", "--name", name, "--label", ownerLabel + "=" + r.Owner,
		// What listens on this machine, such as a store, is reached as by a process.
		"--network", "host", "--pull", "never", "--log-driver", "json-file"}
	args = append(append(args, security(c)...), r.limits(c.Spec)...)
	environ = os.Environ()
	for _, e := range c.Env {
		variable, _, _ := strings.Cut(e, "=")
		if isOfCommand(variable) {
			args = append(args, "--env", e)
			continue
		}
		// Other users see the arguments of a command, but not its environment.
		args = append(args, "--env", variable)
		environ = append(environ, e)
	}
	image := c.Spec.Image
	if err := checkImage(image); err != nil {
		return nil, nil, err
	}
	mounts := c.Mounts
	if r.IsOurs(image) {
		image = emptyImage
		for at, file := range r.Programs {
			mounts = append(slices.Clone(mounts), sandbox.Mount{Source: file, Target: at, ReadOnly: true})
		}
	}
	for _, m := range mounts {
		text, err := mount(m)
		if err != nil {
			return nil, nil, err
		}
		args = append(args, "--mount", text)
	}
	if c.Spec.WorkingDir != "" {
		args = append(args, "--workdir", c.Spec.WorkingDir)
	}
	program := c.Args
	if len(c.Spec.Command) > 0 && len(program) > 0 {
		args, program = append(args, "--entrypoint", program[0]), program[1:]
	}
	return append(append(args, image), program...), environ, nil
}

// checkImage refuses an image that the command line would take for a flag. The
// author of a pipeline writes it.
func checkImage(image string) error {
	if strings.HasPrefix(image, "-") {
		return fmt.Errorf("the image %q begins with a dash", image)
	}
	return nil
}

// isOfCommand reports whether the command line itself reads a variable, so that
// it cannot stand in its environment for the container.
func isOfCommand(name string) bool {
	return slices.Contains([]string{"PATH", "HOME", "TMPDIR"}, name) ||
		slices.ContainsFunc([]string{"XDG_", "LD_", "GO", "DOCKER_", "BUILDX_", "CONTAINER", "NERDCTL_", "PODMAN_", "REGISTRY_", "STORAGE_"},
			func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

func mount(m sandbox.Mount) (string, error) {
	if strings.ContainsAny(m.Source+m.Target, ",\"\n") {
		return "", fmt.Errorf("mounting %q at %q: commas, quotes and line ends do not work in paths", m.Source, m.Target)
	}
	text := "type=bind,source=" + m.Source + ",target=" + m.Target
	if m.ReadOnly {
		text += ",readonly"
	}
	return text, nil
}

// security returns the flags for the user and the privileges that a pod says.
func security(c *kubelet.Container) []string {
	var args []string
	var user, group *int64
	if s := c.Pod.Spec.SecurityContext; s != nil {
		user, group = s.RunAsUser, s.RunAsGroup
		for _, g := range s.SupplementalGroups {
			args = append(args, "--group-add", strconv.FormatInt(g, 10))
		}
		if s.FSGroup != nil {
			args = append(args, "--group-add", strconv.FormatInt(*s.FSGroup, 10))
		}
	}
	s := c.Spec.SecurityContext
	if s == nil {
		s = &corev1.SecurityContext{}
	}
	if s.RunAsUser != nil {
		user = s.RunAsUser
	}
	if s.RunAsGroup != nil {
		group = s.RunAsGroup
	}
	switch {
	case user != nil && group != nil:
		args = append(args, "--user", fmt.Sprintf("%d:%d", *user, *group))
	case user != nil:
		args = append(args, "--user", strconv.FormatInt(*user, 10))
	case group != nil:
		args = append(args, "--user", fmt.Sprintf("0:%d", *group))
	}
	if s.ReadOnlyRootFilesystem != nil && *s.ReadOnlyRootFilesystem {
		args = append(args, "--read-only")
	}
	if s.AllowPrivilegeEscalation != nil && !*s.AllowPrivilegeEscalation {
		args = append(args, "--security-opt", "no-new-privileges")
	}
	if s.Privileged != nil && *s.Privileged {
		args = append(args, "--privileged")
	}
	if s.Capabilities != nil {
		for _, d := range s.Capabilities.Drop {
			args = append(args, "--cap-drop", string(d))
		}
		for _, a := range s.Capabilities.Add {
			args = append(args, "--cap-add", string(a))
		}
	}
	return args
}

func (r *Runtime) command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, r.Command, args...)
	// podman's conmon writes a file named oom where it runs.
	command.Dir = r.Owner
	// Ctrl-C is for the engine, which then stops the containers.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return command
}

// call runs the command line and returns what it prints.
func (r *Runtime) call(ctx context.Context, args ...string) (string, error) {
	return output(r.command(ctx, args...))
}

// output runs a command and returns what it prints. The error is what it says
// last of what went wrong.
func output(command *exec.Cmd) (string, error) {
	var out, trouble bytes.Buffer
	command.Stdout, command.Stderr = &out, &trouble
	err := command.Run()
	if err == nil {
		return out.String(), nil
	}
	lines := strings.Split(strings.TrimSpace(trouble.String()), "\n")
	for _, line := range slices.Backward(lines) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "See '") && !strings.HasPrefix(line, "Run '") {
			return "", errors.New(strings.TrimPrefix(line, "Error: "))
		}
	}
	return "", err
}
