package pod

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// NewLogger returns a logger whose lines stand out between those of the user's
// program and carry no time, which the log of a pod has already:
//
//	kfp2argo: warning: there is nothing at an input's URI input=model
func NewLogger(w io.Writer) *slog.Logger {
	return slog.New(&handler{w: w, mu: new(sync.Mutex)})
}

type handler struct {
	mu    *sync.Mutex
	w     io.Writer
	attrs []slog.Attr
}

func (h *handler) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelInfo }

func (h *handler) Handle(_ context.Context, record slog.Record) error {
	var line strings.Builder
	line.WriteString(contract.LogPrefix)
	switch {
	case record.Level >= slog.LevelError:
		line.WriteString("error: ")
	case record.Level >= slog.LevelWarn:
		line.WriteString("warning: ")
	}
	line.WriteString(record.Message)
	write := func(a slog.Attr) bool {
		value := a.Value.Resolve().String()
		if strings.ContainsAny(value, " \n\"=") || value == "" {
			value = strconv.Quote(value)
		}
		fmt.Fprintf(&line, " %s=%s", a.Key, value)
		return true
	}
	for _, a := range h.attrs {
		write(a)
	}
	record.Attrs(write)
	line.WriteByte('\n')
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := io.WriteString(h.w, line.String())
	return err
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{mu: h.mu, w: h.w, attrs: append(h.attrs[:len(h.attrs):len(h.attrs)], attrs...)}
}

// WithGroup leaves groups out: the lines are for people.
func (h *handler) WithGroup(string) slog.Handler { return h }
