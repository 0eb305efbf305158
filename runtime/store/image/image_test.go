package image_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/store"
	"github.com/kfp2argo/kfp2argo/runtime/store/storetest"
)

// entry is one of a layer: a file, unless it says otherwise.
type entry struct {
	name, content string
	kind          byte // 0 for a file
	target        string
}

// layer packs entries.
func layer(t testing.TB, entries ...entry) v1.Layer {
	t.Helper()
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	for _, e := range entries {
		header := &tar.Header{Name: e.name, Typeflag: e.kind, Linkname: e.target, Mode: 0o644, Size: int64(len(e.content))}
		if e.kind == 0 {
			header.Typeflag = tar.TypeReg
		}
		require.NoError(t, w.WriteHeader(header))
		_, err := io.WriteString(w, e.content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	made, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(packed.Bytes())), nil
	})
	require.NoError(t, err)
	return made
}

func modelImage(t testing.TB, layers ...v1.Layer) v1.Image {
	t.Helper()
	made, err := mutate.AppendLayers(empty.Image, layers...)
	require.NoError(t, err)
	return made
}

// startRegistry starts a registry and returns its host and port.
func startRegistry(t *testing.T, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	server := httptest.NewServer(wrap(registry.New(registry.Logger(log.New(io.Discard, "", 0)))))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// randomText returns n bytes, the same each time.
func randomText(n int) string {
	content := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content)
	return string(content)
}

func plain(h http.Handler) http.Handler { return h }

// push stores an image and returns its URI.
func push(t *testing.T, host, repository string, image v1.Image) string {
	t.Helper()
	reference, err := name.ParseReference(host + "/" + repository)
	require.NoError(t, err)
	require.NoError(t, remote.Write(reference, image))
	return "oci://" + host + "/" + repository
}

// requireModel fetches a model and requires these files.
func requireModel(t *testing.T, text string, want map[string]string) string {
	t.Helper()
	s, uri := storetest.OpenURI(t, text)
	local := filepath.Join(t.TempDir(), "oci", "x", "models")
	require.NoError(t, s.Download(t.Context(), uri, local))
	require.Equal(t, want, filesBelow(t, local))
	return local
}

func filesBelow(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir+"/")] = string(content)
		return err
	}))
	return files
}

func TestModelImage(t *testing.T) {
	host := startRegistry(t, plain)
	base := layer(t,
		entry{name: "etc/passwd", content: "root"},
		entry{name: "./models/", kind: tar.TypeDir},
		entry{name: "models/old", content: "1"},
		entry{name: "models/kept", content: "2"},
		entry{name: "models/gone/a", content: "3"},
		entry{name: "models/opaque/a", content: "4"},
		entry{name: "models2/x", content: "5"},
	)
	top := layer(t,
		entry{name: "models/old", content: "new"},
		entry{name: "models/.wh.gone"},
		entry{name: "models/opaque/.wh..wh..opq"},
		entry{name: "models/opaque/b", content: "6"},
		entry{name: "/models/blobs/sha", content: "weights"},
		entry{name: "models/snapshot/link", kind: tar.TypeSymlink, target: "../blobs/sha"},
		entry{name: "models/absolute", kind: tar.TypeSymlink, target: "/models/blobs/sha"},
		entry{name: "models/hard", kind: tar.TypeLink, target: "models/blobs/sha"},
	)
	local := requireModel(t, push(t, host, "team/model:v1", modelImage(t, base, top)), map[string]string{
		"old": "new", "kept": "2", "opaque/b": "6", "blobs/sha": "weights", "snapshot/link": "weights", "absolute": "weights", "hard": "weights",
	})
	target, err := os.Readlink(filepath.Join(local, "absolute"))
	require.NoError(t, err)
	require.Equal(t, "blobs/sha", target)
}

// TestModelPlatform holds that the image for this machine is taken.
func TestModelPlatform(t *testing.T) {
	host := startRegistry(t, plain)
	var index v1.ImageIndex = empty.Index
	for _, arch := range []string{"other", runtime.GOARCH} {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        modelImage(t, layer(t, entry{name: "models/arch", content: arch})),
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: arch}},
		})
	}
	reference, err := name.ParseReference(host + "/model")
	require.NoError(t, err)
	require.NoError(t, remote.WriteIndex(reference, index))
	requireModel(t, "oci://"+host+"/model", map[string]string{"arch": runtime.GOARCH})
}

