package main

import (
	"context"
	"errors"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/doctor"
	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

const doctorLong = `Doctor checks whether a cluster has what translated pipelines need, and says
what to do if not: Argo and its version, rights, Pod Security, images, and a
store that the pods reach.

It runs a Workflow of one task and a Job that puts a few small objects below the
pipeline root, with pods of the same shape as those of a translation with the
same flags, and removes all of them. See docs/doctor.md.`

const doctorExamples = `  # The flags are those of the translation
  kfp2argo doctor -n team-a --service-account kfp2argo \
    --pipeline-root s3://bucket/pipelines --store-secret s3-credentials

  # For a program to read
  kfp2argo doctor -n team-a -o json`

// translationFlags are the flags of a translation that decide what pods are like.
var translationFlags = []string{ //nolint:gochecknoglobals // a constant
	"namespace", "pipeline-root", "store-secret", "store-config", "store-volume", "service-account", "image",
	"patch", "pod-security", "user", "env", "ca-bundle", "driver-requests", "driver-limits", "color",
}

// doctorFlags are the flags of doctor.
type doctorFlags struct {
	flags
	connection      live.Connection
	format          string
	claims, keep    bool
	timeout, pickUp time.Duration
}

func newDoctorCommand(s streams) *cobra.Command {
	var f doctorFlags
	all := pflag.NewFlagSet("translation", pflag.ContinueOnError)
	f.addChoices(all)
	command := &cobra.Command{
		Use:     "doctor [flags]",
		Short:   "Check whether a cluster has what pipelines need",
		Long:    doctorLong,
		Example: doctorExamples,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{errors.New("doctor takes no file: it runs a pipeline of its own (a file of that name is ./doctor)")}
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return f.examine(c.Context(), s, c.Flags()) },
	}
	set := command.Flags()
	set.SortFlags = false
	for _, name := range translationFlags {
		set.AddFlag(all.Lookup(name))
	}
	addCluster(set, &f.connection)
	set.BoolVar(&f.claims, "claims", false, "look for the rights of pipelines that create and delete claims, too")
	set.DurationVar(&f.timeout, "timeout", 3*time.Minute, "wait `DURATION` for each pod")
	set.DurationVar(&f.pickUp, "pick-up", 30*time.Second, "wait `DURATION` for Argo's controller to see a Workflow")
	set.BoolVar(&f.keep, "keep", false, "leave the Workflow and the Job in the cluster, for an hour")
	set.StringVarP(&f.format, "output", "o", "text", "print as `FORMAT`: text or json")
	return command
}

// examine examines the cluster.
func (f *doctorFlags) examine(ctx context.Context, s streams, set *pflag.FlagSet) error {
	if err := requireFormat(f.format, "text", "json"); err != nil {
		return err
	}
	err := errors.Join(f.complete(set), f.readOthers(s, ""))
	if err != nil {
		return err
	}
	clients, namespace, err := doctor.Connect(f.connection)
	if err != nil {
		return err
	}
	if f.options.Namespace == "" {
		f.options.Namespace = namespace
	}
	trial, source, found, err := doctor.NewTrial(f.options)
	if err := errors.Join(f.show(s, source, found), err); err != nil {
		return err
	}
	if trial == nil {
		return errProblems
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	return f.tell(s, func(report func(contract.Finding)) bool {
		return doctor.Examine(ctx, clients, doctor.Options{
			Trial: trial, Translation: f.options, Claims: f.claims,
			Timeout: f.timeout, PickUp: f.pickUp, Keep: f.keep, Report: report,
		})
	})
}

// tell writes findings as they come, or all at the end for a program.
func (f *doctorFlags) tell(s streams, examine func(report func(contract.Finding)) bool) error {
	all := []contract.Finding{}
	var failed error
	good := examine(func(one contract.Finding) {
		all = append(all, one)
		if f.format == "text" {
			failed = errors.Join(failed, doctor.Write(s.out, one))
		}
	})
	if f.format == "json" {
		failed = writeJSON(s.out, all)
	}
	if failed == nil && !good {
		return errProblems
	}
	return failed
}
