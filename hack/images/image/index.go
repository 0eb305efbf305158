package image

import (
	"archive/tar"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// refName is the annotation that gives an image of a layout its name.
const refName = "org.opencontainers.image.ref.name"

// Index returns an OCI index of the images, which New has made, one for each
// architecture, in the given order. The annotations are on the index and on
// every image; labels of the images say the same, for tools that know no
// annotations.
func Index(annotations map[string]string, created time.Time, images ...v1.Image) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, img := range images {
		img, platform, err := described(img, annotations, created)
		if err != nil {
			return nil, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: v1.Descriptor{Platform: platform}})
	}
	return mutate.Annotations(index, annotations).(v1.ImageIndex), nil
}

func described(img v1.Image, annotations map[string]string, created time.Time) (v1.Image, *v1.Platform, error) {
	file, err := img.ConfigFile()
	if err != nil {
		return nil, nil, fmt.Errorf("reading the image's configuration: %w", err)
	}
	file = file.DeepCopy()
	file.Created, file.Config.Labels = v1.Time{Time: created}, annotations
	if img, err = mutate.ConfigFile(img, file); err != nil {
		return nil, nil, fmt.Errorf("setting the image's configuration: %w", err)
	}
	img = mutate.ConfigMediaType(mutate.MediaType(img, types.OCIManifestSchema1), types.OCIConfigJSON)
	return mutate.Annotations(img, annotations).(v1.Image), &v1.Platform{OS: file.OS, Architecture: file.Architecture}, nil
}

// SaveLayout writes an index as an OCI layout into the folder dir, which must
// be empty or missing. The name is that of the index in the layout, such as
// v1.2.3.
func SaveLayout(dir string, index v1.ImageIndex, name string) error {
	path, err := layout.Write(dir, empty.Index)
	if err == nil {
		err = path.AppendIndex(index, layout.WithAnnotations(map[string]string{refName: name}))
	}
	if err != nil {
		return fmt.Errorf("writing the layout %s: %w", dir, err)
	}
	return nil
}

// SaveArchive writes an index as an OCI layout in one tarball, which "ctr images
// import", podman and skopeo read. It appears whole or not at all.
func SaveArchive(path string, index v1.ImageIndex, name string) error {
	dir, err := os.MkdirTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("saving the image: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := SaveLayout(dir, index, name); err != nil {
		return err
	}
	return write(path, func(w io.Writer) error { return archive(w, dir) })
}

// archive writes the files of a layout in the order of their names.
func archive(to io.Writer, dir string) error {
	w := tar.NewWriter(to)
	err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		return File{Path: filepath.ToSlash(rel), Mode: 0o644, Source: file}.write(w)
	})
	if err != nil {
		return err
	}
	return w.Close()
}
