// Command images builds the image of kfp2argo, which holds its two static
// programs and the certificates of the public authorities and nothing else.
//
//	go run . --driver bin/driver --launcher bin/launcher --tag kfp2argo/kfp2argo:dev -o kfp2argo.tar
//
// The image runs as user 65532. Its bytes depend on the two programs, the
// certificates and the flags only.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/kfp2argo/kfp2argo/hack/images/image"
)

func main() {
	if err := run(os.Args[1:], os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "images:", err)
		os.Exit(1)
	}
}

type options struct {
	driver, launcher string
	certificates     string
	arch, tag, out   string
}

func run(args []string, stderr io.Writer) error {
	var o options
	flags := flag.NewFlagSet("images", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.driver, "driver", "bin/driver", "the driver, a static Linux program")
	flags.StringVar(&o.launcher, "launcher", "bin/launcher", "the launcher, a static Linux program")
	flags.StringVar(&o.certificates, "certificates", "/etc/ssl/certs/ca-certificates.crt", "certificates of the authorities to trust, PEM")
	flags.StringVar(&o.arch, "arch", runtime.GOARCH, "architecture the two programs are for")
	flags.StringVar(&o.tag, "tag", "kfp2argo/kfp2argo:dev", "name of the image")
	flags.StringVar(&o.out, "o", "", "file to write, a tarball for docker load and ctr images import")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if o.out == "" {
		return errors.New("the flag -o is missing: it names the file to write")
	}
	return build(o)
}

func build(o options) error {
	layer, err := image.Layer(
		image.File{Path: "/driver", Mode: 0o755, Source: o.driver},
		image.File{Path: "/launcher", Mode: 0o755, Source: o.launcher},
		image.File{Path: "/etc/ssl/certs/ca-certificates.crt", Mode: 0o644, Source: o.certificates},
		image.File{Path: "/tmp", Mode: os.ModeDir | os.ModeSticky | 0o777},
	)
	if err != nil {
		return err
	}
	img, err := image.New(o.arch, v1.Config{User: "65532:65532", Env: []string{"PATH=/"}}, layer)
	if err != nil {
		return err
	}
	return image.Save(o.out, img, o.tag)
}
