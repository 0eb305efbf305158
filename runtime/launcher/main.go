package launcher

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/pod"
)

// defaultGrace leaves time to spare in the 30 s that Kubernetes gives a pod.
const defaultGrace = 20 * time.Second

// envRoot names the directory to use as /, for tests.
const envRoot = contract.VariablePrefix + "ROOT"

// Process is what the launcher gets from its own process.
type Process struct {
	Args, Environ         []string
	Stdin, Stdout, Stderr *os.File
	Signals               <-chan os.Signal
}

// Main is the launcher as a program. All arguments are the command line of the
// component, but for a single --version.
func Main(p Process) contract.ExitCode {
	if len(p.Args) == 1 && p.Args[0] == "--version" {
		fmt.Fprintln(p.Stdout, pod.Version())
		return contract.ExitOK
	}
	options := Options{
		Root:    contract.Root(lookup(p.Environ, envRoot)),
		Command: p.Args,
		Environ: p.Environ,
		Stdin:   p.Stdin,
		Stdout:  p.Stdout,
		Stderr:  p.Stderr,
		Signals: p.Signals,
		Grace:   defaultGrace,
		Log:     pod.NewLogger(p.Stderr),
	}
	err := hide()
	if err == nil {
		err = Run(context.Background(), options)
	}
	if err == nil {
		return contract.ExitOK
	}
	var exit *ExitError
	if errors.As(err, &exit) && exit.Message == "" {
		return exit.Code
	}
	options.Log.Error(err.Error())
	pod.LeaveLastWords(options.Root.Path(contract.TerminationFile), err.Error())
	if exit != nil {
		return exit.Code
	}
	return contract.ExitFailure
}
