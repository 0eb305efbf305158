package live

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/kfp2argo/kfp2argo/runtime/nodename"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// IsNoRun reports whether an error says that the cluster has no such run.
func IsNoRun(err error) bool { return apierrors.IsNotFound(err) }

// keptLogs reads what the store has of the logs of a run.
type keptLogs struct {
	store *Store
	run   runs.Identity
}

// read calls a function for each line that the program of an attempt wrote, after
// one that says where they are from. The error is [store.ErrNotFound] where nothing
// is kept.
func (k *keptLogs) read(ctx context.Context, of runs.Attempt, line func(Line) error) error {
	archive, err := k.store.Archive()
	if err != nil {
		return err
	}
	uri, err := archive.Log(ctx, k.run, of)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "kfp2argo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "log")
	if err := k.store.store.Download(ctx, uri, file); err != nil {
		return fmt.Errorf("reading %s: %w", uri, err)
	}
	if err := line(Line{Text: "(the pod is gone; this log is from the store: " + uri.String() + ")"}); err != nil {
		return err
	}
	return readLines(file, line)
}

func readLines(name string, line func(Line) error) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewReader(file)
	for {
		text, err := readLine(lines)
		if text == "" && errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err := line(Line{Text: text}); err != nil {
			return err
		}
	}
}

// why says that there is no log, neither of the pod nor in the store.
func (k *keptLogs) why(pod, kept error) string {
	if errors.Is(kept, store.ErrNotFound) || errors.Is(kept, ErrNoRoot) {
		return noLog(pod)
	}
	return noLog(fmt.Errorf("%w, and not from the store: %w", pod, kept))
}

// StoredLogs calls a function for each line of the logs of a run that the cluster
// has not any more, task by task, as far as its store has them. The error is
// [store.ErrNotFound] where the store knows no such run.
func StoredLogs(ctx context.Context, s *store.Store, o LogOptions, line func(Line) error) error {
	archive := runs.In(s)
	summary, err := archive.Find(ctx, o.Run)
	if err != nil {
		return err
	}
	run, err := archive.Read(ctx, summary)
	if err != nil {
		return err
	}
	kept := &keptLogs{&Store{store: s}, run.Identity}
	found, within := false, nodename.Below(run.Pipeline, o.Task)
	run.Walk(func(t *runs.Task) {
		if !nodename.IsWithin(t.Path, within) {
			return
		}
		found = true
		for i, a := range t.Attempts {
			if err != nil {
				return
			}
			named := func(l Line) error {
				l.Task, l.Attempt = t.Path, i+1
				return line(l)
			}
			err = o.Part.of(func(line func(Line) error) error { return kept.read(ctx, a, line) }, named)
			if errors.Is(err, store.ErrNotFound) {
				err = named(Line{Text: "(no log: the store has none)"})
			}
		}
	})
	if !found && o.Task != "" {
		return fmt.Errorf("the store knows of no task %q in the run %s", o.Task, run.Name)
	}
	return err
}
