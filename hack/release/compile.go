package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/hack/images/published"
)

// platform is one that Go compiles for.
type platform struct{ os, arch string }

func parsePlatform(text string) (platform, error) {
	system, arch, ok := strings.Cut(text, "/")
	if !ok {
		return platform{}, fmt.Errorf("%q is no platform such as linux/amd64", text)
	}
	return platform{system, arch}, nil
}

func (p platform) String() string { return p.os + "/" + p.arch }

// program is the name of a program there.
func (p platform) program(name string) string {
	if p.os == "windows" {
		return name + ".exe"
	}
	return name
}

// dir is where the programs for a platform are made.
func (r release) dir(p platform) string { return filepath.Join(r.work, p.os+"-"+p.arch) }

func (r release) file(p platform, name string) string {
	return filepath.Join(r.dir(p), p.program(name))
}

// compile makes the command for all platforms, and the program of the pods for
// Linux.
func (r release) compile(ctx context.Context) error {
	for _, p := range r.platforms {
		programs := []string{"kfp2argo"}
		if p.os == "linux" {
			programs = append(programs, published.Pods().Program)
		}
		r.say("compiling for %s", p)
		if err := errors.Join(r.build(ctx, p, programs), r.buildEngine(ctx, p)); err != nil {
			return fmt.Errorf("compiling for %s: %w", p, err)
		}
		for _, name := range programs {
			if err := r.checkVersion(r.file(p, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r release) build(ctx context.Context, p platform, programs []string) error {
	return r.buildIn(ctx, ".", p, programs)
}

// engine lists the programs that run pipelines on one machine, which is one with
// Linux. They need that of the pods, too.
func (p platform) engine() []string {
	if p.os != "linux" {
		return nil
	}
	return []string{"kfp2argo-local", "kfp2argo-sandbox"}
}

// buildEngine makes the programs of [platform.engine], of a module of their own.
func (r release) buildEngine(ctx context.Context, p platform) error {
	if len(p.engine()) == 0 {
		return nil
	}
	return r.buildIn(ctx, "local", p, p.engine())
}

// buildIn makes programs of the module in a directory of the repository.
func (r release) buildIn(ctx context.Context, module string, p platform, programs []string) error {
	args := []string{"-C", module, "build", "-trimpath", "-buildvcs=true", "-ldflags", "-s -w", "-o", r.dir(p) + "/"}
	for _, name := range programs {
		args = append(args, "./cmd/"+name)
	}
	_, err := r.command(ctx, []string{"CGO_ENABLED=0", "GOOS=" + p.os, "GOARCH=" + p.arch, "GOFLAGS=", "GOWORK=off"}, "go", args...)
	return err
}

// command runs a command in the repository and returns what it prints.
func (r release) command(ctx context.Context, env []string, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = r.source, append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(args[:min(len(args), 3)], " "), err, stderr.String())
	}
	return stdout.Bytes(), nil
}

// checkVersion makes sure that a program knows which release it is of: what it
// says, and the image that it asks for, depend on it.
func (r release) checkVersion(file string) error {
	if !r.stamped {
		return nil
	}
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		return fmt.Errorf("reading what %s was built of: %w", filepath.Base(file), err)
	}
	if info.Main.Version != r.version {
		return fmt.Errorf("%s says that it is %s, not %s", filepath.Base(file), info.Main.Version, r.version)
	}
	return nil
}

// document lets the command write its manual pages and completions, and returns
// them with the other texts that go into each archive.
func (r release) document(ctx context.Context) ([]entry, error) {
	here := platform{runtime.GOOS, runtime.GOARCH}
	if !slices.Contains(r.platforms, here) {
		if err := r.build(ctx, here, []string{"kfp2argo"}); err != nil {
			return nil, err
		}
	}
	command := r.file(here, "kfp2argo")
	entries := []entry{{name: "LICENSE", source: filepath.Join(r.source, "LICENSE")}, {name: "README.md", source: filepath.Join(r.source, "README.md")}}
	for shell, file := range map[string]string{"bash": "kfp2argo.bash", "zsh": "_kfp2argo", "fish": "kfp2argo.fish", "powershell": "kfp2argo.ps1"} {
		script, err := r.command(ctx, nil, command, "completion", shell)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{name: "completions/" + file, data: script})
	}
	pages := filepath.Join(r.work, "man")
	if _, err := r.command(ctx, []string{fmt.Sprintf("SOURCE_DATE_EPOCH=%d", r.created.Unix())}, command, "man", pages); err != nil {
		return nil, err
	}
	files, err := os.ReadDir(pages)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		entries = append(entries, entry{name: "man/man1/" + f.Name(), source: filepath.Join(pages, f.Name())})
	}
	return entries, nil
}
