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

// argoRelease is an Argo that the cluster can have.
type argoRelease struct {
	Major   string // as people choose it, and in the path of its module
	Version string // the one that source pins; it also names the image of the executor
	source  string // the directory that pins it, relative to hack/cluster
}

// argoReleases returns the Argos that the cluster can have. The first is the
// default.
func argoReleases() []argoRelease {
	return []argoRelease{
		{Major: "3", Version: "3.7.14", source: "build/argo"},
		{Major: "4", Version: "4.0.5", source: "build/argo4"},
	}
}

func (r argoRelease) module() string { return "github.com/argoproj/argo-workflows/v" + r.Major }

// executor names the image of the executor.
func (r argoRelease) executor() string { return "quay.io/argoproj/argoexec:v" + r.Version }

// programs are the directories of the built programs.
type programs struct {
	Kubernetes, Etcd, Argo, S3, Pause string
	Postgres                          string // Debian's, or empty
}

// toolchain builds programs at the versions pinned under source.
type toolchain struct {
	source string // the directory hack/cluster
	cache  cache.Cache
	argo   argoRelease
}

// recipe is the way the programs are built. It goes up when that changes, so
// that nothing built in the old way is used.
const recipe = 1

// Build returns the programs of the cluster and builds those that the cache
// lacks.
func (t toolchain) Build(ctx context.Context) (programs, error) {
	var p programs
	for _, b := range []struct {
		dir     *string
		name    string
		source  string   // relative to t.source
		decides []string // the files in source that the result depends on
		build   func(ctx context.Context, source, dir string) error
	}{
		{&p.Etcd, "etcd", "build/etcd", []string{"go.mod", "go.sum"}, buildEtcd},
		{&p.Kubernetes, "kubernetes", "build/kubernetes", []string{"go.mod", "go.sum"}, buildKubernetes},
		{&p.S3, "versitygw", "build/versitygw", []string{"go.mod", "go.sum"}, buildVersitygw},
		{&p.Argo, "argo", t.argo.source, []string{"go.mod", "go.sum"}, t.argo.build},
		{&p.Pause, "pause", "pause", []string{"main.go"}, buildPause},
	} {
		source := filepath.Join(t.source, b.source)
		key, err := contents(source, b.decides)
		if err != nil {
			return programs{}, fmt.Errorf("reading the pinned versions (run the program in hack/cluster): %w", err)
		}
		*b.dir, err = t.cache.Get(ctx, cache.Product{
			Name: b.name,
			Key:  fmt.Sprintf("%d\n%s", recipe, key),
			Make: func(ctx context.Context, dir string) error { return b.build(ctx, source, dir) },
		})
		if err != nil {
			return programs{}, err
		}
	}
	return p, nil
}

// contents returns the content of the files in dir, one after the other.
func contents(dir string, files []string) (string, error) {
	var all strings.Builder
	for _, f := range files {
		data, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil {
			return "", err
		}
		all.Write(data)
	}
	return all.String(), nil
}

func buildEtcd(ctx context.Context, source, dir string) error {
	return goBuild(ctx, source, "", filepath.Join(dir, "etcd"), "go.etcd.io/etcd/server/v3")
}

func buildVersitygw(ctx context.Context, source, dir string) error {
	return goBuild(ctx, source, "", dir+"/", "github.com/versity/versitygw/cmd/versitygw")
}

func buildPause(ctx context.Context, source, dir string) error {
	return goBuild(ctx, source, "", filepath.Join(dir, "pause"), ".")
}

func buildKubernetes(ctx context.Context, source, dir string) error {
	found, err := download(ctx, source, "k8s.io/kubernetes")
	if err != nil {
		return err
	}
	numbers := strings.Split(strings.TrimPrefix(found.Version, "v"), ".")
	const version = "k8s.io/component-base/version."
	flags := fmt.Sprintf("-X %[1]sgitVersion=%[2]s -X %[1]sgitMajor=%[3]s -X %[1]sgitMinor=%[4]s",
		version, found.Version, numbers[0], numbers[1])
	const cmd = "k8s.io/kubernetes/cmd/"
	return goBuild(ctx, source, flags, dir+"/", cmd+"kube-apiserver", cmd+"kube-controller-manager",
		cmd+"kube-proxy", cmd+"kube-scheduler", cmd+"kubelet")
}

// build builds Argo in a copy of Argo's module, because the module as it comes
// does not build: its archive lacks a symbolic link, which module archives
// cannot carry, and the user interface that the argo command embeds.
func (r argoRelease) build(ctx context.Context, source, dir string) error {
	found, err := download(ctx, source, r.module())
	if err != nil {
		return err
	}
	mended, err := os.MkdirTemp(filepath.Dir(dir), cache.TemporaryPrefix+"argo-source-")
	if err != nil {
		return fmt.Errorf("copying Argo's source: %w", err)
	}
	defer os.RemoveAll(mended)
	if err := mendArgo(found.Dir, mended); err != nil {
		return fmt.Errorf("copying Argo's source: %w", err)
	}
	if err := copyDefinitions(filepath.Join(mended, "manifests", "base", "crds", "full"), dir); err != nil {
		return fmt.Errorf("copying Argo's resource definitions: %w", err)
	}
	flags := fmt.Sprintf("-X %[1]s.version=%[2]s -X %[1]s.gitTag=%[2]s", r.module(), found.Version)
	return goBuild(ctx, mended, flags, dir+"/", "./cmd/argoexec", "./cmd/workflow-controller", "./cmd/argo")
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
