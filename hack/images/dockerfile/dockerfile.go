// Package dockerfile does what a Dockerfile says that takes files out of one
// image into another, without an engine: FROM and COPY --from. It lets us
// try what our documentation asks users to write.
package dockerfile

import (
	"archive/tar"
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"github.com/kfp2argo/kfp2argo/hack/images/image"
)

// Build returns the image that a Dockerfile describes, made of the images by
// the names that it calls them.
func Build(file io.Reader, images map[string]v1.Image) (v1.Image, error) {
	b := builder{images: images}
	lines := bufio.NewScanner(file)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := b.step(strings.Fields(line)); err != nil {
			return nil, fmt.Errorf("line %d, %q: %w", number, line, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the Dockerfile: %w", err)
	}
	if b.made == nil {
		return nil, errors.New("the Dockerfile has no FROM")
	}
	return b.made, nil
}

type builder struct {
	images map[string]v1.Image
	made   v1.Image
}

func (b *builder) step(words []string) error {
	switch {
	case len(words) == 2 && words[0] == "FROM" && b.made == nil:
		var err error
		b.made, err = b.image(words[1])
		return err
	case len(words) == 4 && words[0] == "COPY" && b.made != nil:
		from, ok := strings.CutPrefix(words[1], "--from=")
		if ok && path.IsAbs(words[2]) && path.IsAbs(words[3]) {
			return b.copy(from, words[2], words[3])
		}
	}
	return errors.New("this program knows one FROM, and COPY --from=IMAGE /FILE /FILE")
}

func (b *builder) image(name string) (v1.Image, error) {
	if img, ok := b.images[name]; ok {
		return img, nil
	}
	return nil, fmt.Errorf("there is no image %s", name)
}

// copy adds a layer with a file of another image.
func (b *builder) copy(from, source, target string) error {
	img, err := b.image(from)
	if err != nil {
		return err
	}
	file, err := find(img, source)
	if err != nil {
		return err
	}
	file.Path = target
	layer, err := image.Layer(file)
	if err != nil {
		return err
	}
	b.made, err = mutate.AppendLayers(b.made, layer)
	return err
}

// find reads a regular file of an image, by any of its names.
func find(img v1.Image, name string) (image.File, error) {
	all := mutate.Extract(img)
	defer all.Close()
	for r := tar.NewReader(all); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return image.File{}, fmt.Errorf("there is no file %s", name)
		}
		if err != nil {
			return image.File{}, fmt.Errorf("reading the image: %w", err)
		}
		if path.Join("/", h.Name) != name {
			continue
		}
		if h.Typeflag == tar.TypeLink {
			return find(img, path.Join("/", h.Linkname))
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		data, err := io.ReadAll(r)
		return image.File{Mode: h.FileInfo().Mode(), Data: data}, err
	}
}
