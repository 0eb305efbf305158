package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/hack/images/published"
)

// entry is a file of an archive. Source is where its content is; without one it
// is data.
type entry struct {
	name       string
	source     string
	data       []byte
	executable bool
}

// archive packs the command for one platform, with what it starts to run pipelines
// there, and writes what all of it is made of.
func (r release) archive(p platform, extras []entry) error {
	names := []string{"kfp2argo"}
	if engine := p.engine(); len(engine) > 0 {
		names = append(append(names, engine...), published.Pods().Program)
	}
	entries, programs := slices.Clone(extras), []string{}
	for _, name := range names {
		entries = append(entries, entry{name: p.program(name), source: r.file(p, name), executable: true})
		programs = append(programs, r.file(p, name))
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	pack, suffix := packTar, ".tar.gz"
	if p.os == "windows" {
		pack, suffix = packZip, ".zip"
	}
	base := r.name("kfp2argo_%s_%s_%s", strings.TrimPrefix(r.version, "v"), p.os, p.arch)
	if err := writeFile(base+suffix, func(w io.Writer) error { return pack(w, entries, r.created) }); err != nil {
		return err
	}
	return r.writeBill(base+".cdx.json", "kfp2argo", programs...)
}

func writeFile(name string, content func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(content(file), file.Close())
}

func packTar(to io.Writer, entries []entry, modified time.Time) error {
	compressed, err := gzip.NewWriterLevel(to, gzip.BestCompression)
	if err != nil {
		return err
	}
	w := tar.NewWriter(compressed)
	for _, e := range entries {
		data, err := e.read()
		if err != nil {
			return err
		}
		h := &tar.Header{Name: e.name, Mode: int64(e.mode()), Size: int64(len(data)), ModTime: modified, Format: tar.FormatPAX}
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		if _, err := w.Write(data); err != nil {
			return err
		}
	}
	return errors.Join(w.Close(), compressed.Close())
}

func packZip(to io.Writer, entries []entry, modified time.Time) error {
	w := zip.NewWriter(to)
	for _, e := range entries {
		data, err := e.read()
		if err != nil {
			return err
		}
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Modified: modified}
		h.SetMode(e.mode())
		file, err := w.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := io.Copy(file, bytes.NewReader(data)); err != nil {
			return err
		}
	}
	return w.Close()
}

func (e entry) read() ([]byte, error) {
	if e.source == "" {
		return e.data, nil
	}
	return os.ReadFile(e.source)
}

func (e entry) mode() os.FileMode {
	if e.executable {
		return 0o755
	}
	return 0o644
}
