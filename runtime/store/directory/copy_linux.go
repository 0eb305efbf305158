package directory

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// avoidsCopies tells whether the file system of a file may copy without moving
// bytes through this machine: it shares blocks, or its server copies.
func avoidsCopies(file *os.File) bool {
	var system unix.Statfs_t
	if err := unix.Fstatfs(int(file.Fd()), &system); err != nil {
		return false
	}
	switch uint32(system.Type) {
	case unix.BTRFS_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, // blocks
		unix.NFS_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CEPH_SUPER_MAGIC, unix.FUSE_SUPER_MAGIC: // servers
		return true
	}
	return false
}

// copyInKernel copies a part of a file without bringing it here. The error is
// errors.ErrUnsupported where the file systems do not do that with each other.
func copyInKernel(p backend.Part, from *os.File) error {
	for offset, left := p.Offset, p.Length; left > 0; {
		source, target := offset, offset
		n, err := unix.CopyFileRange(int(from.Fd()), &source, int(p.File.Fd()), &target, int(left), 0)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EXDEV), errors.Is(err, unix.EINVAL), errors.Is(err, unix.EPERM), errors.Is(err, unix.EIO):
			return errors.ErrUnsupported // some file systems say it so; if it is a fault, copying says so too
		case err != nil:
			return os.NewSyscallError("copy_file_range", err)
		case n == 0:
			return io.ErrUnexpectedEOF
		}
		offset, left = offset+int64(n), left-int64(n)
	}
	return nil
}
