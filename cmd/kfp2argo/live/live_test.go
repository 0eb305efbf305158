package live_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

type runtimeRaw = runtime.RawExtension

func duration(seconds int) time.Duration { return time.Duration(seconds) * time.Second }

// clock returns a time some seconds after the beginning of a run.
func clock(w *wfv1.Workflow, seconds int) func() time.Time {
	return func() time.Time { return w.Status.StartedAt.Add(duration(seconds)) }
}

// requireGolden compares a text with a file.
func requireGolden(t *testing.T, name, got string) {
	t.Helper()
	goldentest.Compare(t, filepath.Join("testdata", name), got)
}

func snapshot(t testing.TB, w *wfv1.Workflow) live.Snapshot {
	run, err := live.Read(w)
	require.NoError(t, err)
	return live.Snapshot{Run: run}
}

// moments are the seconds at which displays are tested.
func moments() []int { return []int{0, 3, 12, 25, 35, 60} }

// programs are what the failed pods of the run have written.
func programs() map[string]string {
	const (
		argo  = `time="2026-11-24T15:31:59.000Z" level=info msg="sub-process exited" argo=true error="<nil>"`
		argo4 = `time=2026-11-24T15:31:59.000Z level=INFO msg="sub-process exited" argo=true error=<nil>`
	)
	return map[string]string{
		"outcomes-4hc2l-fit-2231432124/main": "fitting 1\nno good: row 1\n" + argo + "\n",
		"outcomes-4hc2l-fit-1627290745/main": "one\ntwo\nfitting 1 again\nno good: row 1\n" + argo4 + "\n",
		"outcomes-4hc2l-fit-2194851432/main": "kfp2argo: the program did not run: an earlier task did the same run=x node=y\n",
		"outcomes-4hc2l-fit-2051296984/main": "fitting 2\n",
	}
}

// display calls a display for each moment of the run.
func display(t *testing.T, of func(w *bytes.Buffer, now func() time.Time) live.Display) string {
	w := recorded(t)
	var text bytes.Buffer
	now := w.Status.StartedAt.Time
	d := of(&text, func() time.Time { return now })
	for _, seconds := range moments() {
		now = w.Status.StartedAt.Add(duration(seconds))
		require.NoError(t, d.Update(snapshot(t, at(w, seconds))))
		require.NoError(t, d.Tick())
		if seconds == 25 {
			require.NoError(t, d.Line(live.Line{Task: "all.train-all-1.fit", Attempt: 1, Text: "no good: \x1b[31mrow 1"}))
			require.NoError(t, d.Line(live.Line{Task: "all.train-all-1.fit", Attempt: 2, Text: "again"}))
		}
	}
	require.NoError(t, d.End())
	return text.String()
}

func TestPlain(t *testing.T) {
	requireGolden(t, "plain.txt", display(t, func(w *bytes.Buffer, now func() time.Time) live.Display { return live.Plain(w, now) }))
}

func TestJSONLines(t *testing.T) {
	requireGolden(t, "lines.json", display(t, func(w *bytes.Buffer, now func() time.Time) live.Display { return live.JSONLines(w, now) }))
}

// TestScreen shows what is on terminals of several sizes after each moment.
func TestScreen(t *testing.T) {
	for name, size := range map[string][2]int{"wide": {100, 40}, "low": {60, 9}, "narrow": {34, 30}} {
		t.Run(name, func(t *testing.T) {
			w := recorded(t)
			terminal := &terminal{columns: size[0], rows: size[1]}
			var text strings.Builder
			var now time.Time
			d := live.Screen(terminal, func() (int, int) { return size[0], size[1] }, live.Look{ASCII: name == "narrow"}, func() time.Time { return now })
			for _, seconds := range moments() {
				now = w.Status.StartedAt.Add(duration(seconds))
				if seconds == 25 {
					require.NoError(t, d.Line(live.Line{Task: "all.train-all-1.fit", Text: "no good: row 1"}))
				}
				require.NoError(t, d.Update(snapshot(t, at(w, seconds))))
				require.NoError(t, d.Tick())
				text.WriteString("--- " + now.Format("15:04:05") + "\n" + terminal.visible())
			}
			require.NoError(t, d.End())
			text.WriteString("--- end, with what has gone up\n" + terminal.all())
			requireGolden(t, "screen-"+name+".txt", text.String())
		})
	}
}

