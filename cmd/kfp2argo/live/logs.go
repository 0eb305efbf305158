package live

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/internal/emissary"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// The containers of a pod: the user's program, and what goes before it.
const (
	Program = contract.ProgramContainer
	Driver  = contract.DriverContainer
)

// reader reads the log of one container.
type reader struct {
	cluster   *Cluster
	pod       string
	container string
	// kept has the logs of pods that are gone, or is nil.
	kept *keptLogs
	// since is the time from which on lines are read, and tail how many of those that
	// are there at first: zero for all.
	since time.Time
	tail  int
	// last is the time of the line that came last.
	last time.Time
}

// read calls a function for each line that it has not been called for. If it
// follows, it ends when the container does.
func (r *reader) read(ctx context.Context, o *corev1.PodLogOptions, line func(Line) error) error {
	r.from(o)
	stream, err := r.cluster.log(ctx, r.pod, o)
	if err != nil {
		return err
	}
	defer stream.Close()
	lines := bufio.NewReader(stream)
	before := r.last
	for {
		text, err := readLine(lines)
		if text == "" && err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		at, text := stamped(text)
		if !at.IsZero() {
			r.last = at
		}
		if emissary.Wrote(text) || !before.IsZero() && !at.After(before) || !at.IsZero() && at.Before(r.since) {
			continue
		}
		if err := line(Line{Text: text, Time: at}); err != nil {
			return err
		}
	}
}

// from asks for the lines from where this reader stands, in whole seconds, which is
// all that Kubernetes knows.
func (r *reader) from(o *corev1.PodLogOptions) {
	since := r.since
	if !r.last.IsZero() {
		since = r.last
	} else if r.tail > 0 {
		lines := int64(r.tail)
		o.TailLines = &lines
	}
	if !since.IsZero() {
		o.SinceTime = &metav1.Time{Time: since}
	}
}

// maxLine bounds what is kept of a line.
const maxLine = 16 << 10

// readLine reads a line without its end. Of a very long one it returns the
// beginning.
func readLine(r *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		part, more, err := r.ReadLine()
		if room := maxLine - b.Len(); room > 0 {
			b.Write(part[:min(room, len(part))])
		}
		if err != nil || !more {
			return b.String(), err
		}
	}
}

// stamped splits a line into its time and its text.
func stamped(line string) (time.Time, string) {
	first, rest, _ := strings.Cut(line, " ")
	at, err := time.Parse(time.RFC3339Nano, first)
	if err != nil {
		return time.Time{}, line
	}
	return at, rest
}

// tail returns the last lines of what the program of a failed attempt has
// written, or its driver if that is what has failed.
func (c *Cluster) tail(ctx context.Context, a *progress.Attempt, n int) ([]Line, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	container := Program
	if strings.HasPrefix(a.Message, Driver+":") {
		container = Driver
	}
	o := logOptions(container)
	most := int64(n + argoLines)
	o.TailLines = &most
	var all []Line
	r := &reader{cluster: c, pod: a.PodName, container: container}
	err := r.read(ctx, o, func(l Line) error {
		all = append(all, l)
		return nil
	})
	return all[max(0, len(all)-n):], err
}

// argoLines is how many lines of Argo's own may be at the end of a log.
const argoLines = 20

// stream sends all that a container writes until it has ended. It waits for one
// that has not started yet, as long as over says that it may.
func (r *reader) stream(ctx context.Context, pause time.Duration, over func() bool, line func(Line) error) error {
	for {
		ended := over()
		o := logOptions(r.container)
		o.Follow = !ended
		err := r.read(ctx, o, line)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case ended:
			return err
		case err != nil && !apierrors.IsBadRequest(err) && !apierrors.IsNotFound(err) && !passes(err):
			return err
		}
		if !wait(ctx, pause) {
			return ctx.Err()
		}
	}
}

func isNotThere(err error) bool { return apierrors.IsBadRequest(err) || apierrors.IsNotFound(err) }

// wasCached reads from the log of an attempt whether it was a cache hit.
func (c *Cluster) wasCached(ctx context.Context, a *progress.Attempt) bool {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	o := logOptions(Program)
	enough := int64(4 << 10)
	o.LimitBytes = &enough
	cached := false
	r := &reader{cluster: c, pod: a.PodName, container: Program}
	// Whether it is known or not matters little: a picture says less then.
	_ = r.read(ctx, o, func(l Line) error {
		cached = cached || strings.HasPrefix(l.Text, contract.LogPrefix+contract.NotRun)
		return nil
	})
	return cached
}
