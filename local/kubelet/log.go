package kubelet

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/local/api"
)

// log is the log of a container. In the file each line has its time, and says
// whether it is whole.
type log struct {
	mu   sync.Mutex
	file *os.File
	copy sync.WaitGroup
}

// maxLine is how long a line of the file is at most; a longer one becomes
// several.
const maxLine = 16 << 10

func openLog(name string) (*log, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	return &log{file: f}, nil
}

// Write writes one line, or a part of one.
func (l *log) Write(line []byte) (int, error) {
	whole := byte('P')
	if bytes.HasSuffix(line, []byte("\n")) {
		whole = 'F'
	}
	text := fmt.Appendf(nil, "%s %c %s\n", time.Now().UTC().Format(time.RFC3339Nano), whole, bytes.TrimSuffix(line, []byte("\n")))
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.file.Write(text); err != nil {
		return 0, err
	}
	return len(line), nil
}

// start starts a program that writes to the log.
func (l *log) start(f func(out *os.File) (Process, error)) (Process, error) {
	in, out, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	process, err := f(out)
	_ = out.Close()
	if err != nil {
		return nil, errors.Join(err, in.Close())
	}
	l.copy.Go(func() {
		defer in.Close()
		lines := bufio.NewReaderSize(in, maxLine)
		for {
			line, err := lines.ReadSlice('\n')
			if len(line) > 0 {
				// A full disk is no reason to block the program.
				_, _ = l.Write(line)
			}
			if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
				return
			}
		}
	})
	return process, nil
}

// Close closes the log once the program has closed it.
func (l *log) Close() error {
	l.copy.Wait()
	return l.file.Close()
}

// logQuery is what is wanted of a log.
type logQuery struct {
	// tail is how many lines are wanted, or -1 or 0 for all.
	tail       int
	since      time.Time
	timestamps bool
}

// entry reads a line of the file. It returns false for one that is not wanted.
func (q logQuery) entry(line string) (string, bool) {
	stamp, rest, _ := strings.Cut(line, " ")
	flag, text, ok := strings.Cut(rest, " ")
	if !ok {
		return "", false
	}
	if !q.since.IsZero() {
		if at, err := time.Parse(time.RFC3339Nano, stamp); err == nil && at.Before(q.since) {
			return "", false
		}
	}
	text = strings.TrimSuffix(text, "\n")
	if flag == "F" {
		text += "\n"
	}
	if q.timestamps {
		return stamp + " " + text, true
	}
	return text, true
}

// readLog returns the lines of a log.
func readLog(name string, q logQuery) ([]string, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if e, ok := q.entry(line); ok {
			lines = append(lines, e)
		}
	}
	if q.tail > 0 && len(lines) > q.tail {
		lines = lines[len(lines)-q.tail:]
	}
	return lines, nil
}

// Log answers a request for a log.
func (k *Kubelet) Log(w http.ResponseWriter, r *http.Request, pod api.Key, container string) error {
	query := r.URL.Query()
	q := logQuery{timestamps: query.Get("timestamps") == "true"}
	if n, err := strconv.Atoi(query.Get("tailLines")); err == nil {
		q.tail = n
	}
	if t, err := time.Parse(time.RFC3339Nano, query.Get("sinceTime")); err == nil {
		q.since = t
	}
	if container == "" {
		container = "main"
	}
	name := filepath.Join(k.podDir(pod.Namespace, pod.Name), "logs", filepath.Base(container)+".log")
	file, err := os.Open(name)
	switch {
	case errors.Is(err, os.ErrNotExist) && k.find(pod) != nil:
		return &api.Error{Code: http.StatusBadRequest, Reason: metav1.StatusReasonBadRequest,
			Message: fmt.Sprintf("container %q in pod %q is waiting to start: PodInitializing", container, pod.Name)}
	case err != nil:
		return &api.Error{Code: http.StatusNotFound, Reason: metav1.StatusReasonNotFound, Message: fmt.Sprintf("pods %q not found", pod.Name)}
	}
	defer file.Close()
	w.Header().Set("Content-Type", "text/plain")
	if query.Get("follow") == "true" && q.tail == 0 {
		return k.follow(r.Context(), w, file, q, pod, container)
	}
	lines, err := readLog(name, q)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, strings.Join(lines, ""))
	return err
}

// logPause is how often a log that is followed is looked at.
const logPause = 100 * time.Millisecond

// follow writes a log as it grows, until its container has ended.
func (k *Kubelet) follow(ctx context.Context, w http.ResponseWriter, file io.Reader, q logQuery, pod api.Key, container string) error {
	lines := bufio.NewReader(file)
	rest := ""
	for {
		ended := k.hasEnded(pod, container)
		for {
			line, err := lines.ReadString('\n')
			rest += line
			if err != nil {
				break
			}
			if e, ok := q.entry(rest); ok {
				if _, err := io.WriteString(w, e); err != nil {
					return nil
				}
			}
			rest = ""
		}
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		if ended {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(logPause):
		}
	}
}

func (k *Kubelet) hasEnded(pod api.Key, container string) bool {
	p := k.find(pod)
	if p == nil {
		return true
	}
	select {
	case <-p.Ended(container):
		return true
	default:
		return false
	}
}

// killCommand is the one command that Argo's controller runs in pods: of its
// own program, or of a shell.
var killCommand = regexp.MustCompile(`\bkill -?(\d+) (?:--)?-?1\b`)

// Exec does what a command is to do: send a container's program a signal.
func (k *Kubelet) Exec(pod api.Key, container string, command []string) error {
	m := killCommand.FindStringSubmatch(strings.Join(command, " "))
	if m == nil {
		return &api.Error{Code: http.StatusNotImplemented, Reason: metav1.StatusReasonMethodNotAllowed,
			Message: "on this machine no commands can be run in pods; look at the logs, or at the directory of the run"}
	}
	number, err := strconv.Atoi(m[1])
	if err != nil {
		return err
	}
	if p := k.find(pod); p != nil && p.containers[container] != nil {
		p.containers[container].release()
		p.containers[container].signal(syscall.Signal(number))
	}
	return nil
}
