// Command release makes what a release of kfp2argo consists of, in bin/release:
//
//	go run . --push kfp2argo/kfp2argo    out of a commit that has a tag such as v1.2.3
//	go run . --snapshot                  to try it, out of what is there
//
// These are archives of the command with its manual pages and completions for
// each platform, the images of the pods and of the server for several architectures, a
// bill of materials of each, and the checksums of them all. The same commit and
// version of Go give the same bytes, on any machine.
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
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

const platforms = "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64"

func run(ctx context.Context, args []string, stderr io.Writer) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.SetOutput(stderr)
	source := flags.String("source", "../..", "the repository")
	out := flags.String("out", "../../bin/release", "folder to write, anew")
	list := flags.String("platforms", platforms, "platforms, between commas")
	snapshot := flags.Bool("snapshot", false, "make no release but a try of one, without a tag")
	push := flags.String("push", "", "push the image of the pods to `REGISTRY/NAME`, with the version as its tag, and the server's to REGISTRY/server")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("what is %q?", flags.Args())
	}
	if *snapshot && *push != "" {
		return errors.New("a snapshot is not to be pushed")
	}
	commit, err := readCommit(ctx, *source, *snapshot)
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "kfp2argo-release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	r := release{commit: commit, source: *source, work: work, out: *out, log: stderr}
	for text := range strings.SplitSeq(*list, ",") {
		platform, err := parsePlatform(text)
		if err != nil {
			return err
		}
		r.platforms = append(r.platforms, platform)
	}
	return r.make(ctx, *push)
}

// release is a release in the making.
type release struct {
	commit
	source    string // the repository
	work      string // a folder for what is made on the way
	out       string
	platforms []platform
	log       io.Writer
}

// make makes everything, in a folder that is empty before.
func (r release) make(ctx context.Context, push string) error {
	if err := errors.Join(os.RemoveAll(r.out), os.MkdirAll(r.out, 0o755)); err != nil {
		return err
	}
	if err := r.compile(ctx); err != nil {
		return err
	}
	extras, err := r.document(ctx)
	if err != nil {
		return err
	}
	for _, p := range r.platforms {
		if err := r.archive(p, extras); err != nil {
			return fmt.Errorf("packing for %s: %w", p, err)
		}
	}
	if err := r.images(ctx, push); err != nil {
		return err
	}
	return writeChecksums(r.out)
}

// name is the name of a file of the release.
func (r release) name(format string, args ...any) string {
	return filepath.Join(r.out, fmt.Sprintf(format, args...))
}

func (r release) say(format string, args ...any) { fmt.Fprintf(r.log, format+"\n", args...) }
