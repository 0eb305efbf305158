package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/cases"
	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/local"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/golden"
	"github.com/kfp2argo/kfp2argo/translate/kind"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// testRuns runs the cases of a folder.
func (f *testFlags) testRuns(ctx context.Context, s streams, dir string) error {
	if err := checkColor(f.color); err != nil {
		return err
	}
	if f.update {
		return usageError{errors.New("give either --update or --run, not both")}
	}
	settings, err := golden.FindSettings(dir)
	if err != nil {
		return err
	}
	files, err := readCases(dir)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := &caseRunner{s: s, dir: dir, settings: settings}
	if err := r.start(ctx, f.place.dir); err != nil {
		return err
	}
	results, err := r.runAll(ctx, files)
	if err := errors.Join(err, r.end()); err != nil {
		return err
	}
	return f.report(s, dir, results)
}

// readCases reads all files of cases below a folder, in order.
func readCases(dir string) ([]*cases.File, error) {
	var files []*cases.File
	var errs []error
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		hidden := path != dir && strings.HasPrefix(entry.Name(), ".")
		switch {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			return fs.SkipDir
		case hidden || entry.IsDir() || !strings.HasSuffix(path, cases.Suffix):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := cases.Read(path, text)
		files, errs = append(files, file), append(errs, err)
		return nil
	})
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no cases, *%s", dir, cases.Suffix)
	}
	return files, nil
}

// caseRunner runs cases on an engine of its own.
type caseRunner struct {
	s        streams
	dir      string
	settings golden.Settings

	engine  *local.Engine
	cluster *live.Cluster
	// scratch is removed at the end.
	scratch string
}

func (r *caseRunner) start(ctx context.Context, dir string) error {
	var err error
	if r.scratch, err = os.MkdirTemp("", "kfp2argo-test-"); err != nil {
		return err
	}
	if dir == "" {
		dir = filepath.Join(r.scratch, "engine")
	}
	p := place{local: true, dir: dir}
	r.cluster, err = p.connect(ctx, r.s)
	r.engine = p.engine
	if err != nil {
		return errors.Join(err, r.end())
	}
	return nil
}

func (r *caseRunner) end() error {
	var err error
	if r.engine != nil {
		err = r.engine.Stop()
	}
	return errors.Join(err, os.RemoveAll(r.scratch))
}

func (r *caseRunner) runAll(ctx context.Context, files []*cases.File) ([]golden.Result, error) {
	var results []golden.Result
	for i, file := range files {
		for j := range file.Cases {
			c := &file.Cases[j]
			name, err := filepath.Rel(r.dir, file.Name)
			if err != nil {
				return nil, err
			}
			name = filepath.ToSlash(name)
			result := golden.Result{Name: name + ": " + c.Name, File: name, Status: golden.AsExpected}
			wrong, err := r.run(ctx, file, c, fmt.Sprintf("case-%d", i))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", result.Name, err)
			}
			if len(wrong) > 0 {
				result.Status, result.Detail = golden.Otherwise, strings.Join(wrong, "\n")+"\n"
			}
			results = append(results, result)
		}
	}
	return results, nil
}

// run runs a case and returns what is otherwise than expected. The cases of a
// file share a store, which no other has.
func (r *caseRunner) run(ctx context.Context, file *cases.File, c *cases.Case, store string) ([]string, error) {
	document, problems, err := r.translate(file, c, store)
	if err != nil || len(problems) > 0 {
		return problems, err
	}
	created, err := r.cluster.Submit(ctx, document)
	if err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	heard := &listener{}
	run, err := live.Watch(bounded, r.cluster, created.Name, heard, live.Options{Tail: 20, Pace: time.Second})
	if err != nil {
		if ctx.Err() == nil && bounded.Err() != nil {
			stopped := r.cluster.Shutdown(ctx, created.Name, wfv1.ShutdownStrategyTerminate)
			return append([]string{fmt.Sprintf("the run has not ended after %s", c.Timeout)}, heard.lines...), stopped
		}
		return nil, err
	}
	wrong, err := r.check(ctx, c, run)
	if len(wrong) > 0 {
		wrong = append(wrong, heard.lines...)
	}
	return wrong, err
}

// translate returns the Workflow of a case, or what is wrong with the pipeline.
func (r *caseRunner) translate(file *cases.File, c *cases.Case, store string) ([]byte, []string, error) {
	name := strings.TrimSuffix(file.Name, cases.Suffix) + ".yaml"
	f, err := flagsOf(r.settings, name)
	if err != nil {
		return nil, nil, err
	}
	none := streams{in: strings.NewReader(""), out: r.s.err, err: r.s.err}
	if err := f.readOthers(none, name); err != nil {
		return nil, nil, err
	}
	source, err := read(none, name)
	if err != nil {
		return nil, nil, err
	}
	if len(c.StandIns) > 0 {
		pipeline, _, err := translate.PipelineJSON(source)
		if err != nil {
			return nil, nil, err
		}
		if source.Text, err = c.Replace(pipeline); err != nil {
			return nil, []string{err.Error()}, nil
		}
	}
	f.stayForCase(c, store)
	text, found, err := f.result(source)
	if err != nil || text != nil {
		return text, nil, err
	}
	var said bytes.Buffer
	err = diag.Render(&said, source, found, diag.Options{Others: f.others()})
	return nil, []string{strings.TrimRight(said.String(), "\n")}, err
}

// stayForCase completes the options for a case: it runs here, whatever the
// settings say of stores, images and kinds.
func (f *flags) stayForCase(c *cases.Case, store string) {
	if f.options.Arguments == nil {
		f.options.Arguments = map[string]string{}
	}
	for name, value := range c.Arguments {
		f.options.Arguments[name] = value
	}
	f.options.Namespace = localNamespace
	f.options.Store = translate.Store{Volume: translate.StoreVolume{Claim: localClaim, SubPath: store}, InlineLimit: f.options.Store.InlineLimit}
	f.options.Pods.Image = ""
	f.options.Template = nil
	f.kind.kinds = []kind.Kind{kind.Workflow}
}

// check compares a run with its case.
func (r *caseRunner) check(ctx context.Context, c *cases.Case, run *progress.Run) ([]string, error) {
	workflow, err := r.cluster.Get(ctx, run.Name)
	if err != nil {
		return nil, err
	}
	store := r.cluster.Store(workflow)
	outputs, err := store.Outputs(ctx, workflow)
	if err != nil {
		return nil, err
	}
	result := cases.Result{Run: run, Outputs: map[string]json.RawMessage{}}
	for name, value := range outputs {
		if value.Artifacts == nil {
			result.Outputs[name] = value.Parameter
		}
	}
	result.Fetch = func(path, name, to string) error {
		task, err := store.Task(ctx, workflow, path)
		if err != nil {
			return err
		}
		value, ok := task.Outputs[name]
		if !ok || len(value.Artifacts) == 0 {
			return fmt.Errorf("the task has no such output; it has %s", strings.Join(task.Outputs.Names(), ", "))
		}
		_, err = store.Download(ctx, value.Artifacts[:1], to)
		return err
	}
	dir, err := os.MkdirTemp(r.scratch, "artifacts-")
	if err != nil {
		return nil, err
	}
	return c.Check(result, dir), nil
}

// listener keeps what those tasks have written last that failed.
type listener struct{ lines []string }

func (l *listener) Update(live.Snapshot) error { return nil }

func (l *listener) Tick() error { return nil }

func (l *listener) End() error { return nil }

func (l *listener) Line(line live.Line) error {
	l.lines = append(l.lines, line.Source()+" | "+strings.TrimRight(line.Text, "\n"))
	return nil
}
