package launcher

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

const (
	// chunk is how much of a stream is passed on at once, as much as a pipe holds.
	chunk = 64 << 10
	// straggler is how long the launcher reads on when the program has ended and
	// something that it has left still has its streams.
	straggler = time.Second
	// logTime bounds the storing of the log of a program that was told to stop: the
	// pod has half a minute, most of which was the program's.
	logTime = 8 * time.Second
)

// taskLog is what the program writes, kept beside being passed on. It is nil
// where nothing is kept.
type taskLog struct {
	spool  *spool
	copies sync.WaitGroup
	ends   []*os.File
}

// newTaskLog begins the log of the task, if there is to be one. A task does not
// fail for its log.
func newTaskLog(plan *contract.Plan, options Options) *taskLog {
	if plan.Log == "" {
		return nil
	}
	s, err := newSpool(options.Root.Path(contract.Dir), plan.LogLimit)
	if err != nil {
		options.Log.Warn("the log is not kept", "because", err)
		return nil
	}
	return &taskLog{spool: s}
}

// stream returns the file that the program is to write to, whose content goes to
// another file and into the log.
func (l *taskLog) stream(to *os.File) (*os.File, error) {
	if l == nil {
		return to, nil
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	l.ends = append(l.ends, r)
	l.copies.Go(func() {
		defer r.Close() // then the program hears that nobody reads
		// Not os.File's own way of copying, which goes past the log.
		_, _ = io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(to, l.spool)}, struct{ io.Reader }{r}, make([]byte, chunk))
	})
	return w, nil
}

// end waits until all that the program has written is there.
func (l *taskLog) end() {
	if l == nil {
		return
	}
	for _, r := range l.ends {
		_ = r.SetReadDeadline(time.Now().Add(straggler))
	}
	l.copies.Wait()
}

// store stores the log where the plan says. A task does not fail for its log.
func (l *taskLog) store(ctx context.Context, plan *contract.Plan, options Options, failed bool) {
	if l == nil {
		return
	}
	defer l.spool.close()
	if failed {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, logTime)
		defer cancel()
	}
	if err := l.upload(ctx, plan, options); err != nil {
		options.Log.Warn("the log is not kept", "because", err)
	}
}

func (l *taskLog) upload(ctx context.Context, plan *contract.Plan, options Options) error {
	file, err := os.CreateTemp(options.Root.Path(contract.Dir), ".log-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if err := errors.Join(l.spool.copyTo(file), file.Close()); err != nil {
		return err
	}
	s, err := store.Open(plan.PipelineRoot, options.getenv)
	if err != nil {
		return err
	}
	uri, err := store.ParseURI(plan.Log)
	if err != nil {
		return err
	}
	if err := s.Upload(ctx, file.Name(), uri); err != nil {
		return err
	}
	// By the node people find the attempt.
	index, err := store.ParseURI(plan.LogIndex)
	if err != nil {
		return err
	}
	return s.Write(ctx, index, []byte(plan.Log))
}
