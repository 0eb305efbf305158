package backend

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// silence is how long the body of a request or of an answer may stand still
// before the connection is taken for lost.
const silence = time.Minute

// errSilent is the error for a body that stood still. What came of it is good.
var errSilent = errors.New("the connection fell silent")

// Transport returns a transport for many transfers at the same time, watched as
// [Environment.Watch] does.
func (e Environment) Transport() http.RoundTripper { return e.Watch(newTransport()) }

// Watch returns a transport that gives a request up when its body, or that of
// its answer, stands still for too long. It may be made again then. How long the
// answer itself may take is next's to say.
func (e Environment) Watch(next http.RoundTripper) http.RoundTripper {
	if e.Silence == 0 {
		e.Silence = silence
	}
	return watched{next, e.Silence}
}

type watched struct {
	next    http.RoundTripper
	silence time.Duration
}

// RoundTrip is that of [http.RoundTripper].
func (w watched) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	watch := watch{ctx: ctx, cancel: cancel, silence: w.silence, timer: time.AfterFunc(w.silence, func() { cancel(errSilent) })}
	watch.timer.Stop()
	request = request.WithContext(ctx)
	if request.Body != nil && request.Body != http.NoBody {
		request.Body = &sent{request.Body, watch}
	}
	response, err := w.next.RoundTrip(request)
	watch.timer.Stop()
	if err != nil {
		err = watch.explain(err)
		cancel(nil)
		return nil, err
	}
	response.Body = &received{response.Body, watch}
	return response, nil
}

// watch ends a request whose body stands still.
type watch struct {
	ctx     context.Context //nolint:containedctx // of one request
	cancel  context.CancelCauseFunc
	timer   *time.Timer
	silence time.Duration
}

// explain returns what ended a request.
func (w watch) explain(err error) error {
	if errors.Is(context.Cause(w.ctx), errSilent) {
		return errSilent
	}
	return err
}

// sent is the body of a request: between two reads of it the transport sends.
type sent struct {
	io.ReadCloser
	watch watch
}

func (s *sent) Read(data []byte) (int, error) {
	s.watch.timer.Stop()
	n, err := s.ReadCloser.Read(data)
	if err == nil {
		s.watch.timer.Reset(s.watch.silence)
	}
	return n, err
}

func (s *sent) Close() error {
	s.watch.timer.Stop()
	return s.ReadCloser.Close()
}

// received is the body of an answer.
type received struct {
	io.ReadCloser
	watch watch
}

func (r *received) Read(data []byte) (int, error) {
	r.watch.timer.Reset(r.watch.silence)
	n, err := r.ReadCloser.Read(data)
	r.watch.timer.Stop()
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.watch.explain(err)
	}
	return n, err
}

func (r *received) Close() error {
	r.watch.timer.Stop()
	err := r.ReadCloser.Close()
	r.watch.cancel(nil)
	return err
}