// TestColor shows escape sequences, which no terminal here understands.
func TestColor(t *testing.T) {
	w := recorded(t)
	for _, color := range []bool{true, false} {
		var text bytes.Buffer
		d := live.Screen(&text, func() (int, int) { return 80, 24 }, live.Look{Color: color}, clock(w, 60))
		require.NoError(t, d.Update(snapshot(t, w)))
		require.Equal(t, color, strings.Contains(text.String(), "\x1b[31m✗\x1b[0m"))
	}
}

func watch(t *testing.T, s *apiServer, o live.Options) (string, *progress.Run, error) {
	t.Helper()
	var text bytes.Buffer
	o.Pace = time.Millisecond
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	run, err := live.Watch(ctx, s.cluster(), "outcomes-4hc2l", live.Plain(&text, clock(recorded(t), 100)), o)
	return text.String(), run, err
}

func states(t *testing.T) []*wfv1.Workflow {
	var all []*wfv1.Workflow
	w := recorded(t)
	for _, seconds := range moments() {
		all = append(all, at(w, seconds))
	}
	return all
}

// TestWatch follows a run whose watch breaks off after each event.
func TestWatch(t *testing.T) {
	s := &apiServer{t: t, states: states(t), logs: programs()}
	text, run, err := watch(t, s, live.Options{Tail: 2})
	require.NoError(t, err)
	require.Equal(t, progress.Failed, run.State)
	require.Contains(t, text, "all.train-all-1.fit | fitting 1\nall.train-all-1.fit | no good: row 1\n")
	require.Contains(t, text, "all.train-all-1.fit (attempt 2) | fitting 1 again\n")
	require.NotContains(t, text, "argo=true")
	require.NotContains(t, text, "| two")
	require.Contains(t, text, "4 succeeded (1 cached), 1 failed")
}

func TestWatchLogs(t *testing.T) {
	s := &apiServer{t: t, states: states(t), logs: programs()}
	text, _, err := watch(t, s, live.Options{Logs: true})
	require.NoError(t, err)
	for _, line := range []string{"all.train-all-2.fit | fitting 2\n", "(attempt 2) | one\n", "report | (no log: no such pod)\n"} {
		require.Equal(t, 1, strings.Count(text, line), "%s in:\n%s", line, text)
	}
}

// TestTrouble has an API server that fails for a while, and one that has
// forgotten what came last.
func TestTrouble(t *testing.T) {
	requests := 0
	s := &apiServer{t: t, states: states(t), logs: programs()}
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/workflows") {
			return false
		}
		requests++
		switch requests {
		case 2:
			refuse(w, metav1.Status{Code: http.StatusInternalServerError, Reason: metav1.StatusReasonInternalError, Message: "etcd has no leader"})
		case 4:
			status := metav1.Status{Status: metav1.StatusFailure, Code: http.StatusGone, Reason: metav1.StatusReasonExpired, Message: "too old"}
			status.Kind, status.APIVersion = "Status", "v1"
			s.answer(w, metav1.WatchEvent{Type: "ERROR", Object: raw(t, status)})
		default:
			return false
		}
		return true
	}
	text, run, err := watch(t, s, live.Options{})
	require.NoError(t, err)
	require.Equal(t, progress.Failed, run.State)
	require.Contains(t, text, "etcd has no leader")
	require.Equal(t, 1, strings.Count(text, "succeeded all.prepare"))
}

// TestUnreconciled has a run that Argo does not look at, until it does.
func TestUnreconciled(t *testing.T) {
	postponed := wfv1.WorkflowStatus{
		Phase: wfv1.WorkflowPending, Message: "Workflow processing has been postponed because too many workflows are already running",
	}
	for _, c := range []struct {
		status   wfv1.WorkflowStatus
		argument string
		want     []string
	}{
		{argument: "plain", want: []string{
			"Argo has not taken up the run for", "for namespace kfp?", "kubectl -n argo logs deploy/workflow-controller | grep outcomes-4hc2l",
		}},
		{argument: "a {{= b", want: []string{
			"Argo has not taken up the run for", `Its argument "text" holds {{, which Argo reads first`, "submit the run again by kfp2argo run",
		}},
		{status: postponed, argument: "a {{= b", want: []string{
			"Argo has not begun the run for", `Its argument "text" holds {{, which Argo reads first`, "submit the run again by kfp2argo run",
		}},
	} {
		w := recorded(t)
		unreconciled := at(w, 0)
		unreconciled.Status = c.status
		unreconciled.Spec.Arguments.Parameters = []wfv1.Parameter{{Name: "text", Value: wfv1.AnyStringPtr(c.argument)}}
		s := &apiServer{t: t, states: []*wfv1.Workflow{unreconciled}, logs: programs()}
		told := make(chan struct{})
		s.before = func(_ http.ResponseWriter, r *http.Request) bool {
			select {
			case <-told:
				s.states = []*wfv1.Workflow{w}
			default:
			}
			return false
		}
		d := &hears{want: "trouble", heard: told}
		d.Display = live.Plain(&d.text, clock(w, 100))
		run, err := live.Watch(t.Context(), s.cluster(), w.Name, d, live.Options{Pace: time.Millisecond, ReconcileTime: time.Millisecond})
		require.NoError(t, err)
		require.Equal(t, progress.Failed, run.State)
		require.Equal(t, 1, strings.Count(d.text.String(), "trouble"), d.text.String())
		for _, text := range c.want {
			require.Contains(t, d.text.String(), text)
		}
	}
}

