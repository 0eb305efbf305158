package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

const tag = "v0.9.0-rc.1"

// command runs a command and returns what it prints.
func command(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_AUTHOR_DATE=2026-01-02T03:04:05Z", "GIT_COMMITTER_DATE=2026-01-02T03:04:05Z")
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, output)
	}
	return strings.TrimSpace(string(output))
}

// tagged makes a repository whose one commit has the files of this one.
func tagged(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	command(t, "../..", "sh", "-c", `{ git ls-files -z -co --exclude-standard 2>/dev/null || find . -path ./bin -prune -o -path ./.git -prune -o -type f -print0; } | xargs -0 sh -c 'for f; do test ! -e "$f" || printf "%s\0" "$f"; done' - |
		tar -c --null -T - | tar -x -C "$1"`, "-", dir)
	identity := []string{"git", "-c", "user.name=t", "-c", "user.email=t@example.com"}
	command(t, dir, "git", "init", "-q", "-b", "main")
	command(t, dir, "git", "add", "-A")
	command(t, dir, append(identity, "commit", "-q", "-m", "all")...)
	command(t, dir, "git", "tag", tag)
	return dir
}

// makeRelease releases a repository for this machine and returns the folder.
func makeRelease(t *testing.T, source string, args ...string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "release")
	args = append([]string{"--source", source, "--out", out, "--platforms", "linux/" + runtime.GOARCH}, args...)
	if err := run(t.Context(), args, io.Discard); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRelease makes a release of a tagged commit and looks at all of it.
func TestRelease(t *testing.T) {
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	repository := strings.TrimPrefix(server.URL, "http://") + "/kfp2argo/kfp2argo"
	source, elsewhere := tagged(t), filepath.Join(t.TempDir(), "elsewhere")
	out := makeRelease(t, source, "--push", repository)
	platform := "_linux_" + runtime.GOARCH
	archive, image := "kfp2argo_0.9.0-rc.1"+platform, "kfp2argo-image_0.9.0-rc.1"
	const forServer = "kfp2argo-server_0.9.0-rc.1"
	want := []string{
		"checksums.txt", image + ".json", image + ".oci.tar", image + platform + ".cdx.json",
		forServer + ".json", forServer + ".oci.tar", forServer + platform + ".cdx.json",
		archive + ".cdx.json", archive + ".tar.gz",
	}
	if got := names(t, out); !slices.Equal(got, want) {
		t.Errorf("the release consists of %q, not %q", got, want)
	}
	command(t, out, "sha256sum", "--check", "--strict", "checksums.txt")
	if got := strings.Count(command(t, out, "cat", "checksums.txt"), "\n") + 1; got != len(want)-1 {
		t.Errorf("there are %d checksums", got)
	}

	unpacked := t.TempDir()
	command(t, out, "tar", "-xf", archive+".tar.gz", "-C", unpacked)
	program := filepath.Join(unpacked, "kfp2argo")
	if got := command(t, unpacked, program, "--version"); got != "kfp2argo "+tag {
		t.Errorf("the program calls itself %q", got)
	}
	if workflow := command(t, source, program, "examples/hello.yaml"); !strings.Contains(workflow, "image: kfp2argo/kfp2argo:"+tag+"\n") {
		t.Errorf("the program does not ask for the image of its version:\n%s", workflow)
	}
	for _, file := range []string{"LICENSE", "README.md", "completions/_kfp2argo", "completions/kfp2argo.bash", "completions/kfp2argo.fish", "completions/kfp2argo.ps1", "man/man1/kfp2argo.1", "man/man1/kfp2argo-graph.1"} {
		if info, err := os.Stat(filepath.Join(unpacked, file)); err != nil || info.Size() == 0 {
			t.Errorf("%s is missing or empty: %v", file, err)
		}
	}
	programs := []string{program}
	for _, name := range []string{"kfp2argo-local", "kfp2argo-sandbox", "kfp2argo-pod"} {
		programs = append(programs, filepath.Join(unpacked, name))
	}
	if help, _ := exec.Command(programs[1], "--help").CombinedOutput(); !bytes.Contains(help, []byte("-dir DIR")) {
		t.Errorf("the engine does not start:\n%s", help)
	}
	requireBill(t, filepath.Join(out, archive+".cdx.json"), programs...)
	requireDigest(t, filepath.Join(out, image+".json"), repository)
	requireDigest(t, filepath.Join(out, forServer+".json"), strings.TrimSuffix(repository, "kfp2argo")+"server")
	command(t, source, "git", "clone", "-q", source, elsewhere)
	requireSame(t, out, makeRelease(t, elsewhere))
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range files {
		all = append(all, f.Name())
	}
	return all
}

