// Kfp2argo-local runs Argo Workflows on this machine without a cluster: Argo's
// own controller, an API in memory, and pods that are processes. kfp2argo run
// --local starts it.
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
	"syscall"

	"github.com/kfp2argo/kfp2argo/local/argo"
	"github.com/kfp2argo/kfp2argo/local/engine"
	"github.com/kfp2argo/kfp2argo/local/sandbox"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A closed terminal ends no run.
	signal.Ignore(syscall.SIGHUP)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case errors.Is(err, engine.ErrBusy):
		fmt.Fprintln(os.Stderr, "kfp2argo-local:", err)
		os.Exit(exitBusy)
	case err != nil:
		fmt.Fprintln(os.Stderr, "kfp2argo-local:", err)
		os.Exit(1)
	}
}

// exitBusy says that another process serves the directory.
const exitBusy = 75

type options struct {
	engine   engine.Options
	programs string
	image    string
	runtime  string
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	o := options{engine: engine.Options{Log: stderr}}
	set := flag.NewFlagSet("kfp2argo-local", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.StringVar(&o.engine.Dir, "dir", "", "keep everything in `DIR`")
	set.StringVar(&o.engine.Namespace, "namespace", "local", "the `NAMESPACE` of Workflows that name none")
	set.StringVar(&o.programs, "programs", "", "take kfp2argo-pod and kfp2argo-sandbox from `DIR` (default: where this program is)")
	set.StringVar(&o.image, "image", "kfp2argo/kfp2argo", "what `IMAGE` stands for driver and launcher, whatever its tag")
	set.StringVar(&o.runtime, "runtime", processes, "run programs as processes, or images by docker, podman or nerdctl; auto takes the first that works (`WAY`)")
	set.Int64Var(&o.engine.GPUs, "gpus", 0, "say that there are `N` accelerators, nvidia.com/gpu")
	set.DurationVar(&o.engine.Idle, "idle", 0, "end when nothing has run for this `DURATION` and nobody has asked (default: never)")
	ready := set.Bool("ready", false, "write a line to standard output once the API serves")
	if err := set.Parse(args); err != nil {
		return err
	}
	if o.engine.Dir == "" || set.NArg() > 0 {
		set.Usage()
		return flag.ErrHelp
	}
	o.engine.Ready = func() error {
		if !*ready {
			return nil
		}
		_, err := fmt.Println("ready")
		return errors.Join(err, os.Stdout.Close())
	}
	return o.run(ctx)
}

func (o *options) run(ctx context.Context) error {
	var err error
	if o.engine.Dir, err = realDir(o.engine.Dir); err != nil {
		return err
	}
	if o.programs == "" {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		o.programs = filepath.Dir(self)
	}
	if o.programs, err = filepath.Abs(o.programs); err != nil {
		return err
	}
	logFile, err := os.OpenFile(filepath.Join(o.engine.Dir, "controller.log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer logFile.Close()
	if err := argo.Prepare(logFile); err != nil {
		return err
	}
	box := sandbox.New(filepath.Join(o.programs, sandbox.HelperName))
	defer box.Close()
	defer func() {
		if box.Groups != nil {
			box.Groups.Close()
		}
	}()
	if o.engine.Runtime, err = o.choose(ctx, box); err != nil {
		return err
	}
	return engine.Run(ctx, o.engine)
}

// podPrograms returns where the programs of pods are: one with two names, in the
// image as here.
func podPrograms(dir string) map[string]string {
	file := filepath.Join(dir, "kfp2argo-pod")
	return map[string]string{"/driver": file, "/launcher": file}
}

// realDir makes a directory and returns its path without links.
func realDir(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}

// repository returns an image without its tag or digest.
func repository(image string) string {
	image, _, _ = strings.Cut(image, "@")
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		return image[:i]
	}
	return image
}
