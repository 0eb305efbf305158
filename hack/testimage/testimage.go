// Package testimage builds the image that the steps of test pipelines run in:
// a small Debian with Python under the names of the images that the pipelines
// ask for.
//
// The image has no package index to install from. Its pip is therefore a
// stand-in that accepts everything and does nothing, and its kfp is the real
// one where the machine that builds the image can have it and else a stand-in
// too, in the folder kfp.
package testimage

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/kfp2argo/kfp2argo/hack/images/cache"
	"github.com/kfp2argo/kfp2argo/hack/images/image"
)

//go:embed all:kfp all:pip
var standIns embed.FS

const (
	release    = "bookworm"
	packages   = "python3,ca-certificates,jq"
	kfpVersion = "2.15.2" // the one that the test pipelines ask for

	sitePackages = "/usr/lib/python3/dist-packages"
	imageFile    = "image.tar"
	rootFile     = "root.tar"
)

// Build returns the tarball of the image and builds it if the cache lacks it.
func Build(ctx context.Context, c cache.Cache) (string, error) {
	root, err := c.Get(ctx, debian())
	if err != nil {
		return "", err
	}
	files, err := standInFiles()
	if err != nil {
		return "", err
	}
	dir, err := c.Get(ctx, python(filepath.Join(root, rootFile), files))
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, imageFile), nil
}

// debian returns the file system of the image, without what we add.
func debian() cache.Product {
	return cache.Product{
		Name: "debian",
		Key:  release + "\n" + packages + "\n" + runtime.GOARCH,
		Make: func(ctx context.Context, dir string) error {
			root := filepath.Join(dir, "root")
			cmd := exec.CommandContext(ctx, "debootstrap", "--variant=minbase", "--include="+packages, release, root)
			if output, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("debootstrap: %w\n%s", err, output)
			}
			if err := writeRoot(root, filepath.Join(dir, rootFile)); err != nil {
				return fmt.Errorf("archiving the file system: %w", err)
			}
			return os.RemoveAll(root)
		},
	}
}

// python returns the image.
func python(root string, files []image.File) cache.Product {
	hash := sha256.New()
	for _, f := range files {
		fmt.Fprintf(hash, "%s %v %s %q\n", f.Path, f.Mode, f.Link, f.Data)
	}
	return cache.Product{
		Name: "image-python",
		Key:  fmt.Sprintf("%s\n%x\n%s\n%s", root, hash.Sum(nil), kfpVersion, strings.Join(Tags(), "\n")),
		Make: func(ctx context.Context, dir string) error {
			base, err := image.LayerFromTar(root)
			if err != nil {
				return fmt.Errorf("reading the file system: %w", err)
			}
			files, err := preferRealKFP(ctx, filepath.Join(dir, "site-packages"), files)
			if err != nil {
				return err
			}
			ours, err := image.Layer(files...)
			if err != nil {
				return err
			}
			config := v1.Config{
				Cmd: []string{"python3"},
				Env: []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"},
			}
			img, err := image.New(runtime.GOARCH, config, base, ours)
			if err != nil {
				return err
			}
			return image.Save(filepath.Join(dir, imageFile), img, Tags()...)
		},
	}
}

// standInFiles returns what is added to Debian, sorted by path.
func standInFiles() ([]image.File, error) {
	files := []image.File{
		{Path: "/usr/bin/python", Link: "python3"},
		{Path: "/usr/local/bin/pip", Mode: 0o755, Data: []byte("#!/bin/sh\n# See pip/__init__.py in " + sitePackages + ".\nexec python3 -m pip \"$@\"\n")},
		{Path: "/usr/local/bin/pip3", Link: "pip"},
	}
	err := fs.WalkDir(standIns, ".", func(name string, e fs.DirEntry, err error) error {
		// A run of the stand-ins in this folder leaves compiled files.
		if err != nil || e.IsDir() || path.Ext(name) != ".py" {
			return err
		}
		data, err := standIns.ReadFile(name)
		if err != nil {
			return err
		}
		files = append(files, image.File{Path: path.Join(sitePackages, name), Mode: 0o644, Data: data})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the stand-ins: %w", err)
	}
	slices.SortFunc(files, func(a, b image.File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

// preferRealKFP returns files with the stand-in for kfp replaced by the real
// package, which it installs to dir, or files as they are if that fails: most
// machines that need this image reach no package index.
func preferRealKFP(ctx context.Context, dir string, files []image.File) ([]image.File, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	// Inside a component kfp imports none of the packages it depends on.
	cmd := exec.CommandContext(ctx, "python3", "-m", "pip", "install", "--quiet", "--no-deps", "--retries", "0", "--timeout", "10",
		"--target", dir, "kfp=="+kfpVersion)
	if cmd.Run() != nil {
		return files, nil
	}
	standIn := sitePackages + "/kfp/"
	kept := slices.DeleteFunc(slices.Clone(files), func(f image.File) bool { return strings.HasPrefix(f.Path, standIn) })
	err := filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		kept = append(kept, image.File{Path: path.Join(sitePackages, filepath.ToSlash(rel)), Mode: 0o644, Source: file})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("adding kfp to the image: %w", err)
	}
	return kept, nil
}

// writeRoot archives the directory root as a layer, without devices, which a
// container gets from its runtime, and without what apt can fetch again.
func writeRoot(root, file string) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	w := tar.NewWriter(out)
	err = filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil || rel == "." {
			return err
		}
		switch {
		case slices.Contains([]string{"var/cache/apt/archives", "var/lib/apt/lists", "debootstrap"}, rel):
			return fs.SkipDir
		case e.Type()&(fs.ModeDevice|fs.ModeSocket|fs.ModeNamedPipe) != 0:
			return nil
		}
		return addToRoot(w, name, rel)
	})
	if err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return out.Close()
}

func addToRoot(w *tar.Writer, name, rel string) error {
	info, err := os.Lstat(name)
	if err != nil {
		return err
	}
	var link string
	if info.Mode()&fs.ModeSymlink != 0 {
		if link, err = os.Readlink(name); err != nil {
			return err
		}
	}
	h, err := tar.FileInfoHeader(info, link)
	if err != nil {
		return err
	}
	h.Name = rel
	if info.IsDir() {
		h.Name += "/"
	}
	// Names of users are looked up on this machine, numbers come from Debian.
	h.Uname, h.Gname = "", ""
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		h.Uid, h.Gid = int(owner.Uid), int(owner.Gid)
	}
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}
