package container

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"runtime"
)

// emptyImage is an image with nothing in it. kfp2argo's programs need no more
// than themselves, and are mounted.
const emptyImage = "localhost/kfp2argo-local:1"

// loadEmpty makes the empty image, unless it is there.
func (r *Runtime) loadEmpty(ctx context.Context) error {
	if _, err := r.call(ctx, "image", "inspect", emptyImage); err == nil {
		return nil
	}
	text, err := emptyArchive()
	if err != nil {
		return err
	}
	command := r.command(ctx, "load")
	command.Stdin = bytes.NewReader(text)
	_, err = output(command)
	return err
}

// emptyArchive returns the empty image as docker save writes images.
func emptyArchive() ([]byte, error) {
	var layer bytes.Buffer
	if err := tar.NewWriter(&layer).Close(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(layer.Bytes())
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux", "config": map[string]any{},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + hex.EncodeToString(sum[:])}},
	})
	if err != nil {
		return nil, err
	}
	manifest, err := json.Marshal([]map[string]any{{"Config": "config.json", "RepoTags": []string{emptyImage}, "Layers": []string{"layer.tar"}}})
	if err != nil {
		return nil, err
	}
	var all bytes.Buffer
	w := tar.NewWriter(&all)
	for _, f := range []struct {
		name string
		data []byte
	}{{"config.json", config}, {"layer.tar", layer.Bytes()}, {"manifest.json", manifest}} {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o644, Size: int64(len(f.data))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.data); err != nil {
			return nil, err
		}
	}
	return all.Bytes(), w.Close()
}
