package image_test

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/kfp2argo/kfp2argo/hack/images/image"
)

// save writes an image with one of each kind of file and returns its path.
func save(t *testing.T, tags ...string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(program, []byte("binary"), 0o600); err != nil {
		t.Fatal(err)
	}
	layer, err := image.Layer(
		image.File{Path: "/program", Mode: 0o755, Source: program},
		image.File{Path: "/etc/text", Mode: 0o644, Data: []byte("text")},
		image.File{Path: "/link", Link: "program"},
		image.File{Path: "/other-name", Mode: 0o755, HardLink: "/program"},
		image.File{Path: "/tmp", Mode: os.ModeDir | os.ModeSticky | 0o777},
	)
	if err != nil {
		t.Fatal(err)
	}
	img, err := image.New("amd64", v1.Config{User: "1:1"}, layer)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "image.tar")
	if err := image.Save(path, img, tags...); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestContent(t *testing.T) {
	img, err := tarball.ImageFromPath(save(t, "example:1"), nil)
	if err != nil {
		t.Fatal(err)
	}
	files := mutate.Extract(img)
	defer files.Close()
	var got bytes.Buffer
	for r := tar.NewReader(files); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got.WriteString(h.FileInfo().Mode().String() + " " + h.Name + " " + h.Linkname + string(data) + "\n")
	}
	const want = `-rwxr-xr-x /program binary
-rw-r--r-- /etc/text text
L--------- /link program
-rwxr-xr-x /other-name /program
dtrwxrwxrwx /tmp ` + "\n"
	if got.String() != want {
		t.Errorf("the image holds\n%swant\n%s", got.String(), want)
	}
}

func TestSameInputSameBytes(t *testing.T) {
	first, err := os.ReadFile(save(t, "example:1"))
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile(save(t, "example:1"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("two builds of one image differ")
	}
}

func TestTag(t *testing.T) {
	for tag, want := range map[string]string{
		"python:3.11":         "docker.io/library/python:3.11",
		"kfp2argo/driver":     "docker.io/kfp2argo/driver:latest",
		"example.org/a/b:dev": "example.org/a/b:dev",
	} {
		got, err := image.Tag(save(t, tag))
		if err != nil || got != want {
			t.Errorf("Tag of an image saved as %s: %q, %v; want %q", tag, got, err, want)
		}
	}
}
