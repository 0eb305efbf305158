package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/kfp2argo/kfp2argo/hack/images/published"
)

// images runs the program and returns what it prints.
func images(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var stdout bytes.Buffer
	w := world{stdout: &stdout, stderr: io.Discard, getenv: func(name string) string {
		return map[string]string{"SOURCE_DATE_EPOCH": "1700000000"}[name]
	}}
	err := w.run(t.Context(), args)
	return strings.TrimSpace(stdout.String()), err
}

func mustImages(t *testing.T, args ...string) string {
	t.Helper()
	printed, err := images(t, args...)
	if err != nil {
		t.Fatal(err)
	}
	return printed
}

// programs compiles a program for each architecture, to stand for ours.
func programs(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte("package main\nfunc main() {}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		bin := filepath.Join(dir, "linux-"+arch)
		build := exec.Command("go", "build", "-o", filepath.Join(bin, published.Pods().Program), source)
		build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
		if output, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, output)
		}
	}
	return dir
}

// TestPush pushes the image to a registry, twice, and pulls it for each
// architecture.
func TestPush(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	to := strings.TrimPrefix(server.URL, "http://") + "/team/kfp2argo:v1.2.3"
	args := []string{"index", "--programs", programs(t), "--version", "v1.2.3", "--revision", "abc", "--push", to}
	digest := mustImages(t, args...)
	if again := mustImages(t, args...); again != digest {
		t.Errorf("two builds of one image have the digests %s and %s", digest, again)
	}

	ref, err := name.ParseReference(to)
	if err != nil {
		t.Fatal(err)
	}
	index, err := remote.Index(ref)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := index.Digest(); err != nil || got.String() != digest {
		t.Errorf("the registry holds %s (%v), not %s", got, err, digest)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	for _, arch := range []string{"amd64", "arm64"} {
		img, err := remote.Image(ref, remote.WithPlatform(v1.Platform{OS: "linux", Architecture: arch}))
		if err != nil {
			t.Fatal(err)
		}
		requireOurs(t, img, arch)
	}
}

// TestServer builds the image of the server.
func TestServer(t *testing.T) {
	dir := t.TempDir()
	program, roots, out := filepath.Join(dir, "program"), filepath.Join(dir, "roots.pem"), filepath.Join(dir, "server.tar")
	if err := errors.Join(os.WriteFile(program, []byte("a program"), 0o600), os.WriteFile(roots, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	mustImages(t, "--content", "server", "--program", program, "--certificates", roots, "--tag", "server:1", "-o", out)
	img, err := tarball.ImageFromPath(out, nil)
	if err != nil {
		t.Fatal(err)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(config.Config.User, config.Config.Entrypoint); got != "65532:65532[/kfp2argo]" {
		t.Errorf("the image runs %s", got)
	}
	if files := content(t, img); files["/kfp2argo"] != "-rwxr-xr-x a program" || len(files) != 3 {
		t.Errorf("the image holds %q", files)
	}
	if _, err := images(t, "--content", "else", "-o", out); err == nil || !strings.Contains(err.Error(), "there are pods and server") {
		t.Errorf("an image that there is not: %v", err)
	}
}

func requireOurs(t *testing.T, img v1.Image, arch string) {
	t.Helper()
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(config.OS, config.Architecture, config.Config.User, config.Created.UTC().Format("2006-01-02"), config.Config.Labels["org.opencontainers.image.version"])
	if want := "linux " + arch + " 65532:65532 2023-11-14 v1.2.3\n"; got != want {
		t.Errorf("the configuration says %q, not %q", got, want)
	}
	manifest, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	for annotation, want := range map[string]string{
		"title": "kfp2argo", "version": "v1.2.3", "revision": "abc", "licenses": "Apache-2.0",
		"source": "https://github.com/kfp2argo/kfp2argo", "created": "2023-11-14T22:13:20Z",
	} {
		if got := manifest.Annotations["org.opencontainers.image."+annotation]; got != want {
			t.Errorf("the annotation %s is %q, not %q", annotation, got, want)
		}
	}
	if got := string(manifest.MediaType) + string(manifest.Config.MediaType) + string(manifest.Layers[0].MediaType); strings.Contains(got, "docker") {
		t.Errorf("these are types of Docker's, not of OCI: %s", got)
	}
	files := content(t, img)
	if !strings.HasPrefix(files["/driver"], "-rwxr-xr-x \x7fELF") || files["/launcher"] != files["/driver"] {
		t.Errorf("the program is missing or not executable, or has not both names")
	}
	if count := strings.Count(files["/etc/ssl/certs/ca-certificates.crt"], "BEGIN CERTIFICATE"); count < 100 {
		t.Errorf("the image trusts %d authorities", count)
	}
	if len(files) != 4 || files["/tmp"] != "dtrwxrwxrwx " {
		t.Errorf("the image holds %d files, or no /tmp for everybody: %q", len(files), files["/tmp"])
	}
}

// content reads the files of an image, each its mode and what it holds. A file
// with several names is there under each.
func content(t *testing.T, img v1.Image) map[string]string {
	t.Helper()
	all := mutate.Extract(img)
	defer all.Close()
	files := map[string]string{}
	for r := tar.NewReader(all); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeLink {
			files[h.Name] = files[h.Linkname]
			continue
		}
		files[strings.TrimSuffix(h.Name, "/")] = h.FileInfo().Mode().String() + " " + string(data)
	}
}

// TestLayout writes the image as a folder and as an archive of that folder.
func TestLayout(t *testing.T) {
	source, dir := programs(t), t.TempDir()
	write := func(name string) string {
		return mustImages(t, "index", "--programs", source, "--version", "v1.2.3",
			"--layout", filepath.Join(dir, name), "--archive", filepath.Join(dir, name+".tar"))
	}
	digest := write("one")
	if again := write("two"); again != digest {
		t.Errorf("two builds of one image have the digests %s and %s", digest, again)
	}
	one, two := read(t, filepath.Join(dir, "one.tar")), read(t, filepath.Join(dir, "two.tar"))
	if !bytes.Equal(one, two) {
		t.Error("two archives of one image differ")
	}
	unpacked := filepath.Join(dir, "unpacked")
	if err := os.Mkdir(unpacked, 0o755); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.Command("tar", "-xf", filepath.Join(dir, "one.tar"), "-C", unpacked).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, folder := range []string{filepath.Join(dir, "one"), unpacked} {
		index, err := layout.ImageIndexFromPath(folder)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Index(index); err != nil {
			t.Error(err)
		}
		manifest, err := index.IndexManifest()
		if err != nil {
			t.Fatal(err)
		}
		if len(manifest.Manifests) != 1 || manifest.Manifests[0].Digest.String() != digest ||
			manifest.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != "v1.2.3" {
			t.Errorf("the layout holds %+v", manifest.Manifests)
		}
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestRefusals builds nothing of programs that could not run, and says so.
func TestRefusals(t *testing.T) {
	good, swapped, empty := programs(t), programs(t), t.TempDir()
	if err := errors.Join(
		os.Rename(filepath.Join(swapped, "linux-amd64"), filepath.Join(swapped, "kept")),
		os.Rename(filepath.Join(swapped, "linux-arm64"), filepath.Join(swapped, "linux-amd64")),
	); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "out.tar")
	for want, args := range map[string][]string{
		"is for EM_AARCH64":   {"--programs", swapped, "--archive", out},
		"no such file":        {"--programs", empty, "--archive", out},
		"neither amd64 nor":   {"--programs", good, "--arch", "riscv64", "--archive", out},
		"where to?":           {"--programs", good},
		"parsing the name":    {"--programs", good, "--push", "No Name"},
		"not static":          {"--programs", dynamic(t), "--arch", runtime.GOARCH, "--archive", out},
		`what is ["bin/pod"]`: {"bin/pod"},
	} {
		if _, err := images(t, append([]string{"index"}, args...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("images index %q: %v; want %q", args, err, want)
		}
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("something was written")
	}
}

// dynamic is a folder with a program of this machine's, which needs its
// libraries.
func dynamic(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	bin := filepath.Join(dir, "linux-"+runtime.GOARCH)
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/bin/sh", filepath.Join(bin, published.Pods().Program)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestEmbed builds the image that a Dockerfile describes.
func TestEmbed(t *testing.T) {
	dir, source := t.TempDir(), programs(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	roots := at("roots.pem")
	file := "# Ours\nFROM base:1\n\nCOPY --from=kfp2argo:1 /launcher /usr/local/bin/kfp-launcher\n"
	if err := errors.Join(os.WriteFile(roots, nil, 0o600), os.WriteFile(at("Dockerfile"), []byte(file), 0o600)); err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(source, "linux-amd64")
	for _, tag := range []string{"base:1", "kfp2argo:1"} {
		mustImages(t, "--program", filepath.Join(bin, published.Pods().Program), "--certificates", roots, "--tag", tag, "-o", at(tag+".tar"))
	}
	args := []string{"embed", "-f", at("Dockerfile"), "--image", "base:1=" + at("base:1.tar"), "--tag", "ours:1", "-o", at("ours.tar")}
	if _, err := images(t, args...); err == nil || !strings.Contains(err.Error(), "there is no image kfp2argo:1") {
		t.Errorf("without one of its images: %v", err)
	}
	mustImages(t, append(args, "--image", "kfp2argo:1="+at("kfp2argo:1.tar"))...)
	img, err := tarball.ImageFromPath(at("ours.tar"), nil)
	if err != nil {
		t.Fatal(err)
	}
	files := content(t, img)
	if got := files["/usr/local/bin/kfp-launcher"]; got != files["/launcher"] || got == "" {
		t.Error("the launcher has not arrived as it was")
	}
}
