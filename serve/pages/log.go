package pages

import (
	"bufio"
	"context"
	"errors"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// logContent is the log of an attempt as a page shows it.
type logContent struct {
	// Lines are the last ones, or those that have what is searched for.
	Lines template.HTML
	// Missing says why there is none.
	Missing string
	Search  string
	// Cut says that there were more, Found how many have what is searched for.
	Cut   bool
	Found int
	// Follow is where the log goes on, or empty where it has ended.
	Follow, Download string
	Attempt          int
}

const (
	// maxLog is how much of a log a page shows, in bytes.
	maxLog = 1 << 20
	// maxLine is how much of a line.
	maxLine = 16 << 10
	// readTime is how long the log of a pod may take that still writes.
	readTime = 10 * time.Second
)

// read reads the end of a log for a page.
func (c *logContent) read(v *visit, d *registry.Detail, t *runs.Task, attempt int) error {
	of := t.Attempts[attempt]
	c.Attempt, c.Search = attempt, v.request.URL.Query().Get("search")
	address := taskAddress(d.ID, t.Path) + "/log"
	c.Download = withQuery(address, "attempt", strconv.Itoa(attempt))
	if of.State == runs.Running {
		c.Follow = withQuery(address, "attempt", strconv.Itoa(attempt), "lines", "html", "search", c.Search)
	}
	if of.Pod == "" && of.NodeID == "" && of.Log == "" {
		c.Missing = "This attempt had no pod."
		return nil
	}
	ctx, cancel := context.WithTimeout(v, readTime)
	defer cancel()
	text, err := v.view.Log(ctx, d, of, false)
	switch {
	case isMissing(err) && of.State.Final():
		c.Missing = "The log is gone with its pod, and was not kept in the store."
		return nil
	case err != nil && !of.State.Final():
		c.Missing, c.Follow = "There is nothing yet: the container has not begun.", "" // the page is made again
		return nil
	case err != nil:
		return err
	}
	defer text.Close()
	end, cut, err := tail(text)
	if err != nil && ctx.Err() == nil {
		return err
	}
	c.Cut = cut
	c.show(end)
	if len(end) == 0 && of.State.Final() {
		c.Missing = "The program has written nothing."
	}
	return nil
}

// tail reads the end of a text.
func tail(r io.Reader) (end []byte, cut bool, err error) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := r.Read(buffer)
		end = append(end, buffer[:n]...)
		if len(end) > 2*maxLog {
			end, cut = append([]byte(nil), end[len(end)-maxLog:]...), true
		}
		if errors.Is(err, io.EOF) {
			return end, cut, nil
		}
		if err != nil {
			return end, cut, err
		}
	}
}

// show writes lines as HTML.
func (c *logContent) show(text []byte) {
	var out strings.Builder
	w := lineWriter{search: strings.ToLower(c.Search), write: func(line string) { out.WriteString(line) }}
	for line := range strings.Lines(string(text)) {
		w.line(line)
	}
	c.Lines, c.Found = template.HTML(out.String()), w.found //nolint:gosec // terminal escapes all text
}

// lineWriter writes lines as HTML, or of them those that have a text.
type lineWriter struct {
	terminal terminal
	search   string
	found    int
	write    func(string)
}

func (w *lineWriter) line(text string) {
	text = strings.TrimSuffix(text, "\n")
	if len(text) > maxLine {
		text = text[:maxLine] + "…"
	}
	shown := w.terminal.line(text)
	if w.search != "" {
		if !strings.Contains(strings.ToLower(text), w.search) {
			return
		}
		w.found++
	}
	w.write(shown + "\n")
}

// showLog answers with a log: as it is, or with lines=html as a page shows it,
// for as long as it is written.
func showLog(v *visit) (answer, error) {
	h, err := v.openRun("")
	if err != nil {
		return nil, err
	}
	path, q := v.request.PathValue("task"), v.request.URL.Query()
	t, _ := find(h.Tasks(), path)
	n, err := strconv.Atoi(q.Get("attempt"))
	if t == nil || err != nil || n < 0 || n >= len(t.Attempts) {
		return nil, errNoTask(path)
	}
	asHTML := q.Get("lines") == "html"
	text, err := v.view.Log(v, h.Detail, t.Attempts[n], asHTML)
	if err != nil {
		return nil, err
	}
	a := logAnswer{text: text, name: h.Name + "-" + path + ".log"}
	if asHTML {
		a.search = strings.ToLower(q.Get("search"))
		a.asHTML = true
	}
	return a, nil
}

// logAnswer is a log as it comes.
type logAnswer struct {
	text         io.ReadCloser
	asHTML       bool
	search, name string
}

func (a logAnswer) write(v *visit) int {
	defer a.text.Close()
	h := v.writer.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	out := &flusher{w: v.writer, control: http.NewResponseController(v.writer)}
	if !a.asHTML {
		h.Set("Content-Disposition", attachment(a.name))
		_, _ = io.Copy(out, a.text) // the client or the pod has gone
		return http.StatusOK
	}
	w := lineWriter{search: a.search, write: func(line string) { _, _ = out.Write([]byte(line)) }}
	lines := bufio.NewReaderSize(a.text, maxLine)
	for {
		line, err := lines.ReadSlice('\n')
		if len(line) > 0 {
			w.line(string(line))
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) || out.failed {
			return http.StatusOK
		}
	}
}

// flusher writes at once, for as long as there is something to write.
type flusher struct {
	w       io.Writer
	control *http.ResponseController
	failed  bool
}

// writeTime is how long a client may take for what it is sent.
const writeTime = time.Minute

func (f *flusher) Write(text []byte) (int, error) {
	_ = f.control.SetWriteDeadline(time.Now().Add(writeTime))
	n, err := f.w.Write(text)
	if err == nil {
		err = f.control.Flush()
	}
	f.failed = err != nil
	return n, err
}

// attachment is the header of a download under a name.
func attachment(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == '/' || r == '\\' || r == 0x7f {
			return '_'
		}
		return r
	}, name)
	return "attachment; filename*=UTF-8''" + url.PathEscape(name)
}
