package driver

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/google/uuid"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/pod"
	"github.com/kfp2argo/kfp2argo/runtime/store/probe"
)

// envNodeID is the variable in which Argo tells init containers their node.
const envNodeID = "ARGO_NODE_ID"

// doctor is the argument that makes the driver look at the store instead of
// preparing a pod.
const doctor = "doctor"

// Main is the driver as a program.
func Main(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) contract.ExitCode {
	if len(args) > 0 && args[0] == doctor {
		return probe.Main(ctx, args[1:], getenv, stdout, stderr)
	}
	options := Options{Getenv: getenv, NodeID: getenv(envNodeID), Attempt: uuid.NewString(), Log: pod.NewLogger(stderr)}
	flags := flag.NewFlagSet("driver", flag.ContinueOnError)
	flags.SetOutput(stderr)
	noInstall := flags.Bool("no-install", false, "install no launcher")
	version := flags.Bool("version", false, "print the version and exit")
	root := flags.String("root", "", "the directory to use as /, for tests")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return contract.ExitOK
		}
		return contract.ExitUsage
	}
	if *version {
		fmt.Fprintln(stdout, pod.Version())
		return contract.ExitOK
	}
	if !*noInstall {
		// This program is the launcher as well.
		var err error
		if options.Launcher, err = os.Executable(); err != nil {
			options.Log.Error(err.Error())
			return contract.ExitFailure
		}
	}
	options.Root = contract.Root(*root)
	if err := Run(ctx, options); err != nil {
		options.Log.Error(err.Error())
		pod.LeaveLastWords(options.Root.Path(contract.TerminationFile), err.Error())
		return contract.ExitFailure
	}
	return contract.ExitOK
}
