package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/util/rand"

	"github.com/kfp2argo/kfp2argo/hack/bench"
)

// here runs a pipeline on this machine, in a directory of its own. Time is that
// of the run, CPU and memory are those of the engine, and CPU that of all pods,
// too. Start is how long the engine took to serve.
func (o options) here(ctx context.Context, dir string, p pipeline) (cost bench.Cost, start time.Duration, err error) {
	begin := time.Now()
	engine := exec.CommandContext(ctx, filepath.Join(o.bin, "kfp2argo-local"), "--dir", dir, "--ready")
	// Python is that of the machine, and not that of a user, which may write.
	engine.Env = append(os.Environ(), "PYTHONPATH="+o.python, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	engine.Cancel = func() error { return engine.Process.Signal(syscall.SIGTERM) }
	var trouble bytes.Buffer
	engine.Stderr = &trouble
	out, err := engine.StdoutPipe()
	if err != nil {
		return cost, 0, err
	}
	if err := engine.Start(); err != nil {
		return cost, 0, err
	}
	_, err = bufio.NewReader(out).ReadString('\n')
	start = time.Since(begin)
	if err == nil {
		cost.Wall, err = o.command(ctx, "run", p.file, "--no-cache", "--local", "--local-dir", dir)
	}
	status, readErr := os.ReadFile(fmt.Sprintf("/proc/%d/status", engine.Process.Pid))
	cost.Memory = bench.Field(string(status), "VmHWM:") << 10
	err = errors.Join(err, readErr, engine.Process.Signal(syscall.SIGTERM), engine.Wait())
	if err != nil {
		return cost, 0, fmt.Errorf("%w\n%s", err, trouble.String())
	}
	// It has waited for the programs of all pods.
	cost.CPU = engine.ProcessState.UserTime() + engine.ProcessState.SystemTime()
	return cost, start, nil
}

// Where runs are on the cluster, as hack/cluster makes it.
const (
	namespace   = "kfp"
	storeSecret = "kfp-s3"
)

// onCluster runs a pipeline on the cluster, and deletes the run.
func (o options) onCluster(ctx context.Context, p pipeline) (took time.Duration, err error) {
	name := p.name + "-" + rand.String(5)
	root := fmt.Sprintf("s3://%s/bench/%s?endpoint=%s&region=us-east-1&s3ForcePathStyle=true", os.Getenv("KFP2ARGO_S3_BUCKET"), name, os.Getenv("KFP2ARGO_S3_ENDPOINT"))
	args := []string{"run", p.file, "--no-cache", "--name", name, "-n", namespace, "--store-secret", storeSecret, "--pipeline-root", root}
	if o.image != "" {
		args = append(args, "--image", o.image)
	}
	took, err = o.command(ctx, args...)
	if err != nil {
		return 0, err
	}
	_, err = o.command(ctx, "delete", name, "-n", namespace)
	return took, err
}

// command runs kfp2argo and returns how long it takes.
func (o options) command(ctx context.Context, args ...string) (time.Duration, error) {
	begin := time.Now()
	text, err := exec.CommandContext(ctx, filepath.Join(o.bin, "kfp2argo"), args...).CombinedOutput()
	took := time.Since(begin)
	if err != nil {
		return 0, fmt.Errorf("kfp2argo %s: %w\n%s", strings.Join(args, " "), err, text)
	}
	return took, nil
}