// hears is a display that says when a word has been written to its text.
type hears struct {
	live.Display
	text  bytes.Buffer
	want  string
	heard chan struct{}
	once  sync.Once
}

func (h *hears) Update(s live.Snapshot) error {
	err := h.Display.Update(s)
	if strings.Contains(h.text.String(), h.want) {
		h.once.Do(func() { close(h.heard) })
	}
	return err
}

func TestGone(t *testing.T) {
	s := &apiServer{t: t, states: states(t)[:1]}
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("watch") == "" {
			return false
		}
		s.answer(w, metav1.WatchEvent{Type: "DELETED", Object: raw(t, s.states[0])})
		return true
	}
	_, _, err := watch(t, s, live.Options{})
	require.ErrorIs(t, err, live.ErrDeleted)
	s.before = func(w http.ResponseWriter, _ *http.Request) bool {
		refuse(w, metav1.Status{Code: http.StatusForbidden, Reason: metav1.StatusReasonForbidden, Message: "you may not"})
		return true
	}
	_, _, err = watch(t, s, live.Options{})
	require.ErrorContains(t, err, "you may not")
}

// TestInterrupts has a user who has had enough three times.
func TestInterrupts(t *testing.T) {
	s := &apiServer{t: t, states: states(t)[:1]}
	wishes := make(chan struct{})
	go func() {
		for {
			select {
			case wishes <- struct{}{}:
			case <-t.Context().Done():
				return
			}
			if t.Context().Err() != nil {
				return
			}
		}
	}()
	_, _, err := watch(t, s, live.Options{Interrupts: wishes})
	require.ErrorIs(t, err, live.ErrLeft, "a run that somebody else has started is left alone")
	require.Empty(t, s.patches)

	patched := make(chan struct{}, 2)
	s.before = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPatch {
			patched <- struct{}{}
		}
		return false
	}
	paced := make(chan struct{})
	seen := make(chan struct{})
	go func() {
		<-seen
		paced <- struct{}{}
		<-patched
		paced <- struct{}{}
		<-patched
		paced <- struct{}{}
	}()
	var text bytes.Buffer
	d := &first{Display: live.Plain(&text, clock(recorded(t), 1)), seen: seen}
	_, err = live.Watch(t.Context(), s.cluster(), "outcomes-4hc2l", d, live.Options{Interrupts: paced, Stop: true, Pace: time.Millisecond})
	require.ErrorIs(t, err, live.ErrLeft)
	require.Equal(t, []string{`{"spec":{"shutdown":"Stop"}}`, `{"spec":{"shutdown":"Terminate"}}`}, s.patches)
	require.Contains(t, text.String(), "stopping  outcomes-4hc2l")
	require.Contains(t, text.String(), "terminating outcomes-4hc2l")
}

// first tells when a display has first shown something.
type first struct {
	live.Display
	seen chan struct{}
	told bool
}

func (f *first) Update(s live.Snapshot) error {
	if !f.told {
		f.told = true
		close(f.seen)
	}
	return f.Display.Update(s)
}

func TestLogs(t *testing.T) {
	s := &apiServer{t: t, states: []*wfv1.Workflow{recorded(t)}, logs: programs()}
	c := s.cluster()
	logs := func(task, container string) string {
		var all []string
		require.NoError(t, c.Logs(t.Context(), live.LogOptions{Run: "outcomes-4hc2l", Task: task, Container: container}, func(l live.Line) error {
			all = append(all, l.Source()+" | "+l.Text)
			return nil
		}))
		return strings.Join(all, "\n")
	}
	require.Equal(t, "all.train-all-2.fit | fitting 2", logs("all.train-all-2", live.Program))
	require.Equal(t, "all.train-all-2.fit | fitting 2", logs("outcomes.all.train-all-2.fit", live.Program))
	require.Contains(t, logs("all.train-all", live.Program), "(attempt 2) | fitting 1 again")
	require.Equal(t, "report | (no log: no such pod)", logs("report", live.Driver))
	err := c.Logs(t.Context(), live.LogOptions{Run: "outcomes-4hc2l", Task: "nope"}, nil)
	require.ErrorContains(t, err, `run outcomes-4hc2l has no task "nope"; it has all, all.prepare`)
}

