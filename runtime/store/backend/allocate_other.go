//go:build !linux

package backend

import "os"

// Preallocate is for systems that can.
func Preallocate(*os.File, int64) error { return nil }
