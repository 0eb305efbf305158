// Driver prepares a task's pod: see package driver.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	_ "golang.org/x/crypto/x509roots/fallback" // the image has no root certificates

	"github.com/kfp2argo/kfp2argo/runtime/driver"
)

func main() {
	// The user's container may run as another user, and must be able to write
	// what this one made.
	syscall.Umask(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := driver.Main(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(int(code))
}
