// Command images builds the images of kfp2argo: that of the pods, which holds
// their static program under its two names, and that of the server, which holds
// the command. Each has the certificates of the public authorities besides, and
// nothing else. They run as user 65532.
//
//	go run . --program bin/kfp2argo-pod --tag kfp2argo/kfp2argo:dev -o kfp2argo.tar
//	go run . --content server --program bin/kfp2argo --tag kfp2argo/server:dev -o server.tar
//	go run . index --programs bin/pods --archive kfp2argo.oci.tar --push registry.example.com/kfp2argo:dev
//	go run . embed -f Dockerfile --image python:3.11=python.tar --tag ours:dev -o ours.tar
//
// The first two build one for this machine's cluster, for one architecture. The
// third builds it for amd64 and arm64, out of
// bin/pods/linux-ARCH/kfp2argo-pod, as an OCI layout, and can push it. Its digest
// depends on the programs, the flags and SOURCE_DATE_EPOCH only. The last does what a
// Dockerfile says that copies programs out of one image into another.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"

	"github.com/kfp2argo/kfp2argo/hack/images/image"
	"github.com/kfp2argo/kfp2argo/hack/images/published"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	w := world{stdout: os.Stdout, stderr: os.Stderr, getenv: os.Getenv}
	err := w.run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "images:", err)
		os.Exit(1)
	}
}

// world is what the program writes to and knows of its environment.
type world struct {
	stdout, stderr io.Writer
	getenv         func(string) string
}

func (w world) run(ctx context.Context, args []string) error {
	switch {
	case len(args) > 0 && args[0] == "index":
		return w.index(ctx, args[1:])
	case len(args) > 0 && args[0] == "embed":
		return w.embed(args[1:])
	}
	return w.local(args)
}

// local builds the image for a cluster on this machine.
func (w world) local(args []string) error {
	flags := flag.NewFlagSet("images", flag.ContinueOnError)
	flags.SetOutput(w.stderr)
	what := flags.String("content", "pods", "the image to build: pods or server")
	program := flags.String("program", "", "the program of the image, static and for Linux (default bin/kfp2argo-pod or bin/kfp2argo)")
	certificates := flags.String("certificates", "/etc/ssl/certs/ca-certificates.crt", "certificates of the authorities to trust, PEM")
	arch := flags.String("arch", runtime.GOARCH, "architecture the program is for")
	tag := flags.String("tag", "kfp2argo/kfp2argo:dev", "name of the image")
	out := flags.String("o", "", "file to write, a tarball for docker load and ctr images import")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *out == "" {
		return errors.New("the flag -o is missing: it names the file to write")
	}
	content, err := published.Named(*what)
	if err != nil {
		return err
	}
	if *program == "" {
		*program = filepath.Join("bin", content.Program)
	}
	layer, err := image.Layer(content.Files(*program, image.File{Source: *certificates})...)
	if err != nil {
		return err
	}
	img, err := image.New(*arch, content.Config(), layer)
	if err != nil {
		return err
	}
	return image.Save(*out, img, *tag)
}
