package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kfp2argo/kfp2argo/hack/bench"
)

// readResults reads the rows that a file keeps, which need not be there.
func readResults(file string) (bench.Scale, error) {
	var known bench.Scale
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return known, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &known)
	}
	if err != nil {
		return known, fmt.Errorf("reading the rows that have been measured: %w", err)
	}
	return known, nil
}

// writeResults writes the file anew, whole or not at all.
func writeResults(file string, known bench.Scale) error {
	text, err := json.MarshalIndent(known, "", "\t")
	if err == nil {
		err = os.MkdirAll(filepath.Dir(file), 0o777)
	}
	if err == nil {
		err = os.WriteFile(file+".new", append(text, '\n'), 0o666)
	}
	if err == nil {
		err = os.Rename(file+".new", file)
	}
	if err != nil {
		return fmt.Errorf("keeping a row: %w", err)
	}
	return nil
}
