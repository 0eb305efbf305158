// Package pod is what the driver and the launcher have in common as programs
// in a pod: how they log, how they fail, and how they write files.
package pod

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// Version returns the version of the running program.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}

// maxLastWords is what Kubernetes keeps of a termination message, in bytes.
const maxLastWords = 4096

// LeaveLastWords writes what went wrong to the termination file, from which
// Kubernetes, and so Argo, tells it to people. It does nothing where the
// file is not there: the words are in the log as well.
func LeaveLastWords(file, words string) {
	words = oneLine(words)
	if len(words) > maxLastWords {
		words = words[:maxLastWords]
		for !utf8.ValidString(words) {
			words = words[:len(words)-1]
		}
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return
	}
	_, _ = f.WriteString(words)
	_ = f.Close()
}

// oneLine puts a semicolon where a line ends.
func oneLine(words string) string {
	var lines []string
	for line := range strings.Lines(words) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}

// MakeParents makes the directories into which the program writes its outputs.
func MakeParents(outputs contract.Outputs, root contract.Root) error {
	files := []string{outputs.OutputFile}
	for _, p := range outputs.Parameters {
		files = append(files, p.OutputFile)
	}
	for _, list := range outputs.Artifacts {
		for _, a := range list.Artifacts {
			if local, ok := root.LocalPathOf(a); ok {
				files = append(files, local)
			}
		}
	}
	for _, f := range files {
		if err := os.MkdirAll(filepath.Dir(f), 0o777); err != nil {
			return fmt.Errorf("making the directories of the outputs: %w", err)
		}
	}
	return nil
}

// WriteFile writes a file that everyone in the pod may read and write. Who
// reads it finds the whole of it or nothing.
func WriteFile(path string, data []byte) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), ".kfp2argo-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp.Name())
		}
	}()
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Chmod(0o666), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}
