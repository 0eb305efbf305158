package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/kfp2argo/kfp2argo/hack/images/cache"
	"github.com/kfp2argo/kfp2argo/hack/images/image"
	"github.com/kfp2argo/kfp2argo/hack/testimage"
)

// buildImages returns the tarballs of the images that every cluster holds and
// builds those that the cache lacks.
func buildImages(ctx context.Context, c cache.Cache, p programs, argo argoRelease) ([]string, error) {
	var tarballs []string
	for _, product := range []cache.Product{
		imageOf(pauseImage, filepath.Join(p.Pause, "pause"), "/pause"),
		imageOf(argo.executor(), filepath.Join(p.Argo, "argoexec"), "/bin/argoexec"),
	} {
		dir, err := c.Get(ctx, product)
		if err != nil {
			return nil, err
		}
		tarballs = append(tarballs, filepath.Join(dir, imageFile))
	}
	test, err := testimage.Build(ctx, c)
	if err != nil {
		return nil, err
	}
	return append(tarballs, test), nil
}

// printImage prints where the image of the test pipelines is.
func (c *cluster) printImage(ctx context.Context, stdout io.Writer) error {
	tarball, err := testimage.Build(ctx, cache.Cache{Dir: c.Cache, Log: c.log})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, tarball)
	return err
}

const imageFile = "image.tar"

// imageOf returns the image tag that holds and runs the program in file, which
// is at path in the image.
func imageOf(tag, file, path string) cache.Product {
	return cache.Product{
		Name: "image-" + filepath.Base(path),
		Key:  tag + "\n" + file + "\n" + path,
		Make: func(_ context.Context, dir string) error {
			layer, err := image.Layer(
				image.File{Path: path, Mode: 0o755, Source: file},
				image.File{Path: "/etc/ssl/certs/ca-certificates.crt", Mode: 0o644, Source: "/etc/ssl/certs/ca-certificates.crt"},
				image.File{Path: "/tmp", Mode: fs.ModeDir | fs.ModeSticky | 0o777},
			)
			if err != nil {
				return err
			}
			config := v1.Config{Entrypoint: []string{path}, Env: []string{"PATH=/bin"}}
			img, err := image.New(runtime.GOARCH, config, layer)
			if err != nil {
				return err
			}
			return image.Save(filepath.Join(dir, imageFile), img, tag)
		},
	}
}

// ctr runs the client of the cluster's container runtime.
func (s settings) ctr(ctx context.Context, args ...string) error {
	_, err := command(ctx, "ctr", append([]string{"--address", s.containerd(), "--namespace", "k8s.io"}, args...)...)
	return err
}

// load imports the images in a tarball, under the further names too. A name is
// whole, with its registry, and needs a tarball with one image in it.
func (s settings) load(ctx context.Context, tarball string, names ...string) error {
	if err := s.ctr(ctx, "images", "import", tarball); err != nil {
		return fmt.Errorf("loading %s: %w", tarball, err)
	}
	if len(names) == 0 {
		return nil
	}
	tag, err := image.Tag(tarball)
	if err != nil {
		return fmt.Errorf("loading %s: %w", tarball, err)
	}
	for _, name := range names {
		if err := s.ctr(ctx, "images", "tag", "--force", tag, name); err != nil {
			return fmt.Errorf("naming the image in %s: %w", tarball, err)
		}
	}
	return nil
}

// exists reports whether path does.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
