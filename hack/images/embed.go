package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"github.com/kfp2argo/kfp2argo/hack/images/dockerfile"
	"github.com/kfp2argo/kfp2argo/hack/images/image"
)

// embed builds what a Dockerfile says out of images in tarballs.
func (w world) embed(args []string) error {
	images := map[string]v1.Image{}
	flags := flag.NewFlagSet("images embed", flag.ContinueOnError)
	flags.SetOutput(w.stderr)
	source := flags.String("f", "Dockerfile", "the Dockerfile")
	tag := flags.String("tag", "", "name of the image")
	out := flags.String("o", "", "file to write, a tarball for docker load and ctr images import")
	flags.Func("image", "`NAME=TARBALL`, an image that the Dockerfile names, and where it is (repeatable)", func(text string) error {
		name, file, _ := strings.Cut(text, "=")
		img, err := tarball.ImageFromPath(file, nil)
		images[name] = img
		return err
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *out == "" || *tag == "" {
		return errors.New("the flags -o and --tag must say what to write")
	}
	file, err := os.Open(*source)
	if err != nil {
		return err
	}
	defer file.Close()
	img, err := dockerfile.Build(file, images)
	if err != nil {
		return fmt.Errorf("%s: %w", *source, err)
	}
	return image.Save(*out, img, *tag)
}
