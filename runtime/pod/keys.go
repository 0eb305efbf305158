package pod

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// LeaveKeys leaves the keys of the store for the launcher. Main may run as any
// user, so every user may read them: it is the directory that few have.
func LeaveKeys(keys contract.Keys, root contract.Root) error {
	file := root.Path(contract.KeysFile)
	err := os.MkdirAll(filepath.Dir(file), 0o777) // it is there where it is a volume
	if err == nil {
		err = WriteFile(file, keys.Text())
	}
	if err != nil {
		return fmt.Errorf("handing over the keys of the store: %w", err)
	}
	return nil
}

// TakeKeys reads the keys of the store and removes them, so that no program reads
// them again.
func TakeKeys(root contract.Root) (contract.Keys, error) {
	file := root.Path(contract.KeysFile)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(text) == 0 {
		return nil, fmt.Errorf("the keys of the store are no longer at %s: a launcher has taken them before", file)
	}
	if err == nil {
		err = os.Truncate(file, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("taking the keys of the store: %w", err)
	}
	// The root of a volume in memory is sticky: of a file that belongs to
	// another user, which the driver's may, the name stays.
	_ = os.Remove(file)
	return contract.ParseKeys(text)
}
