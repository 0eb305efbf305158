package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/hack/images/cache"
)

// argoVersion is the version in build/argo/go.mod, which also names the image
// of the executor.
const argoVersion = "3.7.14"

// programs are the directories of the built programs.
type programs struct {
	Kubernetes, Etcd, Argo, S3, Pause string
}

// toolchain builds programs at the versions pinned under source.
type toolchain struct {
	source string // the directory hack/cluster
	cache  cache.Cache
}

// Build returns the programs of the cluster and builds those that the cache
// lacks.
func (t toolchain) Build(ctx context.Context) (programs, error) {
	var p programs
	for _, part := range []struct {
		dir  *string
		name string
		make func(module string) func(context.Context, string) error
	}{
		{&p.Etcd, "etcd", buildEtcd},
		{&p.Kubernetes, "kubernetes", buildKubernetes},
		{&p.S3, "versitygw", buildVersitygw},
		{&p.Argo, "argo", buildArgo},
		{&p.Pause, "pause", buildPause},
	} {
		product, err := t.pinned(part.name, part.make)
		if err != nil {
			return programs{}, err
		}
		if *part.dir, err = t.cache.Get(ctx, product); err != nil {
			return programs{}, err
		}
	}
	return p, nil
}

// pinned returns the product of the module build/NAME, keyed by its versions
// and their checksums, or of the package NAME, keyed by its source.
func (t toolchain) pinned(name string, build func(string) func(context.Context, string) error) (cache.Product, error) {
	module := filepath.Join(t.source, "build", name)
	files := []string{"go.mod", "go.sum"}
	if name == "pause" {
		module, files = filepath.Join(t.source, name), []string{"main.go"}
	}
	var key strings.Builder
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(module, f))
		if err != nil {
			return cache.Product{}, fmt.Errorf("reading the pinned versions (run the program in hack/cluster): %w", err)
		}
		key.Write(data)
	}
	return cache.Product{Name: name, Key: key.String(), Make: build(module)}, nil
}

func buildEtcd(module string) func(context.Context, string) error {
	return func(ctx context.Context, dir string) error {
		return goBuild(ctx, module, "", filepath.Join(dir, "etcd"), "go.etcd.io/etcd/server/v3")
	}
}

func buildVersitygw(module string) func(context.Context, string) error {
	return func(ctx context.Context, dir string) error {
		return goBuild(ctx, module, "", dir+"/", "github.com/versity/versitygw/cmd/versitygw")
	}
}

func buildPause(module string) func(context.Context, string) error {
	return func(ctx context.Context, dir string) error {
		return goBuild(ctx, module, "", filepath.Join(dir, "pause"), ".")
	}
}

func buildKubernetes(module string) func(context.Context, string) error {
	return func(ctx context.Context, dir string) error {
		found, err := download(ctx, module, "k8s.io/kubernetes")
		if err != nil {
			return err
		}
		major, minor, _ := strings.Cut(strings.TrimPrefix(found.Version, "v"), ".")
		minor, _, _ = strings.Cut(minor, ".")
		const version = "k8s.io/component-base/version."
		flags := fmt.Sprintf("-X %[1]sgitVersion=%[2]s -X %[1]sgitMajor=%[3]s -X %[1]sgitMinor=%[4]s", version, found.Version, major, minor)
		const cmd = "k8s.io/kubernetes/cmd/"
		return goBuild(ctx, module, flags, dir+"/", cmd+"kube-apiserver", cmd+"kube-controller-manager",
			cmd+"kube-proxy", cmd+"kube-scheduler", cmd+"kubelet")
	}
}

// buildArgo builds in a copy of Argo's module, because the module as it comes
// does not build: its archive lacks a symbolic link, which module archives
// cannot carry, and the user interface that the argo command embeds.
func buildArgo(module string) func(context.Context, string) error {
	return func(ctx context.Context, dir string) error {
		found, err := download(ctx, module, "github.com/argoproj/argo-workflows/v3")
		if err != nil {
			return err
		}
		source, err := os.MkdirTemp(filepath.Dir(dir), cache.TemporaryPrefix+"argo-source-")
		if err != nil {
			return fmt.Errorf("copying Argo's source: %w", err)
		}
		defer os.RemoveAll(source)
		if err := mendArgo(found.Dir, source); err != nil {
			return fmt.Errorf("copying Argo's source: %w", err)
		}
		if err := copyDefinitions(filepath.Join(source, "manifests", "base", "crds", "full"), dir); err != nil {
			return fmt.Errorf("copying Argo's resource definitions: %w", err)
		}
		const self = "github.com/argoproj/argo-workflows/v3."
		flags := fmt.Sprintf("-X %[1]sversion=%[2]s -X %[1]sgitTag=%[2]s", self, found.Version)
		return goBuild(ctx, source, flags, dir+"/", "./cmd/argoexec", "./cmd/workflow-controller", "./cmd/argo")
	}
}

// mendArgo copies Argo's module from the directory module to source and adds
// what is missing.
func mendArgo(module, source string) error {
	if err := os.CopyFS(source, os.DirFS(module)); err != nil {
		return err
	}
	signals := filepath.Join(source, "workflow", "executor", "osspecific")
	if err := os.Symlink("signal_darwin.go", filepath.Join(signals, "signal_linux.go")); err != nil {
		return err
	}
	app := filepath.Join(source, "ui", "dist", "app")
	if err := os.MkdirAll(app, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(app, "index.html"), []byte("This build has no user interface.\n"), 0o644)
}

// copyDefinitions copies the custom resource definitions in the directory from
// to the directory to, as JSON: in YAML one is larger than the API server reads.
func copyDefinitions(from, to string) error {
	files, err := filepath.Glob(filepath.Join(from, "argoproj.io_*.yaml"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		data, err := yaml.YAMLToJSON(text)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(filepath.Base(file), ".yaml") + ".json"
		if err := os.WriteFile(filepath.Join(to, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// moduleInfo is what "go mod download -json" prints.
type moduleInfo struct {
	Version, Dir string
}

// download fetches the module path at the version that the module in dir
// requires and checks it against dir's go.sum.
func download(ctx context.Context, dir, path string) (moduleInfo, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", path)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return moduleInfo{}, fmt.Errorf("downloading %s: %w\n%s", path, err, out)
	}
	var info moduleInfo
	if err := json.Unmarshal(out, &info); err != nil {
		return moduleInfo{}, fmt.Errorf("downloading %s: %w", path, err)
	}
	return info, nil
}

// goBuild builds static programs from the module in dir. The names of the
// packages come last.
func goBuild(ctx context.Context, dir, ldflags, out string, packages ...string) error {
	args := append([]string{"build", "-trimpath", "-ldflags", strings.TrimSpace("-s -w " + ldflags), "-o", out}, packages...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, output)
	}
	return nil
}
