package launcher

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// hide keeps other processes from the memory and the environment of this one,
// those of the same user too: the program could take the keys of the store. What
// this process starts is not hidden.
func hide() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("hiding the launcher's memory: %w", err)
	}
	return nil
}
