package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// root is a root in the making. Paths are those of the new root unless they are
// said to be the machine's.
type root struct {
	// dir is where it lies on the machine.
	dir string
	// made are the directories that are not the machine's but were made here:
	// anything can be added to them.
	made map[string]bool
	// memory are those among them that are mounts.
	memory []string
	// mounted are the places of the program's mounts.
	mounted []string
}

func (r *root) path(at string) string { return filepath.Join(r.dir, at) }

// buildRoot builds the root of a program: a directory in memory with the
// machine's directories mounted in it, and then what is mounted for the program.
func buildRoot(spec Spec) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making the mounts private: %w", err)
	}
	r := &root{dir: spec.Root, made: map[string]bool{}}
	if err := r.empty("/", 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir("/")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := r.take("/"+e.Name(), e); err != nil {
			return err
		}
	}
	if err := errors.Join(r.devices(), r.processes(), r.names()); err != nil {
		return err
	}
	mounts := slices.Clone(spec.Mounts)
	slices.SortStableFunc(mounts, func(a, b Mount) int {
		return cmp.Compare(strings.Count(path.Clean(a.Target), "/"), strings.Count(path.Clean(b.Target), "/"))
	})
	for _, m := range mounts {
		if err := r.mount(m); err != nil {
			return fmt.Errorf("mounting %s: %w", m.Target, err)
		}
	}
	if spec.ReadOnly {
		return r.protect()
	}
	return nil
}

// empty mounts an empty directory of memory.
func (r *root) empty(at string, mode os.FileMode) error {
	options := fmt.Sprintf("mode=%o", mode)
	if err := unix.Mount("tmpfs", r.path(at), "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("mounting memory at %s: %w", at, err)
	}
	// What is mounted from the machine may hold the directory of this root:
	// without this each mount would hold a copy of all mounts before it.
	if err := unix.Mount("", r.path(at), "", unix.MS_UNBINDABLE, ""); err != nil {
		return err
	}
	r.made[at] = true
	r.memory = append(r.memory, at)
	return nil
}

// own are the directories of the root that are not the machine's.
var own = map[string]os.FileMode{"/dev": 0o755, "/proc": 0o555, "/run": 0o755, "/tmp": 0o1777}

// take puts an entry of a directory of the machine at its place.
func (r *root) take(at string, e os.DirEntry) error {
	mode, isOwn := own[at]
	switch {
	case isOwn:
		if err := os.Mkdir(r.path(at), mode); err != nil || at == "/proc" {
			return err
		}
		return r.empty(at, mode)
	case e.Type()&os.ModeSymlink != 0:
		link, err := os.Readlink(at)
		if err != nil {
			return err
		}
		return os.Symlink(link, r.path(at))
	case e.IsDir():
		if err := os.Mkdir(r.path(at), 0o755); err != nil {
			return err
		}
	case e.Type().IsRegular():
		if err := r.touch(at); err != nil {
			return err
		}
	default:
		return nil
	}
	err := bind(at, r.path(at), true)
	if errors.Is(err, os.ErrPermission) || errors.Is(err, os.ErrNotExist) {
		return nil // what the user cannot see, or is gone
	}
	return err
}

// touch makes an empty file without opening it.
func (r *root) touch(at string) error { return unix.Mknod(r.path(at), unix.S_IFREG|0o666, 0) }

// bind shows a file or directory of the machine, with all that is mounted in it.
func bind(from, to string, readOnly bool) error {
	if err := unix.Mount(from, to, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return &os.PathError{Op: "bind", Path: from, Err: err}
	}
	if !readOnly {
		return nil
	}
	if err := unix.MountSetattr(unix.AT_FDCWD, to, unix.AT_RECURSIVE, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
		return fmt.Errorf("making %s read-only: %w", from, err)
	}
	return nil
}

