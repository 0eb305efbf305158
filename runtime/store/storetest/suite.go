// Package storetest tests what the back ends of package store must do, in a suite
// that each of them passes, and starts a real S3 server for tests.
package storetest

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// Harness is an empty place in a store.
type Harness struct {
	// Root is the place, as a pipeline root.
	Root string
	// Getenv is the environment with the credentials.
	Getenv func(string) string
	// Without has the characters that no name may have there: such names are
	// refused, rather than changed.
	Without string
}

// Run tests everything that a back end must do. It calls place for a place of each
// test's own.
func Run(t *testing.T, place func(t *testing.T) Harness) {
	for _, test := range []struct {
		name string
		run  func(suite, *testing.T)
	}{
		{"files come back as they were", suite.files},
		{"names may hold anything that a file's name may", suite.names},
		{"trees come back as they were", suite.tree},
		{"a large file", suite.largeFile},
		{"storing replaces", suite.replace},
		{"a key is no prefix of its neighbour", suite.neighbours},
		{"nothing there", suite.nothingThere},
		{"an empty directory leaves nothing", suite.emptyDirectory},
		{"empty directories within come back", suite.emptyDirectories},
		{"a missing file", suite.missingFile},
		{"links within the artifact are followed", suite.linksInside},
		{"other links are refused", suite.linksRefused},
		{"the artifact itself may be a link", suite.topIsLink},
		{"pipes are refused", suite.pipe},
		{"links do not lead downloads outside", suite.targetHasLink},
		{"a cancelled transfer ends", suite.cancelled},
		{"several at once", suite.severalAtOnce},
		{"listing", suite.list},
		{"listing directories", suite.folders},
		{"removing", suite.remove},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := place(t)
			root, err := store.ParseRoot(h.Root)
			require.NoError(t, err)
			test.run(suite{root: root.URI(), store: store.New(root, h.Getenv), without: h.Without}, t)
		})
	}
}

// suite is one place that a test has to itself.
type suite struct {
	root    store.URI
	store   *store.Store
	without string
}

func (s suite) uri(t *testing.T, name string) store.URI {
	t.Helper()
	uri, err := s.root.Join(name)
	require.NoError(t, err)
	return uri
}

// upload stores files, given by name, as the tree uri.
func (s suite) upload(t *testing.T, uri store.URI, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, files)
	require.NoError(t, s.store.Upload(t.Context(), dir, uri))
}

// write makes files below a directory.
func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o666))
	}
}

// read returns the files below a directory.
func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, dir+"/")] = string(content)
		return err
	}))
	return files
}

// download fetches a tree.
func (s suite) download(t *testing.T, uri store.URI) map[string]string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "deep", "down")
	require.NoError(t, s.store.Download(t.Context(), uri, dir))
	return read(t, dir)
}

func (s suite) requireExists(t *testing.T, want bool, uri store.URI) {
	t.Helper()
	exists, err := s.store.Exists(t.Context(), uri)
	require.NoError(t, err)
	require.Equal(t, want, exists, uri)
}

// roundTrip stores a file and requires it to come back.
func (s suite) roundTrip(t *testing.T, name string, content []byte) {
	t.Helper()
	local := filepath.Join(t.TempDir(), "in")
	require.NoError(t, os.WriteFile(local, content, 0o666))
	uri := s.uri(t, name)
	require.NoError(t, s.store.Upload(t.Context(), local, uri))
	s.requireExists(t, true, uri)
	back := filepath.Join(t.TempDir(), "new", "directory", "out")
	require.NoError(t, s.store.Download(t.Context(), uri, back))
	got, err := os.ReadFile(back)
	require.NoError(t, err)
	require.True(t, bytes.Equal(content, got), "%s: %d bytes, %d came back", name, len(content), len(got))
}

