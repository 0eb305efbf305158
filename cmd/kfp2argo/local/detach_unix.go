//go:build unix

package local

import "syscall"

// detached lets a process go on when this one's terminal is closed.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