// requireBill holds a bill of materials against what the go command says.
func requireBill(t *testing.T, file string, programs ...string) {
	t.Helper()
	var bill cyclonedx.BOM
	if err := cyclonedx.NewBOMDecoder(bytes.NewReader(read(t, file)), cyclonedx.BOMFileFormatJSON).Decode(&bill); err != nil {
		t.Fatal(err)
	}
	if about := bill.Metadata.Component; about.Name != "kfp2argo" || about.Version != tag {
		t.Errorf("the bill is about %s %s", about.Name, about.Version)
	}
	got := map[string]bool{}
	for _, c := range *bill.Components {
		got[c.Name+" "+c.Version] = true
	}
	said := map[string]bool{}
	for line := range strings.Lines(command(t, ".", append([]string{"go", "version", "-m"}, programs...)...)) {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != "dep" || words[1] == "github.com/kfp2argo/kfp2argo" {
			continue
		}
		said[words[1]+" "+words[2]] = true
		if !got[words[1]+" "+words[2]] {
			t.Errorf("the bill lacks %s %s", words[1], words[2])
		}
	}
	if len(said) < 20 || len(said)+1 != len(got) { // and Go itself
		t.Errorf("the bill has %d modules, the programs %d", len(got), len(said))
	}
	if !got["std "+strings.TrimPrefix(runtime.Version(), "go")] {
		t.Errorf("the bill lacks Go")
	}
}

// requireDigest holds the digest that the release tells against the registry.
func requireDigest(t *testing.T, file, repository string) {
	t.Helper()
	var told digests
	if err := json.Unmarshal(read(t, file), &told); err != nil {
		t.Fatal(err)
	}
	ref, err := name.ParseReference(repository + ":" + tag)
	if err != nil {
		t.Fatal(err)
	}
	pushed, err := remote.Head(ref)
	if err != nil {
		t.Fatal(err)
	}
	if told.Digest != pushed.Digest.String() || told.Platforms["linux/"+runtime.GOARCH] == "" {
		t.Errorf("the release tells %+v, the registry has %s", told, pushed.Digest)
	}
}

// requireSame compares two releases of one commit, from two places.
func requireSame(t *testing.T, one, two string) {
	t.Helper()
	if a, b := names(t, one), names(t, two); !slices.Equal(a, b) {
		t.Fatalf("two releases of one commit consist of %q and %q", a, b)
	}
	for _, file := range names(t, one) {
		if !bytes.Equal(read(t, filepath.Join(one, file)), read(t, filepath.Join(two, file))) {
			t.Errorf("two releases of one commit have two different %s", file)
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

// TestZip packs for Windows.
func TestZip(t *testing.T) {
	var packed bytes.Buffer
	entries := []entry{{name: "man/one.1", data: []byte("page")}, {name: "kfp2argo.exe", data: []byte("program"), executable: true}}
	if err := packZip(&packed, entries, time.Unix(1700000000, 0).UTC()); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range r.File {
		content, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f.Name+" "+f.Mode().String()+" "+f.Modified.UTC().Format(time.RFC3339)+" "+string(data))
	}
	want := []string{"man/one.1 -rw-r--r-- 2023-11-14T22:13:20Z page", "kfp2argo.exe -rwxr-xr-x 2023-11-14T22:13:20Z program"}
	if !slices.Equal(got, want) {
		t.Errorf("the archive holds %q, not %q", got, want)
	}
}

// TestRefusals makes no release of what has no version.
func TestRefusals(t *testing.T) {
	source := tagged(t)
	refused := func(want string, args ...string) {
		t.Helper()
		out := filepath.Join(t.TempDir(), "release")
		err := run(t.Context(), append([]string{"--source", source, "--out", out}, args...), io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("release %q: %v; want %q", args, err, want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("release %q wrote something", args)
		}
	}
	refused("is no platform", "--platforms", "linux")
	refused("not to be pushed", "--snapshot", "--push", "example.com/a/b")
	refused(`what is ["now"]`, "now")
	command(t, source, "git", "tag", "v1.2.3")
	refused("one tag such as v1.2.3")
	command(t, source, "git", "tag", "-d", "v1.2.3", tag)
	refused("one tag such as v1.2.3")
	if err := os.WriteFile(filepath.Join(source, "new.go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused("not committed:\n?? new.go")
}