func (s suite) files(t *testing.T) {
	for name, content := range map[string]string{
		"empty":     "",
		"byte":      "x",
		"text":      "line\nline\r\n\x00\xff",
		"megabytes": strings.Repeat("0123456789", 300_000),
	} {
		s.roundTrip(t, name, []byte(content))
	}
}

func (s suite) names(t *testing.T) {
	names := []string{
		"a b", "a+b", "100%", "%41", "a?b=c&d", "a#b", "täglich/日本", "a'b\"c", "a;b,c", "(3:3)", "a=b@c$d", "~x", "[x]{y}", "a\\b", "..x", "x..",
	}
	files := map[string]string{}
	for _, name := range names {
		if strings.ContainsAny(name, s.without) {
			require.ErrorContains(t, s.store.Write(t.Context(), s.uri(t, "single/"+name), nil), name)
			continue
		}
		s.roundTrip(t, "single/"+name, []byte(name))
		files[name] = name
	}
	s.upload(t, s.uri(t, "tree"), files)
	require.Equal(t, files, s.download(t, s.uri(t, "tree")))
}

func (s suite) tree(t *testing.T) {
	files := map[string]string{"a": "1", "b/c": "2", "b/d/e": "", "b/d/f": "4", ".hidden": "5", "b.c": "6"}
	uri := s.uri(t, "tree")
	s.upload(t, uri, files)
	s.requireExists(t, true, uri)
	require.Equal(t, files, s.download(t, uri))
	require.Equal(t, map[string]string{"c": "2", "d/e": "", "d/f": "4"}, s.download(t, s.uri(t, "tree/b")))
}

func (s suite) largeFile(t *testing.T) {
	content := make([]byte, 33<<20+1)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content)
	s.roundTrip(t, "large", content)
}

func (s suite) replace(t *testing.T) {
	s.roundTrip(t, "file", []byte("the first, which is longer"))
	s.roundTrip(t, "file", []byte("second"))
	dir := t.TempDir()
	write(t, dir, map[string]string{"file": "what was here before, and is longer"})
	require.NoError(t, s.store.Download(t.Context(), s.uri(t, "file"), filepath.Join(dir, "file")))
	require.Equal(t, map[string]string{"file": "second"}, read(t, dir))
}

func (s suite) neighbours(t *testing.T) {
	s.upload(t, s.uri(t, "data"), map[string]string{"x": "1"})
	s.upload(t, s.uri(t, "data-old"), map[string]string{"x": "2"})
	s.roundTrip(t, "data.txt", []byte("3"))
	require.Equal(t, map[string]string{"x": "1"}, s.download(t, s.uri(t, "data")))
	s.requireExists(t, false, s.uri(t, "dat"))
	s.requireExists(t, false, s.uri(t, "data/y"))
	s.requireExists(t, false, s.uri(t, "data.txt/y"))
}

func (s suite) nothingThere(t *testing.T) {
	s.roundTrip(t, "something", []byte("x"))
	local := filepath.Join(t.TempDir(), "local")
	err := s.store.Download(t.Context(), s.uri(t, "nothing"), local)
	require.ErrorIs(t, err, store.ErrNotFound)
	require.ErrorContains(t, err, s.uri(t, "nothing").String())
	require.NoFileExists(t, local)
	require.NoDirExists(t, local)
}

func (s suite) emptyDirectory(t *testing.T) {
	s.roundTrip(t, "something", []byte("x"))
	require.NoError(t, s.store.Upload(t.Context(), t.TempDir(), s.uri(t, "empty")))
	s.requireExists(t, false, s.uri(t, "empty"))
}

func (s suite) emptyDirectories(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"a/file": "x"})
	for _, name := range []string{"empty", "a/b/c/deep"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, name), 0o777))
	}
	uri := s.uri(t, "tree")
	require.NoError(t, s.store.Upload(t.Context(), dir, uri))
	back := filepath.Join(t.TempDir(), "back")
	require.NoError(t, s.store.Download(t.Context(), uri, back))
	require.Equal(t, map[string]string{"a/file": "x"}, read(t, back))
	for _, name := range []string{"empty", "a/b/c/deep"} {
		require.DirExists(t, filepath.Join(back, name))
	}
	_, err := s.store.Remove(t.Context(), uri)
	require.NoError(t, err)
	s.requireExists(t, false, uri)
}

