package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

const longWatch = `Watch shows the progress of a run, as run does, until it ends. A run that has
ended is shown once. Without RUN it is the latest of the namespace. Ctrl-C does
not stop the run.

The exit code is 0 if the run has succeeded, 1 if it has failed, 2 if the
command line is wrong, 3 if the run goes on, and 4 if it was given up, by
--fail-fast-pending.`

// watchFlags are the flags of commands that watch a run.
type watchFlags struct {
	plain, logs bool
	record      bool
	tail        int
	output      string
	failFast    time.Duration
}

func (f *watchFlags) add(set *pflag.FlagSet) {
	set.BoolVar(&f.plain, "plain", false, "write a line for each change instead of drawing")
	set.BoolVar(&f.logs, "logs", false, "show all that the tasks' programs write")
	set.IntVar(&f.tail, "tail", 20, "show the last `N` lines of a task that fails")
	set.StringVarP(&f.output, "output", "o", "text", "print as `FORMAT`: text, or json, an object a line")
	set.DurationVar(&f.failFast, "fail-fast-pending", 0, "terminate the run and give up when it has waited `DURATION`, such as 10m, for what need not come: see docs/running.md; 0 waits for ever")
	set.BoolVar(&f.record, "record", true, "keep the record of the run in its store when it ends, if the store can be reached")
}

func (f *watchFlags) check() error {
	switch {
	case f.tail < 0:
		return usageError{fmt.Errorf("--tail is %d; it can be 0 and more", f.tail)}
	case f.failFast < 0:
		return usageError{fmt.Errorf("--fail-fast-pending is %s; it can be 0 and more", f.failFast)}
	}
	return requireFormat(f.output, "text", "json")
}

func newWatchCommand(s streams) *cobra.Command {
	var f watchFlags
	var connection place
	var color string
	command := &cobra.Command{
		Use:     "watch [flags] [RUN]",
		Short:   "Show the progress of a run",
		Long:    longWatch,
		Example: "  kfp2argo watch training-x7k2p",
		Args:    oneRun,
		RunE: func(c *cobra.Command, args []string) error {
			if err := errors.Join(f.check(), checkColor(color)); err != nil {
				return err
			}
			cluster, err := connection.connect(c.Context(), s)
			if err != nil {
				return err
			}
			run, err := runOrLatest(c.Context(), s, cluster, first(args))
			if err != nil {
				return err
			}
			return f.show(c.Context(), s, cluster, watched{run: run, color: color})
		},
	}
	set := command.Flags()
	set.SortFlags = false
	f.add(set)
	connection.add(set)
	addNamespace(set, &connection.Connection)
	set.StringVar(&color, "color", "auto", "colour the output: `WHEN` is auto, always or never")
	return command
}

// oneRun accepts the name of a run, or none for the latest.
func oneRun(_ *cobra.Command, args []string) error {
	if len(args) > 1 || len(args) == 1 && args[0] == "" {
		return usageError{fmt.Errorf("expected the name of a run, or none for the latest, not %q", args)}
	}
	return nil
}

// first returns the first argument, or an empty text without one.
func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

// watched is what is watched, and how.
type watched struct {
	run, color string
	// stop says that Ctrl-C ends the run.
	stop bool
	// pipeline is the compiled pipeline as canonical JSON, where it is known.
	pipeline []byte
}

// show shows how a run goes until it ends, and returns nil if it has succeeded.
func (f *watchFlags) show(ctx context.Context, s streams, c *live.Cluster, w watched) error {
	wishes, done := interrupts()
	defer done()
	k := keeper{s: s, cluster: c, run: w.run, pipeline: w.pipeline}
	if f.record {
		k.begin(ctx)
	}
	run, err := live.Watch(ctx, c, w.run, f.display(s, w.color), live.Options{
		Logs: f.logs, Tail: f.tail, Interrupts: wishes, Stop: w.stop, Pace: time.Second,
		FailFastPending: f.failFast,
	})
	var given *live.GivenUpError
	if f.record && (err == nil || errors.As(err, &given) && given.Ended) {
		k.end(ctx)
	}
	switch {
	case err != nil:
		return fmt.Errorf("run %s: %w", w.run, err)
	case run.State != progress.Succeeded:
		return errRunFailed
	}
	return nil
}

// display chooses how a run is shown.
func (f *watchFlags) display(s streams, color string) live.Display {
	file, isFile := s.out.(*os.File)
	switch {
	case f.output == "json":
		return live.JSONLines(s.out, s.now)
	case f.plain || !isFile || !term.IsTerminal(int(file.Fd())) || s.getenv("TERM") == "dumb":
		return live.Plain(s.out, s.now)
	}
	size := func() (int, int) {
		columns, rows, err := term.GetSize(int(file.Fd()))
		if err != nil || columns <= 0 || rows <= 0 {
			return 80, 24
		}
		return columns, rows
	}
	look := live.Look{Color: colored(color, s.out), ASCII: !speaksUTF8(s.getenv)}
	return live.Screen(io.Writer(s.out), size, look, s.now)
}

// speaksUTF8 reports whether the locale of a terminal is UTF-8.
func speaksUTF8(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := strings.ToUpper(getenv(name)); value != "" {
			return strings.Contains(value, "UTF-8") || strings.Contains(value, "UTF8")
		}
	}
	return false
}

// interrupts receives the signals that ask to stop: Ctrl-C, or what CI
// sends.
func interrupts() (<-chan struct{}, func()) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	wishes := make(chan struct{})
	end := make(chan struct{})
	go func() {
		for {
			select {
			case <-signals:
			case <-end:
				return
			}
			select {
			case wishes <- struct{}{}:
			case <-end:
				return
			}
		}
	}()
	return wishes, func() {
		signal.Stop(signals)
		close(end)
	}
}
