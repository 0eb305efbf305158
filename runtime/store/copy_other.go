//go:build !linux

package store

import (
	"errors"
	"os"
)

// copyInKernel is for systems that can.
func copyInKernel(part, *os.File) error { return errors.ErrUnsupported }

// preallocate is for systems that can.
func preallocate(*os.File, int64) error { return nil }