// devices fills /dev with what programs may expect of a container, and with the
// devices of accelerators.
func (r *root) devices() error {
	names := []string{"null", "zero", "full", "random", "urandom", "tty"}
	for _, pattern := range []string{"/dev/nvidia*", "/dev/kfd", "/dev/dri"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, f := range found {
			names = append(names, filepath.Base(f))
		}
	}
	for _, name := range names {
		from := "/dev/" + name
		info, err := os.Stat(from)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil && info.IsDir() {
			err = os.Mkdir(r.path(from), 0o755)
		} else if err == nil {
			err = r.touch(from)
		}
		if err = errors.Join(err, bind(from, r.path(from), false)); err != nil {
			return err
		}
	}
	for name, link := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"} {
		if err := os.Symlink(link, r.path("/dev/"+name)); err != nil {
			return err
		}
	}
	if err := os.Mkdir(r.path("/dev/shm"), 0o1777); err != nil {
		return err
	}
	return r.empty("/dev/shm", 0o1777)
}

// processes mounts /proc of the new namespace. Where the machine shows only
// parts of its own, as containers do, Linux allows no other: then it is that.
func (r *root) processes() error {
	err := unix.Mount("proc", r.path("/proc"), "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	if errors.Is(err, unix.EPERM) {
		return bind("/proc", r.path("/proc"), false)
	}
	return err
}

// names brings the file with the name servers, which often is a link into /run.
func (r *root) names() error {
	file, err := filepath.EvalSymlinks("/etc/resolv.conf")
	if err != nil || !strings.HasPrefix(file, "/run/") {
		return nil
	}
	return r.mount(Mount{Source: file, Target: file, ReadOnly: true})
}

// mount mounts what is for the program.
func (r *root) mount(m Mount) error {
	info, err := os.Stat(m.Source)
	if err != nil {
		return err
	}
	at, err := r.place(m.Target, info.IsDir(), 0)
	if err != nil {
		return err
	}
	r.mounted = append(r.mounted, at)
	return bind(m.Source, r.path(at), m.ReadOnly)
}

// maxLinks bounds the links in a path, as the kernel does.
const maxLinks = 40

// place resolves the links in a path and makes what is missing of it.
func (r *root) place(target string, isDir bool, links int) (string, error) {
	if links > maxLinks {
		return "", &os.PathError{Op: "resolve", Path: target, Err: unix.ELOOP}
	}
	at := "/"
	parts := strings.FieldsFunc(path.Clean(target), func(c rune) bool { return c == '/' })
	for i, part := range parts {
		next := path.Join(at, part)
		info, err := os.Lstat(r.path(next))
		switch {
		case errors.Is(err, os.ErrNotExist):
			err = r.add(at, next, isDir || i < len(parts)-1)
		case err == nil && info.Mode()&os.ModeSymlink != 0:
			link, err := os.Readlink(r.path(next))
			if err != nil {
				return "", err
			}
			if !path.IsAbs(link) {
				link = path.Join(at, link)
			}
			return r.place(path.Join(append([]string{link}, parts[i+1:]...)...), isDir, links+1)
		}
		if err != nil {
			return "", err
		}
		at = next
	}
	return at, nil
}

// add makes a file or directory in a directory. One of the machine's is
// replaced by one in memory that has all that it has.
func (r *root) add(dir, at string, isDir bool) error {
	inMount := slices.ContainsFunc(r.mounted, func(m string) bool { return dir == m || strings.HasPrefix(dir, m+"/") })
	if !r.made[dir] && !inMount {
		if err := r.empty(dir, 0o755); err != nil {
			return err
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := r.take(path.Join(dir, e.Name()), e); err != nil {
				return err
			}
		}
	}
	if !isDir {
		return r.touch(at)
	}
	if !inMount {
		r.made[at] = true
	}
	return os.Mkdir(r.path(at), 0o777)
}

// protect makes read-only what was made here, but for what is memory in any
// container.
func (r *root) protect() error {
	for _, at := range r.memory {
		if at == "/dev/shm" || at == "/tmp" || slices.Contains(r.mounted, at) {
			continue
		}
		if err := unix.MountSetattr(unix.AT_FDCWD, r.path(at), 0, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
			return fmt.Errorf("making %s read-only: %w", at, err)
		}
	}
	return nil
}
