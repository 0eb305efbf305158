package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/kfp2argo/kfp2argo/hack/bench"
)

// server is a running kfp2argo serve.
type server struct {
	base    string
	command *exec.Cmd
	client  *http.Client
	// ready is how long it took until it knew all runs.
	ready time.Duration
}

// pollTime is how often a server is asked whether it is ready.
const pollTime = 20 * time.Millisecond

func startServer(ctx context.Context, program, namespace string) (*server, error) {
	started := time.Now()
	command := exec.CommandContext(context.WithoutCancel(ctx), program, "serve", "--listen", "127.0.0.1:0", "-n", namespace)
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("it does not serve: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 1000
	s := &server{base: strings.TrimSpace(line), command: command, client: &http.Client{Transport: transport}}
	ticks := time.NewTicker(pollTime)
	defer ticks.Stop()
	for {
		if err := s.call(ctx, http.MethodGet, "/readyz", ""); err == nil {
			s.ready = time.Since(started)
			return s, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-ticks.C:
		}
	}
}

func (s *server) stop() error {
	if err := s.command.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return s.command.Wait()
}

// call makes a request, and reads the answer to its end.
func (s *server) call(ctx context.Context, method, path, body string) error {
	r, err := http.NewRequestWithContext(ctx, method, s.base+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, text)
	}
	return err
}

// memory is what the process has in memory now, and has had at most, in bytes.
func (s *server) memory() (now, most int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	return bench.Field(string(text), "VmRSS:") << 10, bench.Field(string(text), "VmHWM:") << 10, err
}
