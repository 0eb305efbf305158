package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strconv"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/kfp2argo/kfp2argo/hack/images/image"
	"github.com/kfp2argo/kfp2argo/hack/images/published"
)

// indexFlags say what to build for several architectures, and where to.
type indexFlags struct {
	build                 published.Build
	architectures         string
	layout, archive, push string
}

// index builds the image for several architectures and prints its digest.
func (w world) index(ctx context.Context, args []string) error {
	f, err := w.indexFlags(args)
	if err != nil {
		return err
	}
	index, err := f.build.Index()
	if err != nil {
		return err
	}
	if err := f.write(ctx, index); err != nil {
		return err
	}
	digest, err := index.Digest()
	if err != nil {
		return fmt.Errorf("computing the digest: %w", err)
	}
	_, err = fmt.Fprintln(w.stdout, digest)
	return err
}

func (w world) indexFlags(args []string) (indexFlags, error) {
	var f indexFlags
	flags := flag.NewFlagSet("images index", flag.ContinueOnError)
	flags.SetOutput(w.stderr)
	what := flags.String("content", "pods", "the image to build: pods or server")
	flags.StringVar(&f.build.Programs, "programs", "bin/pods", "folder with linux-ARCH/kfp2argo-pod, or linux-ARCH/kfp2argo for the server")
	flags.StringVar(&f.architectures, "arch", "amd64,arm64", "architectures, between commas")
	flags.StringVar(&f.build.Version, "version", "devel", "version to write into the annotations")
	flags.StringVar(&f.build.Revision, "revision", "", "commit to write into the annotations")
	flags.StringVar(&f.layout, "layout", "", "folder to write, an OCI layout")
	flags.StringVar(&f.archive, "archive", "", "file to write, an OCI layout in a tarball")
	flags.StringVar(&f.push, "push", "", "REGISTRY/NAME:TAG to push to, with the credentials of docker login")
	if err := flags.Parse(args); err != nil {
		return f, err
	}
	if flags.NArg() > 0 {
		return f, fmt.Errorf("what is %q?", flags.Args())
	}
	if f.layout == "" && f.archive == "" && f.push == "" {
		return f, errors.New("where to? Give --layout, --archive or --push")
	}
	f.build.Architectures = strings.Split(f.architectures, ",")
	var err error
	if f.build.Content, err = published.Named(*what); err != nil {
		return f, err
	}
	f.build.Created, err = sourceDate(w.getenv("SOURCE_DATE_EPOCH"))
	return f, err
}

// sourceDate reads a time as reproducible-builds.org writes it. Without one it
// is that of Unix's beginning, which is the same every time.
func sourceDate(text string) (time.Time, error) {
	if text == "" {
		return time.Unix(0, 0), nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is %q; it must be a number of seconds", text)
	}
	return time.Unix(seconds, 0), nil
}

func (f indexFlags) write(ctx context.Context, index v1.ImageIndex) error {
	if f.layout != "" {
		if err := image.SaveLayout(f.layout, index, f.build.Version); err != nil {
			return err
		}
	}
	if f.archive != "" {
		if err := image.SaveArchive(f.archive, index, f.build.Version); err != nil {
			return err
		}
	}
	if f.push != "" {
		return published.Push(ctx, f.push, index)
	}
	return nil
}
