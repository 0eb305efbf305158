// Launcher runs a task's program: see package launcher.
package main

import (
	"os"
	"os/signal"

	_ "golang.org/x/crypto/x509roots/fallback" // the user's image may have no root certificates

	"github.com/kfp2argo/kfp2argo/runtime/launcher"
)

func main() {
	// Signals come in bursts; one that finds no room is lost.
	signals := make(chan os.Signal, 64)
	signal.Notify(signals, launcher.Signals()...)
	os.Exit(int(launcher.Main(launcher.Process{
		Args:    os.Args[1:],
		Environ: os.Environ(),
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Signals: signals,
	})))
}
