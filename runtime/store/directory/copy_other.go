//go:build !linux

package directory

import (
	"errors"
	"os"
)

// copyInKernel is for systems that can.
func copyInKernel(part, *os.File) error { return errors.ErrUnsupported }
