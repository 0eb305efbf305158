package local

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Object is a Secret or ConfigMap that the user gives.
type Object struct {
	Name string
	Data map[string][]byte
}

// ReadObject reads NAME=DIR, whose files are the keys, or NAME=FILE, with a line
// KEY=VALUE for each key. Lines that are empty or begin with # are left out.
func ReadObject(text string) (Object, error) {
	name, path, ok := strings.Cut(text, "=")
	if !ok || name == "" || path == "" {
		return Object{}, fmt.Errorf("%q is not of the form NAME=DIR or NAME=FILE", text)
	}
	g := Object{Name: name, Data: map[string][]byte{}}
	info, err := os.Stat(path)
	if err != nil {
		return g, err
	}
	if !info.IsDir() {
		lines, err := os.ReadFile(path)
		if err != nil {
			return g, err
		}
		g.Data, err = parseLines(path, lines)
		return g, err
	}
	files, err := os.ReadDir(path)
	if err != nil {
		return g, err
	}
	for _, f := range files {
		file := filepath.Join(path, f.Name())
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() || strings.HasPrefix(f.Name(), ".") {
			continue // as in the volume of a Secret, which has directories and links
		}
		if g.Data[f.Name()], err = os.ReadFile(file); err != nil {
			return g, err
		}
	}
	return g, checkKeys(path, g.Data)
}

// parseLines reads the lines of a file. Values are as they stand there, quotes
// included.
func parseLines(file string, text []byte) (map[string][]byte, error) {
	all := map[string][]byte{}
	for i, line := range bytes.Split(text, []byte("\n")) {
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(bytes.TrimSpace(line)) == 0 || line[0] == '#' {
			continue
		}
		key, value, ok := bytes.Cut(line, []byte("="))
		switch problems := validation.IsConfigMapKey(string(key)); {
		case !ok:
			return nil, fmt.Errorf("%s:%d:1: expected KEY=VALUE", file, i+1) // the line may be a secret
		case len(problems) > 0:
			return nil, fmt.Errorf("%s:%d:1: the key: %s", file, i+1, problems[0])
		}
		all[string(key)] = value
	}
	return all, nil
}

func checkKeys(path string, data map[string][]byte) error {
	for key := range data {
		if problems := validation.IsConfigMapKey(key); len(problems) > 0 {
			return fmt.Errorf("%s: the key %q: %s", path, key, problems[0])
		}
	}
	return nil
}
