// Command cluster runs a real Kubernetes with a real Argo Workflows on this
// machine, out of Debian packages and Go modules, for end-to-end tests. See
// README.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		os.Exit(1)
	}
}

const usage = `usage, in hack/cluster:
	go run . up [--argo 3|4] [--postgres]    bring the cluster up, or leave it as it is if it is
	go run . build [--argo 3|4] [--postgres] fill the cache, which up does too
	go run . down                            remove every trace of it but the cache
	go run . status                          tell which parts serve and where their logs are
	go run . restart PART                    kill a part, or the node, and start it again
	go run . pause PART                      have a part do nothing, as if its machine hung
	go run . resume PART                     let it go on
	go run . compact                         have etcd forget all versions but the newest
	go run . pid PART                        print the process of a part
	go run . env                             print the shell lines that point programs at it
	go run . image                           print the tarball of the image that test pipelines run in
	go run . load FILE.tar [--as NAME ...]   import images, the image in FILE.tar also as NAME`

func run(ctx context.Context, args []string, stdout io.Writer) error {
	s, err := readSettings(os.Getenv)
	if err != nil {
		return err
	}
	source, err := os.Getwd()
	if err != nil {
		return err
	}
	c := &cluster{settings: s, source: source, log: os.Stderr}
	if args, err = c.choose(args); err != nil {
		return err
	}
	switch {
	case len(args) == 1:
		return c.command(ctx, args[0], stdout)
	case len(args) == 2:
		return c.commandOf(ctx, args[0], args[1], stdout)
	case len(args) > 3 && args[0] == "load" && args[2] == "--as":
		return c.load(ctx, args[1], args[3:]...)
	}
	return errors.New(usage)
}

// choose takes the choices of a new cluster from the arguments of up and build. All
// other commands are about the cluster that is there.
func (c *cluster) choose(args []string) ([]string, error) {
	if len(args) == 0 || args[0] != "up" && args[0] != "build" {
		c.Postgres = exists(c.postgresDir())
		return args, nil
	}
	set := flag.NewFlagSet(args[0], flag.ContinueOnError)
	set.SetOutput(io.Discard)
	major := set.String("argo", c.Argo.Major, "")
	set.BoolVar(&c.Postgres, "postgres", c.Postgres, "")
	if err := set.Parse(args[1:]); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, usage)
	}
	var err error
	c.Argo, err = chooseArgo(*major)
	return append(args[:1:1], set.Args()...), err
}

// command runs a command that takes no arguments.
func (c *cluster) command(ctx context.Context, name string, stdout io.Writer) error {
	switch name {
	case "up":
		return c.locked(func() error { return c.up(ctx) })
	case "build":
		return c.locked(func() error {
			_, _, err := c.build(ctx)
			return err
		})
	case "down":
		return c.locked(func() error { return c.down(ctx) })
	case "status":
		return c.status(ctx, stdout)
	case "compact":
		return compact(ctx, endpoint("http", "127.0.0.1", portEtcd))
	case "env":
		return c.env(ctx, stdout)
	case "image":
		return c.locked(func() error { return c.printImage(ctx, stdout) })
	}
	return errors.New(usage)
}

// commandOf runs a command that is about a part, or a file.
func (c *cluster) commandOf(ctx context.Context, name, of string, stdout io.Writer) error {
	switch name {
	case "restart":
		return c.locked(func() error { return c.restart(ctx, of) })
	case "pause":
		return c.table().Signal(of, syscall.SIGSTOP)
	case "resume":
		return c.table().Signal(of, syscall.SIGCONT)
	case "pid":
		return c.printProcess(of, stdout)
	case "load":
		return c.load(ctx, of)
	}
	return errors.New(usage)
}

// locked calls f while no other run of this program changes the cluster or
// the cache.
func (c *cluster) locked(f func() error) error {
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	return f()
}

// status prints a line for each part and returns an error if one does not
// serve.
func (c *cluster) status(ctx context.Context, w io.Writer) error {
	made, err := c.readSecrets()
	if err != nil {
		return err
	}
	healthy := true
	for _, p := range slices.Concat(c.parts(programs{}, made)...) {
		state := "up"
		if _, runs := c.table().Find(p.Name); !runs {
			state = "down"
		} else if err := p.ready(ctx); err != nil {
			state = "not serving"
		}
		healthy = healthy && state == "up"
		fmt.Fprintf(w, "%-24s %-12s %s\n", p.Name, state, c.table().Log(p.Name))
	}
	if !healthy {
		return errors.New("the cluster is not whole")
	}
	return nil
}

// printProcess prints the id of the process that a part is.
func (c *cluster) printProcess(name string, w io.Writer) error {
	pid, ok := c.table().Find(name)
	if !ok {
		return fmt.Errorf("%s is not up", name)
	}
	_, err := fmt.Fprintln(w, pid)
	return err
}

// env prints what programs need to know of the cluster.
func (c *cluster) env(ctx context.Context, w io.Writer) error {
	made, err := c.readSecrets()
	if err != nil {
		return err
	}
	argo, err := c.argo()
	if err != nil {
		return err
	}
	variables := [][2]string{
		{"KUBECONFIG", c.kubeconfig()},
		{"KFP2ARGO_S3_ENDPOINT", endpoint("http", gateway, portS3)},
		{"KFP2ARGO_S3_BUCKET", bucket},
		{"KFP2ARGO_S3_ACCESS_KEY", made.AccessKey},
		{"KFP2ARGO_S3_SECRET_KEY", made.SecretKey},
		{"KFP2ARGO_ARGO", argo},
		{"KFP2ARGO_CLUSTER_LOGS", c.logDir()},
	}
	if c.Postgres {
		token, err := c.argoToken(ctx, made)
		if err != nil {
			return err
		}
		variables = append(variables,
			[2]string{"KFP2ARGO_ARGO_SERVER", net.JoinHostPort(gateway, strconv.Itoa(portArgoServer))},
			[2]string{"KFP2ARGO_ARGO_TOKEN", "'" + token + "'"})
	}
	for _, v := range variables {
		fmt.Fprintf(w, "export %s=%s\n", v[0], v[1])
	}
	return nil
}

// argo returns the path of the argo command that belongs to the running
// controller.
func (c *cluster) argo() (string, error) {
	pid, ok := c.table().Find("workflow-controller")
	if !ok {
		return "", errors.New("Argo is not up")
	}
	controller, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	if err != nil {
		return "", fmt.Errorf("finding the argo command: %w", err)
	}
	return filepath.Join(filepath.Dir(controller), "argo"), nil
}
