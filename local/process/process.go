// Package process runs containers as programs of this machine, in sandboxes:
// what a container's image would have had is what this machine has.
package process

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kfp2argo/kfp2argo/local/cgroup"
	"github.com/kfp2argo/kfp2argo/local/kubelet"
	"github.com/kfp2argo/kfp2argo/local/sandbox"
)

// Runtime runs containers as programs of this machine.
type Runtime struct {
	Sandbox *sandbox.Sandbox
	// Programs are the files that stand in for the image of kfp2argo, by where a
	// container of that image has them.
	Programs map[string]string
	// IsOurs reports whether an image is that of kfp2argo.
	IsOurs func(image string) bool
	// Cache is a directory for what package managers may keep between pods.
	Cache string
	// Environ is this machine's environment; parts of it take the place of what
	// an image sets.
	Environ []string
}

// inherited are the variables that tell where programs and their parts lie, and
// how the network is reached.
var inherited = []string{
	"PATH", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV", "PYENV_ROOT", "PYENV_VERSION", "CONDA_PREFIX",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_CERT", "PIP_CONFIG_FILE",
}

// cacheDir is where a container sees the cache.
const cacheDir = "/.kfp2argo-cache"

// Start starts a container.
func (r *Runtime) Start(c *kubelet.Container, out *os.File) (kubelet.Process, error) {
	if err := r.check(c); err != nil {
		return nil, err
	}
	root := filepath.Join(c.Dir, "root")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return nil, err
	}
	spec := sandbox.Spec{
		Args:     c.Args,
		Env:      r.environment(c.Env),
		Dir:      c.Spec.WorkingDir,
		Hostname: c.Pod.Name[:min(len(c.Pod.Name), 63)],
		Mounts:   r.mounts(c),
		Root:     root,
		Limits:   cgroup.LimitsOf(c.Spec),
	}
	secure(&spec, c)
	p, err := r.Sandbox.Start(spec, out)
	if err != nil {
		return nil, err
	}
	return p, nil
}

// needs are programs that images of a name exist for.
var needs = map[string]string{"python": "python3", "node": "node", "golang": "go", "ruby": "ruby", "perl": "perl", "openjdk": "java"}

// check says what this machine lacks that the container's image has for
// certain.
func (r *Runtime) check(c *kubelet.Container) error {
	if len(c.Args) == 0 {
		return fmt.Errorf("image %s: its own command cannot be known without the image; give the component a command", c.Spec.Image)
	}
	name, _, _ := strings.Cut(path.Base(c.Spec.Image), ":")
	program := needs[name]
	if program == "" {
		return nil
	}
	if _, err := exec.LookPath(program); err != nil {
		return fmt.Errorf("image %s: no %s here; install it", c.Spec.Image, program)
	}
	return nil
}

func (r *Runtime) mounts(c *kubelet.Container) []sandbox.Mount {
	mounts := slices.Clone(c.Mounts)
	if r.Cache != "" {
		mounts = append(mounts, sandbox.Mount{Source: r.Cache, Target: cacheDir})
	}
	if !r.IsOurs(c.Spec.Image) {
		return mounts
	}
	for at, file := range r.Programs {
		mounts = append(mounts, sandbox.Mount{Source: file, Target: at, ReadOnly: true})
	}
	return mounts
}

// environment adds to the variables of a container what its image would have
// set.
func (r *Runtime) environment(own []string) []string {
	all := map[string]string{
		"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/",
		// This machine's own Python may be one that its distribution manages:
		// what a pod installs goes into the pod.
		"PIP_BREAK_SYSTEM_PACKAGES": "1",
		"PYTHONDONTWRITEBYTECODE":   "1",
	}
	if r.Cache != "" {
		all["PIP_CACHE_DIR"] = cacheDir + "/pip"
		all["UV_CACHE_DIR"] = cacheDir + "/uv"
	}
	for _, e := range r.Environ {
		if name, value, _ := strings.Cut(e, "="); slices.Contains(inherited, name) {
			all[name] = value
		}
	}
	for _, e := range own {
		name, value, _ := strings.Cut(e, "=")
		all[name] = value
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}

// secure gives the program the user and the privileges that its pod says.
func secure(spec *sandbox.Spec, c *kubelet.Container) {
	spec.ReadOnly, spec.Privileged = false, true
	if s := c.Pod.Spec.SecurityContext; s != nil {
		setUser(spec, s.RunAsUser, s.RunAsGroup)
	}
	s := c.Spec.SecurityContext
	if s == nil {
		return
	}
	setUser(spec, s.RunAsUser, s.RunAsGroup)
	spec.ReadOnly = isTrue(s.ReadOnlyRootFilesystem)
	spec.NoNewPrivileges = s.AllowPrivilegeEscalation != nil && !*s.AllowPrivilegeEscalation
	if s.Capabilities != nil && slices.Contains(s.Capabilities.Drop, corev1.Capability("ALL")) {
		spec.Privileged = false
	}
}

func setUser(spec *sandbox.Spec, user, group *int64) {
	if user != nil {
		spec.UID = int(*user)
	}
	if group != nil {
		spec.GID = int(*group)
	}
}

func isTrue(b *bool) bool { return b != nil && *b }
