package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/kfp2argo/kfp2argo/hack/images/image"
	"github.com/kfp2argo/kfp2argo/hack/images/pods"
)

// image builds the image of the pods' program for the Linuxes of the release,
// and pushes it where a name is given.
func (r release) image(ctx context.Context, push string) error {
	var architectures []string
	for _, p := range r.platforms {
		if p.os == "linux" {
			architectures = append(architectures, p.arch)
		}
	}
	if len(architectures) == 0 {
		return nil
	}
	r.say("building the image for %s", strings.Join(architectures, " and "))
	index, err := pods.Build{
		Programs: r.work, Architectures: architectures,
		Version: r.version, Revision: r.revision, Created: r.created,
	}.Index()
	if err != nil {
		return err
	}
	base := "kfp2argo-image_" + strings.TrimPrefix(r.version, "v")
	if err := image.SaveArchive(r.name("%s.oci.tar", base), index, r.version); err != nil {
		return err
	}
	for _, arch := range architectures {
		p := platform{"linux", arch}
		if err := r.writeBill(r.name("%s_linux_%s.cdx.json", base, arch), "kfp2argo-image", r.file(p, pods.Program)); err != nil {
			return err
		}
	}
	if err := r.writeDigests(r.name("%s.json", base), index); err != nil {
		return err
	}
	if push == "" {
		return nil
	}
	r.say("pushing %s:%s", push, r.version)
	return pods.Push(ctx, push+":"+r.version, index)
}

// digests tells by which digests the image can be pulled.
type digests struct {
	Version   string            `json:"version"`
	Digest    string            `json:"digest"`
	Platforms map[string]string `json:"platforms"`
}

func (r release) writeDigests(file string, index v1.ImageIndex) error {
	digest, err := index.Digest()
	if err != nil {
		return fmt.Errorf("computing the digest of the image: %w", err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		return fmt.Errorf("reading the index of the image: %w", err)
	}
	all := digests{Version: r.version, Digest: digest.String(), Platforms: map[string]string{}}
	for _, m := range manifest.Manifests {
		all.Platforms[m.Platform.String()] = m.Digest.String()
	}
	return writeFile(file, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(all)
	})
}
