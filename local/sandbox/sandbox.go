// Package sandbox runs programs of this machine as if each were in a container:
// in namespaces of its own, with the machine's files read-only below it, and
// with what is mounted for it above. It needs Linux 5.12 and user namespaces,
// but no root.
//
// A small program, which [Main] is all of, makes the namespaces habitable and
// becomes the program. It is no part of the caller: mounts are made where only
// one process sees them, and a program starts in milliseconds however large the
// caller is.
package sandbox

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/kfp2argo/kfp2argo/local/cgroup"
)

// Spec is a program and what it sees.
type Spec struct {
	// Args are the program and its arguments. The program is looked for in the
	// PATH of Env, inside.
	Args []string `json:"args"`
	Env  []string `json:"env"`
	// Dir is its working directory; empty is the root.
	Dir      string  `json:"dir"`
	Hostname string  `json:"hostname"`
	Mounts   []Mount `json:"mounts"`
	// Root is an empty directory of this machine, on which the root is built.
	// Nothing is left there.
	Root string `json:"root"`
	// ReadOnly keeps the program from writing anywhere but into its mounts.
	ReadOnly bool `json:"readOnly"`
	// UID and GID are whom the program sees itself as. To this machine it is
	// the user who started it.
	UID int `json:"uid"`
	GID int `json:"gid"`
	// Privileged lets it keep the capabilities of containers where it is root;
	// otherwise it has none.
	Privileged bool `json:"privileged"`
	// NoNewPrivileges keeps it from gaining any by starting another program.
	NoNewPrivileges bool `json:"noNewPrivileges"`
	// Limits are what it may use, as far as the sandbox's groups enforce them.
	Limits cgroup.Limits `json:"-"`
}

// Mount shows a file or directory of this machine at another place. A place
// that does not exist is made.
type Mount struct {
	Source   string `json:"source"`
	Target   string `json:"target"`
	ReadOnly bool   `json:"readOnly"`
}

// ErrStart is wrapped by errors of a program that could not be started, such as
// one that does not exist.
var ErrStart = errors.New("the program could not be started")

// HelperName is what the program of [Main] is called.
const HelperName = "kfp2argo-sandbox"

// Exit is how a program has ended.
type Exit struct {
	// Code is its exit code, or 128 and the number of the signal.
	Code int
	// Signal is what has ended it, or 0.
	Signal syscall.Signal
	// OutOfMemory says that it was ended because it used more memory than it may.
	OutOfMemory bool
}

// refusal explains why this machine makes no namespaces.
func refusal(err error) error {
	return fmt.Errorf("this machine lets no program have namespaces of its own (%w). "+
		"--runtime docker or podman runs images instead. In a container, start that with --security-opt seccomp=unconfined or as a privileged one; on Ubuntu 23.10 and later, allow user namespaces: "+
		"sysctl kernel.apparmor_restrict_unprivileged_userns=0", err)
}
