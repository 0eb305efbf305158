// Package pods builds the image of kfp2argo for several architectures. It holds
// the program of the pods and the certificates of the public authorities,
// nothing else, and runs as an ordinary user.
package pods

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

// Program is the file name of the pods' program.
const Program = "kfp2argo-pod"

// Build says what an image is built of. The same Build gives the same digest:
// the certificates are those of a pinned Go module, not of this machine.
type Build struct {
	// Programs is a folder with the [Program] for each of Architectures, in Go's
	// names, as linux-ARCH/kfp2argo-pod.
	Programs      string
	Architectures []string
	// Version and Revision tell people what was built.
	Version, Revision string
	// Created is the time of the image, that of the commit say.
	Created time.Time
}

// Config is the configuration of the image: whom it runs as.
func Config() v1.Config { return v1.Config{User: "65532:65532", Env: []string{"PATH=/"}} }

// Files lists the content of the image: the program, under the names by which it
// knows what to do, and the certificates, of which only the content is given.
func Files(program string, certificates image.File) []image.File {
	certificates.Path, certificates.Mode = "/etc/ssl/certs/ca-certificates.crt", 0o644
	return []image.File{
		{Path: "/driver", Mode: 0o755, Source: program},
		{Path: "/launcher", Mode: 0o755, HardLink: "/driver"},
		certificates,
		{Path: "/tmp", Mode: os.ModeDir | os.ModeSticky | 0o777},
	}
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
	program := filepath.Join(b.Programs, "linux-"+arch, Program)
	if err := requireStatic(program, arch); err != nil {
		return nil, err
	}
	layer, err := image.CompressedLayer(Files(program, image.File{Data: roots})...)
	if err != nil {
		return nil, err
	}
	return image.New(arch, Config(), layer)
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
		"org.opencontainers.image.title":         "kfp2argo",
		"org.opencontainers.image.description":   "The driver and the launcher of pipelines that kfp2argo translates",
		"org.opencontainers.image.url":           home,
		"org.opencontainers.image.source":        home,
		"org.opencontainers.image.documentation": home + "/blob/main/docs/design.md",
		"org.opencontainers.image.licenses":      "Apache-2.0",
		"org.opencontainers.image.version":       b.Version,
		"org.opencontainers.image.revision":      b.Revision,
		"org.opencontainers.image.created":       b.Created.UTC().Format(time.RFC3339),
	}
}