// RunExecutable tests a back end that stores whether a file can be
// executed.
func RunExecutable(t *testing.T, place Harness) {
	root, err := store.ParseRoot(place.Root)
	require.NoError(t, err)
	s := store.New(root, place.Getenv)
	dir := t.TempDir()
	files := map[string]string{"program": "#!/bin/sh\n", "text": "x", "large": strings.Repeat("x", 17<<20)}
	write(t, dir, files)
	for name, mode := range map[string]fs.FileMode{"program": 0o755, "text": 0o600, "large": 0o700} {
		require.NoError(t, os.Chmod(filepath.Join(dir, name), mode))
	}
	back := filepath.Join(t.TempDir(), "back")
	require.NoError(t, s.Upload(t.Context(), dir, root.URI()))
	require.NoError(t, s.Download(t.Context(), root.URI(), back))
	require.Equal(t, files, read(t, back))
	for name, want := range map[string]bool{"program": true, "text": false, "large": true} {
		info, err := os.Stat(filepath.Join(back, name))
		require.NoError(t, err)
		require.Equal(t, want, info.Mode()&0o100 != 0, name)
		require.Equal(t, want, info.Mode()&0o010 != 0, name)
	}
}

func (s suite) missingFile(t *testing.T) {
	err := s.store.Upload(t.Context(), filepath.Join(t.TempDir(), "none"), s.uri(t, "x"))
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func link(t *testing.T, target, path string) {
	t.Helper()
	require.NoError(t, os.Symlink(target, path))
}

func (s suite) linksInside(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"versions/1/weights": "w", "notes": "n"})
	link(t, "versions/1", filepath.Join(dir, "latest"))
	link(t, filepath.Join(dir, "notes"), filepath.Join(dir, "versions", "README"))
	require.NoError(t, s.store.Upload(t.Context(), dir, s.uri(t, "model")))
	require.Equal(t, map[string]string{
		"versions/1/weights": "w", "latest/weights": "w", "notes": "n", "versions/README": "n",
	}, s.download(t, s.uri(t, "model")))
}

func (s suite) linksRefused(t *testing.T) {
	outside := t.TempDir()
	write(t, outside, map[string]string{"secret": "x", "artifact-not/x": "y"})
	for name, target := range map[string]string{
		"outside":      filepath.Join(outside, "secret"),
		"neighbour":    "../artifact-not",
		"itself":       "itself",
		"circle":       ".",
		"deep/circle":  "..",
		"nothing":      "none",
		"deep/outside": "../../..",
	} {
		dir := filepath.Join(outside, "artifact")
		write(t, dir, map[string]string{"file": "1", "deep/file": "2"})
		link(t, target, filepath.Join(dir, name))
		uri := s.uri(t, "artifact")
		require.ErrorContains(t, s.store.Upload(t.Context(), dir, uri), "artifact", name)
		s.requireExists(t, false, uri)
		require.NoError(t, os.RemoveAll(dir))
	}
}

func (s suite) topIsLink(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"real/x": "1"})
	link(t, "real", filepath.Join(dir, "model"))
	require.NoError(t, s.store.Upload(t.Context(), filepath.Join(dir, "model"), s.uri(t, "model")))
	require.Equal(t, map[string]string{"x": "1"}, s.download(t, s.uri(t, "model")))
}

func (s suite) pipe(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o666))
	require.ErrorContains(t, s.store.Upload(t.Context(), dir, s.uri(t, "x")), "neither a file nor a directory")
}

