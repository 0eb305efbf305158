// The mover moves one artifact with package store, in a process of its own, so
// that its time and memory can be held against those of another program.
//
//	mover up LOCAL ROOT
//	mover down LOCAL ROOT
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/kfp2argo/kfp2argo/runtime/store"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: mover up|down LOCAL ROOT")
		os.Exit(2)
	}
	if err := move(context.Background(), os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "mover:", err)
		os.Exit(1)
	}
}

func move(ctx context.Context, direction, local, rootText string) error {
	root, err := store.ParseRoot(rootText)
	if err != nil {
		return err
	}
	s := store.New(root, os.Getenv)
	switch direction {
	case "up":
		return s.Upload(ctx, local, root.URI())
	case "down":
		return s.Download(ctx, root.URI(), local)
	}
	return fmt.Errorf("unknown direction %q", direction)
}
