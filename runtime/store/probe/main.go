package probe

import (
	"context"
	"errors"
	"flag"
	"io"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/pod"
)

// Main is `driver doctor`: it writes what it finds as lines of JSON.
func Main(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) contract.ExitCode {
	log := pod.NewLogger(stderr)
	flags := flag.NewFlagSet("doctor", flag.ContinueOnError)
	flags.SetOutput(stderr)
	root := flags.String("pipeline-root", "", "look at the store of this pipeline root")
	leave := flags.String("leave", "", "only write a text into this file, as a task's program would")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return contract.ExitOK
		}
		return contract.ExitUsage
	}
	if *leave != "" {
		if err := Leave(*leave); err != nil {
			log.Error(err.Error())
			return contract.ExitFailure
		}
		return contract.ExitOK
	}
	good := Run(ctx, Options{Root: *root, Getenv: getenv, Now: time.Now, Report: func(f contract.Finding) {
		if err := f.Write(stdout); err != nil {
			log.Error(err.Error())
		}
	}})
	if !good {
		return contract.ExitFailure
	}
	return contract.ExitOK
}
