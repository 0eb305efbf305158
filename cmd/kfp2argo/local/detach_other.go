//go:build !unix

package local

import "syscall"

// detached is nothing here: the engine needs Linux.
func detached() *syscall.SysProcAttr { return nil }
