// Kfp2argo-pod is what runs in the pods of tasks beside the user's program. It
// is the driver or the launcher by the name that it is called with: see the
// packages of these names. The image has it as /driver and as /launcher.
//
// Images that bring the launcher along may call it what they like, so that any
// name but driver means the launcher. Under its own name the first word says
// what to be:
//
//	kfp2argo-pod driver doctor
//	kfp2argo-pod launcher --version
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/driver"
	"github.com/kfp2argo/kfp2argo/runtime/launcher"
)

func main() {
	if err := trustRoots(os.Getenv); err != nil {
		panic(err) // of what is compiled in
	}
	os.Exit(int(run(os.Args)))
}

func run(args []string) contract.ExitCode {
	if len(args) > 0 && filepath.Base(args[0]) == "kfp2argo-pod" {
		args = args[1:]
		if len(args) == 0 || args[0] != "driver" && args[0] != "launcher" {
			fmt.Fprintln(os.Stderr, "usage: kfp2argo-pod driver|launcher ...")
			return contract.ExitUsage
		}
	}
	switch {
	case len(args) == 0:
		return launch(nil)
	case filepath.Base(args[0]) == "driver":
		return drive(args[1:])
	}
	return launch(args[1:])
}

func drive(args []string) contract.ExitCode {
	// The user's container may run as another user, and must be able to write
	// what this one made.
	syscall.Umask(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return driver.Main(ctx, args, os.Getenv, os.Stdout, os.Stderr)
}

func launch(args []string) contract.ExitCode {
	// Signals come in bursts; one that finds no room is lost.
	signals := make(chan os.Signal, 64)
	signal.Notify(signals, launcher.Signals()...)
	return launcher.Main(launcher.Process{
		Args:    args,
		Environ: os.Environ(),
		Stdin:   os.Stdin,
		Stdout:  os.Stdout,
		Stderr:  os.Stderr,
		Signals: signals,
	})
}
