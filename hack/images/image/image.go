// Package image builds container images out of plain files. It saves one for
// this machine as a tarball that "docker load" and "ctr images import" read, and
// an index of several as an OCI layout. The same input gives the same bytes:
// every entry carries the same time and is owned by root.
package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// File is one entry of a layer. Exactly one of Source, Data, Link and HardLink
// gives its content; a directory has none.
type File struct {
	Path     string      // absolute path in the image
	Mode     fs.FileMode // type and permission bits
	Source   string      // regular file on this machine
	Data     []byte      // content of a regular file
	Link     string      // target of a symbolic link
	HardLink string      // an earlier entry, of which this is another name
}

// Layer returns a layer with the given files in the given order. Parents that
// are not listed are left to the program that unpacks the layer. Source files are read
// whenever the layer is, so they must stay until the image is saved.
//
// It is stored, not compressed: such an image never crosses a network, and
// unpacking is what a test cluster waits for.
func Layer(files ...File) (v1.Layer, error) {
	return tarball.LayerFromOpener(opener(files), tarball.WithCompressionLevel(gzip.NoCompression))
}

// CompressedLayer returns a layer as [Layer] does, of OCI's type and compressed once,
// for an image that many pull.
func CompressedLayer(files ...File) (v1.Layer, error) {
	return tarball.LayerFromOpener(opener(files),
		tarball.WithCompressionLevel(gzip.BestCompression), tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
}

func opener(files []File) tarball.Opener {
	return func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() { w.CloseWithError(writeTar(w, files)) }()
		return r, nil
	}
}

// LayerFromTar returns the layer whose tar stream is in the file path, which
// must stay until the image is saved.
func LayerFromTar(path string) (v1.Layer, error) {
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return os.Open(path) }, tarball.WithCompressionLevel(gzip.NoCompression))
}

// New returns the image with the given layers and configuration, for Linux on
// the architecture arch.
func New(arch string, config v1.Config, layers ...v1.Layer) (v1.Image, error) {
	img, err := mutate.AppendLayers(empty.Image, layers...)
	if err != nil {
		return nil, fmt.Errorf("appending layers: %w", err)
	}
	file, err := img.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("reading the image's configuration: %w", err)
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Config = "linux", arch, config
	img, err = mutate.ConfigFile(img, file)
	if err != nil {
		return nil, fmt.Errorf("setting the image's configuration: %w", err)
	}
	return img, nil
}

// Save writes img under all tags to path, whole or not at all.
func Save(path string, img v1.Image, tags ...string) error {
	refs := map[name.Reference]v1.Image{}
	for _, t := range tags {
		tag, err := name.NewTag(t)
		if err != nil {
			return fmt.Errorf("parsing the tag: %w", err)
		}
		refs[tag] = img
	}
	return write(path, func(w io.Writer) error { return tarball.MultiRefWrite(refs, w) })
}

// write writes a file, whole or not at all.
func write(path string, content func(io.Writer) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("saving the image: %w", err)
	}
	defer os.Remove(tmp.Name())
	if err := errors.Join(content(tmp), tmp.Chmod(0o644), tmp.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return os.Rename(tmp.Name(), path)
}

func writeTar(to io.Writer, files []File) error {
	w := tar.NewWriter(to)
	for _, f := range files {
		if err := f.write(w); err != nil {
			return fmt.Errorf("adding %s to the layer: %w", f.Path, err)
		}
	}
	return w.Close()
}

func (f File) write(w *tar.Writer) error {
	h := &tar.Header{
		Name:    f.Path,
		Mode:    int64(f.Mode.Perm()),
		ModTime: time.Unix(0, 0),
		Format:  tar.FormatPAX,
	}
	if f.Mode&fs.ModeSticky != 0 {
		h.Mode |= 0o1000
	}
	switch {
	case f.Mode.IsDir():
		h.Typeflag, h.Name = tar.TypeDir, f.Path+"/"
	case f.Link != "":
		h.Typeflag, h.Linkname = tar.TypeSymlink, f.Link
	case f.HardLink != "":
		h.Typeflag, h.Linkname = tar.TypeLink, f.HardLink
	default:
		return f.writeRegular(w, h)
	}
	return w.WriteHeader(h)
}

func (f File) writeRegular(w *tar.Writer, h *tar.Header) error {
	var content io.Reader = bytes.NewReader(f.Data)
	h.Typeflag, h.Size = tar.TypeReg, int64(len(f.Data))
	if f.Source != "" {
		src, err := os.Open(f.Source)
		if err != nil {
			return err
		}
		defer src.Close()
		info, err := src.Stat()
		if err != nil {
			return err
		}
		content, h.Size = src, info.Size()
	}
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err := io.Copy(w, content)
	return err
}

// Tag returns the full name of the image in the tarball at path, which must
// hold one image with one name.
func Tag(path string) (string, error) {
	manifest, err := tarball.LoadManifest(func() (io.ReadCloser, error) { return os.Open(path) })
	if err != nil {
		return "", fmt.Errorf("reading the images in %s: %w", path, err)
	}
	if len(manifest) != 1 || len(manifest[0].RepoTags) == 0 {
		return "", fmt.Errorf("%s does not hold one image with a name", path)
	}
	tag, err := name.NewTag(manifest[0].RepoTags[0])
	if err != nil {
		return "", fmt.Errorf("reading the images in %s: %w", path, err)
	}
	// What the index is called on the wire is not what runtimes call it.
	return strings.Replace(tag.Name(), name.DefaultRegistry+"/", "docker.io/", 1), nil
}