func TestPartOfLogs(t *testing.T) {
	s := &apiServer{t: t, states: []*wfv1.Workflow{recorded(t)}, logs: programs()}
	logs := func(part live.LogPart) string {
		var all []string
		o := live.LogOptions{Run: "outcomes-4hc2l", Task: "all.train-all-1", Container: live.Program, Part: part}
		require.NoError(t, s.cluster().Logs(t.Context(), o, func(l live.Line) error {
			all = append(all, l.Text)
			return nil
		}))
		return strings.Join(all, ", ")
	}
	second := func(n int) time.Time { return time.Date(2026, 11, 24, 15, 31, n, 0, time.UTC) }
	require.Equal(t, "fitting 1, no good: row 1, one, two, fitting 1 again, no good: row 1", logs(live.LogPart{}))
	require.Equal(t, "no good: row 1, no good: row 1", logs(live.LogPart{Tail: 1}), "Argo's own line is none")
	require.Equal(t, "no good: row 1, two, fitting 1 again, no good: row 1", logs(live.LogPart{Since: second(1)}))
	require.Equal(t, "fitting 1 again, no good: row 1", logs(live.LogPart{Tail: 2, Since: second(2)}))
	require.Empty(t, logs(live.LogPart{Since: second(59)}))
}

func TestLatest(t *testing.T) {
	older, newer, foreign := recorded(t), recorded(t), recorded(t)
	newer.Name, newer.UID, newer.CreationTimestamp = "newer", "2", metav1.NewTime(older.CreationTimestamp.Add(time.Hour))
	foreign.Name, foreign.UID, foreign.CreationTimestamp = "foreign", "3", metav1.NewTime(older.CreationTimestamp.Add(2*time.Hour))
	foreign.Annotations = nil
	for want, items := range map[string][]wfv1.Workflow{
		older.Name: {*older, *foreign},
		"newer":    {*newer, *older, *foreign},
		"":         {*foreign},
	} {
		// Each is on a page of its own.
		s := &apiServer{t: t, before: func(w http.ResponseWriter, r *http.Request) bool {
			require.Contains(t, r.Header.Get("Accept"), "as=PartialObjectMetadataList")
			page := 0
			if next := r.URL.Query().Get("continue"); next != "" {
				page = int(next[0] - '0')
			}
			list := wfv1.WorkflowList{Items: items[page : page+1]}
			if page+1 < len(items) {
				list.Continue = strconv.Itoa(page + 1)
			}
			require.NoError(t, json.NewEncoder(w).Encode(list))
			return true
		}}
		name, err := s.cluster().Latest(t.Context())
		if want == "" {
			require.EqualError(t, err, "namespace team has no runs of pipelines")
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, name)
	}
}

// TestMessages tells what a task says while it waits, once, and why a group has
// failed in which nothing ran.
func TestMessages(t *testing.T) {
	now := time.Unix(0, 0).UTC()
	var text bytes.Buffer
	d := live.Plain(&text, func() time.Time { return now })
	told := func(pull, condition string, state progress.State) {
		run := &progress.Run{Tasks: []*progress.Task{
			{Path: "pull", Status: progress.Status{State: progress.Pending, Message: pull}},
			{
				Path: "condition-1", Kind: progress.Group, Status: progress.Status{State: state, Message: condition},
				Inside: []*progress.Task{{Path: "condition-1.echo", Status: progress.Status{State: progress.Waiting}}},
			},
		}}
		require.NoError(t, d.Update(live.Snapshot{Run: run}))
	}
	told("PodInitializing", "", progress.Waiting)
	told("ImagePullBackOff", "", progress.Waiting)
	told("ErrImagePull", "", progress.Waiting)
	told("ImagePullBackOff", "input \"cfg\" has no value", progress.Failed)
	for _, said := range []string{"PodInitializing", "ImagePullBackOff", "ErrImagePull", `input "cfg" has no value`} {
		require.Equal(t, 1, strings.Count(text.String(), said), "%s in %s", said, &text)
	}
}
