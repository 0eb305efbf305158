package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/kfp2argo/kfp2argo/hack/images/image"
	"github.com/kfp2argo/kfp2argo/hack/images/published"
)

// images builds the image of the pods and that of the server for the Linuxes of
// the release, and pushes them where a name is given: the server's beside the
// other, as server.
func (r release) images(ctx context.Context, push string) error {
	beside := ""
	if push != "" {
		beside = path.Join(path.Dir(push), "server")
	}
	return errors.Join(
		r.image(ctx, published.Pods(), "kfp2argo-image", push),
		r.image(ctx, published.Server(), "kfp2argo-server", beside),
	)
}

// image builds one image under the name of its files.
func (r release) image(ctx context.Context, content published.Content, name, push string) error {
	var architectures []string
	for _, p := range r.platforms {
		if p.os == "linux" {
			architectures = append(architectures, p.arch)
		}
	}
	if len(architectures) == 0 {
		return nil
	}
	r.say("building %s for %s", name, strings.Join(architectures, " and "))
	index, err := published.Build{
		Content: content, Programs: r.work, Architectures: architectures,
		Version: r.version, Revision: r.revision, Created: r.created,
	}.Index()
	if err != nil {
		return err
	}
	base := name + "_" + strings.TrimPrefix(r.version, "v")
	if err := image.SaveArchive(r.name("%s.oci.tar", base), index, r.version); err != nil {
		return err
	}
	for _, arch := range architectures {
		p := platform{"linux", arch}
		if err := r.writeBill(r.name("%s_linux_%s.cdx.json", base, arch), name, r.file(p, content.Program)); err != nil {
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
	return published.Push(ctx, push+":"+r.version, index)
}

// digests lists the digests by which the image can be pulled.
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
