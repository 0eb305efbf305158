// Package published builds the two images of kfp2argo for several architectures:
// that of the pods and that of the server. Each holds one program and the
// certificates of the public authorities, nothing else, and runs as an ordinary
// user.
package published

import (
	"bytes"
	"crypto/x509"
	"debug/elf"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/crypto/x509roots/fallback/bundle"

	"github.com/kfp2argo/kfp2argo/hack/images/image"
)

// Content is what an image holds.
type Content struct {
	// Program is the file name of its program.
	Program string
	// Title and Description are for people.
	Title, Description string

	paths      []string // of the program in the image: one file of several names
	entrypoint []string
}

// Pods is the image that runs in the pods of pipelines. The program knows by its
// name what to do.
func Pods() Content {
	return Content{
		Program: "kfp2argo-pod", Title: "kfp2argo",
		Description: "The driver and the launcher of pipelines that kfp2argo translates",
		paths:       []string{"/driver", "/launcher"},
	}
}

// Server is the image of the command, which serves KFP's API unless it is told
// something else.
func Server() Content {
	return Content{
		Program: "kfp2argo", Title: "kfp2argo server",
		Description: "KFP's REST API over Argo, and the command kfp2argo",
		paths:       []string{"/kfp2argo"}, entrypoint: []string{"/kfp2argo"},
	}
}

// Named returns the content that is called pods or server.
func Named(name string) (Content, error) {
	switch name {
	case "pods":
		return Pods(), nil
	case "server":
		return Server(), nil
	}
	return Content{}, fmt.Errorf("there is no image %q; there are pods and server", name)
}

// Config is the configuration of the image: whom it runs as, and what.
func (c Content) Config() v1.Config {
	return v1.Config{User: "65532:65532", Env: []string{"PATH=/"}, Entrypoint: c.entrypoint}
}

// Files lists what is in the image: the program, and the certificates, of which
// only the content is given.
func (c Content) Files(program string, certificates image.File) []image.File {
	certificates.Path, certificates.Mode = "/etc/ssl/certs/ca-certificates.crt", 0o644
	files := []image.File{{Path: c.paths[0], Mode: 0o755, Source: program}}
	for _, path := range c.paths[1:] {
		files = append(files, image.File{Path: path, Mode: 0o755, HardLink: c.paths[0]})
	}
	return append(files, certificates, image.File{Path: "/tmp", Mode: os.ModeDir | os.ModeSticky | 0o777})
}

// Build says what an image is built of. The same Build gives the same digest:
// the certificates are those of a pinned Go module, not of this machine.
type Build struct {
	Content Content
	// Programs is a folder with the program for each of Architectures, in Go's
	// names, as linux-ARCH/PROGRAM.
	Programs      string
	Architectures []string
	// Version and Revision tell people what was built.
	Version, Revision string
	// Created is the time of the image, that of the commit say.
	Created time.Time
}

// Index builds the image. The programs must stay until it is saved.
func (b Build) Index() (v1.ImageIndex, error) {
	roots, err := certificates()
	if err != nil {
		return nil, err
	}
	var images []v1.Image
	for _, arch := range b.Architectures {
		img, err := b.image(arch, roots)
		if err != nil {
			return nil, fmt.Errorf("building the image for %s: %w", arch, err)
		}
		images = append(images, img)
	}
	return image.Index(b.annotations(), b.Created.UTC(), images...)
}

func (b Build) image(arch string, roots []byte) (v1.Image, error) {
	program := filepath.Join(b.Programs, "linux-"+arch, b.Content.Program)
	if err := requireStatic(program, arch); err != nil {
		return nil, err
	}
	layer, err := image.CompressedLayer(b.Content.Files(program, image.File{Data: roots})...)
	if err != nil {
		return nil, err
	}
	return image.New(arch, b.Content.Config(), layer)
}

// requireStatic makes sure that a program can run in the image.
func requireStatic(program, arch string) error {
	machine, ok := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[arch]
	if !ok {
		return errors.New("the architecture is neither amd64 nor arm64")
	}
	file, err := elf.Open(program)
	if err != nil {
		return fmt.Errorf("reading %s: %w", program, err)
	}
	defer file.Close()
	if file.Machine != machine {
		return fmt.Errorf("%s is for %v", program, file.Machine)
	}
	libraries, err := file.ImportedLibraries()
	if err != nil {
		return fmt.Errorf("reading %s: %w", program, err)
	}
	if len(libraries) > 0 {
		return fmt.Errorf("%s is not static: it needs %q", program, libraries)
	}
	return nil
}

// certificates returns the authorities that Mozilla trusts without conditions,
// as PEM.
func certificates() ([]byte, error) {
	var text bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint != nil {
			continue
		}
		certificate, err := x509.ParseCertificate(root.Certificate)
		if err != nil {
			return nil, fmt.Errorf("reading the certificates: %w", err)
		}
		fmt.Fprintf(&text, "# %s\n", certificate.Subject)
		if err := pem.Encode(&text, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return nil, fmt.Errorf("writing the certificates: %w", err)
		}
	}
	return text.Bytes(), nil
}

func (b Build) annotations() map[string]string {
	const home = "https://github.com/kfp2argo/kfp2argo"
	return map[string]string{
		"org.opencontainers.image.title":         b.Content.Title,
		"org.opencontainers.image.description":   b.Content.Description,
		"org.opencontainers.image.url":           home,
		"org.opencontainers.image.source":        home,
		"org.opencontainers.image.documentation": home + "/blob/main/docs/design.md",
		"org.opencontainers.image.licenses":      "Apache-2.0",
		"org.opencontainers.image.version":       b.Version,
		"org.opencontainers.image.revision":      b.Revision,
		"org.opencontainers.image.created":       b.Created.UTC().Format(time.RFC3339),
	}
}
