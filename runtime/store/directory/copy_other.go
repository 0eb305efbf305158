//go:build !linux

package directory

import (
	"errors"
	"os"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// avoidsCopies is for systems that tell.
func avoidsCopies(*os.File) bool { return false }

// copyInKernel is for systems that can.
func copyInKernel(backend.Part, *os.File) error { return errors.ErrUnsupported }