func TestModelImageRefuses(t *testing.T) {
	host := startRegistry(t, plain)
	file := entry{name: "models/file", content: "x"}
	for message, entries := range map[string][]entry{
		"the image has nothing in /models":                      {{name: "other", content: "x"}},
		"the image has nothing in /models ":                     {{name: "models", kind: tar.TypeDir}},
		"link /models/a of the image: it leads to /etc/passwd":  {file, {name: "models/a", kind: tar.TypeSymlink, target: "/etc/passwd"}},
		"link /models/a of the image: it leads to ../x":         {file, {name: "models/a", kind: tar.TypeSymlink, target: "../x"}},
		"link /models/a of the image: it leads to etc/passwd":   {file, {name: "models/a", kind: tar.TypeLink, target: "etc/passwd"}},
		"link /models of the image: it leads to /models/file":   {{name: "models", kind: tar.TypeSymlink, target: "/models/file"}},
		"the image has nothing in /models  ":                    {{name: "../models/x", content: "x"}},
		"/models/null of the image is neither a file nor a dir": {{name: "models/null", kind: tar.TypeChar}},
	} {
		s, uri := storetest.OpenURI(t, push(t, host, "bad", modelImage(t, layer(t, entries...))))
		above := t.TempDir()
		err := s.Download(t.Context(), uri, filepath.Join(above, "models"))
		require.ErrorContains(t, err, strings.TrimSpace(message))
		require.Empty(t, filesBelow(t, above), message)
		require.NoDirExists(t, filepath.Join(above, "models"))
	}
}

func TestModelImageMissing(t *testing.T) {
	s, uri := storetest.OpenURI(t, "oci://"+startRegistry(t, plain)+"/none:v1")
	local := filepath.Join(t.TempDir(), "models")
	require.ErrorIs(t, s.Download(t.Context(), uri, local), store.ErrNotFound)
	require.NoDirExists(t, local)
	exists, err := s.Exists(t.Context(), uri)
	require.NoError(t, err)
	require.False(t, exists)
}

func TestModelImageVersion(t *testing.T) {
	host := startRegistry(t, plain)
	var versions []string
	for _, content := range []string{"1", "2"} {
		s, uri := storetest.OpenURI(t, push(t, host, "model:latest", modelImage(t, layer(t, entry{name: "models/x", content: content}))))
		version, err := s.Version(t.Context(), uri)
		require.NoError(t, err)
		versions = append(versions, version)
		exists, err := s.Exists(t.Context(), uri)
		require.NoError(t, err)
		require.True(t, exists)
		require.ErrorContains(t, s.Write(t.Context(), uri, nil), "such URIs can only be read")
	}
	require.NotEqual(t, versions[0], versions[1])
}

// TestModelImageBreaks breaks off the first answer that has a layer.
func TestModelImageBreaks(t *testing.T) {
	var layers atomic.Int32
	host := startRegistry(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") && layers.Add(1) == 1 {
				w = &storetest.BreakingWriter{ResponseWriter: w, Left: 1000}
			}
			h.ServeHTTP(w, r)
		})
	})
	content := randomText(1 << 20)
	requireModel(t, push(t, host, "model", modelImage(t, layer(t, entry{name: "models/x", content: content}))), map[string]string{"x": content})
	require.Greater(t, layers.Load(), int32(1))
}

// TestModelImageCredentials reads them from Docker's configuration.
func TestModelImageCredentials(t *testing.T) {
	var open atomic.Bool
	host := startRegistry(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if user, password, _ := r.BasicAuth(); !open.Load() && (user != "me" || password != "secret") {
				w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
				http.Error(w, "who are you?", http.StatusUnauthorized)
				return
			}
			h.ServeHTTP(w, r)
		})
	})
	open.Store(true)
	uri := push(t, host, "model", modelImage(t, layer(t, entry{name: "models/x", content: "1"})))
	open.Store(false)
	config := t.TempDir()
	t.Setenv("DOCKER_CONFIG", config)
	s, parsed := storetest.OpenURI(t, uri)
	err := s.Download(t.Context(), parsed, filepath.Join(t.TempDir(), "models"))
	require.ErrorContains(t, err, "401")
	text, err := json.Marshal(map[string]any{"auths": map[string]any{host: map[string]string{"username": "me", "password": "secret"}}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(config, "config.json"), text, 0o600))
	requireModel(t, uri, map[string]string{"x": "1"})
}

// TestModelTargetHasLink holds that links which are there do not lead outside.
func TestModelTargetHasLink(t *testing.T) {
	s, uri := storetest.OpenURI(t, push(t, startRegistry(t, plain), "model", modelImage(t, layer(t, entry{name: "models/sub/x", content: "1"}))))
	local, outside := t.TempDir(), t.TempDir()
	require.NoError(t, os.Symlink(outside, filepath.Join(local, "sub")))
	require.Error(t, s.Download(t.Context(), uri, local))
	require.Empty(t, filesBelow(t, outside))
}
