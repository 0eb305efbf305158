package local

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Program is what the engine's program is called.
const Program = "kfp2argo-local"

// programs are an engine and the directory of the programs that it starts.
type programs struct{ engine, pods string }

// find finds the engine: beside this program, in the PATH, or in the sources
// that the present directory is in.
func (e *Engine) find(ctx context.Context) (programs, error) {
	if self, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(self); err == nil {
			self = real
		}
		if p, ok := in(filepath.Dir(self)); ok {
			return p, nil
		}
	}
	if file, err := exec.LookPath(Program); err == nil {
		if file, err = filepath.EvalSymlinks(file); err == nil {
			if p, ok := in(filepath.Dir(file)); ok {
				return p, nil
			}
		}
	}
	source, ok := sources()
	if !ok {
		return programs{}, fmt.Errorf("%s is not beside kfp2argo, nor in PATH; make build makes it in a clone of the sources", Program)
	}
	return e.build(ctx, source)
}

// in looks for the engine in a directory.
func in(dir string) (programs, bool) {
	file := filepath.Join(dir, Program)
	info, err := os.Stat(file)
	if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
		return programs{}, false
	}
	return programs{engine: file, pods: dir}, true
}

// module is the line by which the sources of the engine are known.
const module = "module github.com/kfp2argo/kfp2argo/local\n"

// sources returns the root of the sources that the present directory is in.
func sources() (string, bool) {
	dir, err := os.Getwd()
	if err != nil {
		return "", false
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "local", "go.mod"))
		if err == nil && strings.HasPrefix(string(text), module) {
			return dir, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

// build builds the engine from its sources into the user's cache. Go does
// nothing where nothing has changed.
func (e *Engine) build(ctx context.Context, source string) (programs, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return programs{}, err
	}
	dir := filepath.Join(cache, "kfp2argo", "local")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return programs{}, err
	}
	if _, ok := in(dir); !ok {
		fmt.Fprintln(e.Say, "kfp2argo: building Argo's controller, which takes a few minutes the first time")
	}
	for _, part := range [][]string{
		{"local", "./cmd/kfp2argo-local", "./cmd/kfp2argo-sandbox"},
		{".", "./cmd/kfp2argo-pod"},
	} {
		args := append([]string{"build", "-trimpath", "-ldflags", "-s -w", "-o", dir + string(filepath.Separator)}, part[1:]...)
		command := exec.CommandContext(ctx, "go", args...)
		command.Dir, command.Env = filepath.Join(source, part[0]), append(os.Environ(), "CGO_ENABLED=0")
		var said bytes.Buffer
		command.Stdout, command.Stderr = &said, &said
		if err := command.Run(); err != nil {
			return programs{}, fmt.Errorf("building %s: %w\n%s", Program, err, said.String())
		}
	}
	return programs{engine: filepath.Join(dir, Program), pods: dir}, nil
}