func (s suite) targetHasLink(t *testing.T) {
	s.upload(t, s.uri(t, "tree"), map[string]string{"sub/file": "x"})
	dir, outside := t.TempDir(), t.TempDir()
	link(t, outside, filepath.Join(dir, "sub"))
	require.Error(t, s.store.Download(t.Context(), s.uri(t, "tree"), dir))
	require.Empty(t, read(t, outside))
}

func (s suite) cancelled(t *testing.T) {
	s.upload(t, s.uri(t, "tree"), map[string]string{"a": "1", "b": "2"})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.store.Download(ctx, s.uri(t, "tree"), filepath.Join(t.TempDir(), "x")), context.Canceled)
	dir := t.TempDir()
	write(t, dir, map[string]string{"a": "1", "b": "2"})
	require.ErrorIs(t, s.store.Upload(ctx, dir, s.uri(t, "other")), context.Canceled)
}

func (s suite) severalAtOnce(t *testing.T) {
	files := map[string]string{}
	for i := range 30 {
		files[fmt.Sprint(i)] = strings.Repeat("x", 1000*i)
	}
	var group sync.WaitGroup
	for i := range 10 {
		group.Go(func() {
			uri := s.uri(t, fmt.Sprint("tree-", i))
			s.upload(t, uri, files)
			if got := s.download(t, uri); len(got) != len(files) {
				t.Errorf("%d of %d files came back", len(got), len(files))
			}
		})
	}
	group.Wait()
}

func (s suite) list(t *testing.T) {
	s.upload(t, s.uri(t, "tree"), map[string]string{"a": "1", "b/c": "23", "a b": ""})
	s.roundTrip(t, "tree-2", []byte("x"))
	sizes := map[string]int64{}
	for o, err := range s.store.List(t.Context(), s.uri(t, "tree")) {
		require.NoError(t, err)
		sizes[strings.TrimPrefix(o.URI.String(), s.uri(t, "tree").String())] = o.Size
	}
	require.Equal(t, map[string]int64{"/a": 1, "/b/c": 2, "/a b": 0}, sizes)
	for o, err := range s.store.List(t.Context(), s.uri(t, "none")) {
		t.Error("there is nothing to list", o, err)
	}
}

func (s suite) folders(t *testing.T) {
	s.upload(t, s.uri(t, "tree"), map[string]string{"a": "1", "b/c": "2", "b/d/e": "3", "b c/täglich/x": "4", "b.d/x": "5", "b0/x": "6"})
	s.roundTrip(t, "tree-2/other/x", []byte("x"))
	for dir, want := range map[string][]string{
		"tree": {"b", "b c", "b.d", "b0"}, "tree/b": {"d"}, "tree/b c": {"täglich"}, "tree/b/d": nil, "tree/a": nil, "none": nil, "tre": nil,
	} {
		var names []string
		for name, err := range s.store.Folders(t.Context(), s.uri(t, dir)) {
			require.NoError(t, err)
			names = append(names, name)
		}
		require.ElementsMatch(t, want, names, dir)
	}
	for _, err := range s.store.Folders(t.Context(), s.uri(t, "tree")) {
		require.NoError(t, err)
		break // one is enough
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range s.store.Folders(ctx, s.uri(t, "tree")) {
		require.ErrorIs(t, err, context.Canceled)
	}
}

func (s suite) remove(t *testing.T) {
	for _, name := range []string{"tree/a", "tree/b/c", "tree-2", "file"} {
		s.roundTrip(t, name, []byte(name))
	}
	for name, want := range map[string]int{"tree": 2, "file": 1, "nothing": 0, "tree-2/below": 0} {
		n, err := s.store.Remove(t.Context(), s.uri(t, name))
		require.NoError(t, err)
		require.Equal(t, want, n, name)
	}
	s.requireExists(t, false, s.uri(t, "tree"))
	s.requireExists(t, false, s.uri(t, "file"))
	s.requireExists(t, true, s.uri(t, "tree-2"))
}
