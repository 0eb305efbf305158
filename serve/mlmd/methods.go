package mlmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/kfp2argo/kfp2argo/serve/execution"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// UnknownError is a method that does not exist here.
type UnknownError struct{ Method string }

// Error says so.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("this server answers no %s: it reads, for KFP's web UI alone", e.Method)
}

// InvalidError is a request that makes no sense.
type InvalidError struct{ Err error }

// Error is that of the error itself.
func (e *InvalidError) Error() string { return e.Err.Error() }

// Unwrap returns the error itself.
func (e *InvalidError) Unwrap() error { return e.Err }

// call is a request on its way to an answer.
type call struct {
	context.Context //nolint:containedctx // a call is one request and lives as long
	view            *registry.View
	request
	set map[int64]bool // of the IDs
}

// method is what is done for a method, and what its request looks like.
type method struct {
	// numbers says that field 1 has IDs, optionsFirst that it has the options of a
	// list.
	numbers, optionsFirst bool
	answer                func(*call) (message, error)
}

// The field of answers that has the objects, and of lists the next token.
const (
	listField      = 1
	nextTokenField = 2
)

func methods() map[string]method {
	types := func(of func() []string) method {
		return method{answer: func(*call) (message, error) { return typed(of(), nil), nil }}
	}
	return map[string]method{
		"GetContextByTypeAndName": {answer: contextByName},
		"GetContextType":          {answer: contextType},
		"GetContextsByExecution":  {numbers: true, answer: contextsByExecution},
		"GetExecutionsByContext":  {numbers: true, answer: executionsByContext},
		"GetArtifactsByContext":   {numbers: true, answer: artifactsByContext},
		"GetExecutionsByID":       {numbers: true, answer: executionsByID},
		"GetArtifactsByID":        {numbers: true, answer: artifactsByID},
		"GetEventsByExecutionIDs": {numbers: true, answer: eventsByExecution},
		"GetEventsByArtifactIDs":  {numbers: true, answer: eventsByArtifact},
		"GetExecutions":           {optionsFirst: true, answer: allExecutions},
		"GetArtifacts":            {optionsFirst: true, answer: allArtifacts},
		"GetArtifactTypes":        types(artifactTypes),
		"GetExecutionTypes":       types(executionTypes),
		"GetArtifactTypesByID":    {numbers: true, answer: func(c *call) (message, error) { return typed(artifactTypes(), nonNil(c.ids)), nil }},
		"GetExecutionTypesByID":   {numbers: true, answer: func(c *call) (message, error) { return typed(executionTypes(), nonNil(c.ids)), nil }},
	}
}

func nonNil(ids []int64) []int64 { return append([]int64{}, ids...) }

// maxRequest is how long a request may be, maxIDs how many IDs it can ask for.
const (
	maxRequest = 1 << 20
	maxIDs     = 10000
)

// read reads the request for a method.
func read(name string, body []byte, text bool) (method, request, error) {
	m, ok := methods()[name]
	if !ok {
		return m, request{}, &UnknownError{name}
	}
	plain, err := unframe(body, text)
	if err != nil {
		return m, request{}, &InvalidError{err}
	}
	r, err := parse(plain)
	if err == nil && m.numbers {
		err = r.packed()
	}
	if err == nil && m.optionsFirst {
		err = r.options(r.typeName)
	}
	if err == nil && len(r.ids) > maxIDs {
		err = fmt.Errorf("the request asks for %d objects; it can be for %d", len(r.ids), maxIDs)
	}
	if err != nil {
		return m, r, &InvalidError{err}
	}
	return m, r, nil
}

// Answer answers a request for a method with what the caller sees, whose view is
// opened when the request has been read. Code says what an error of the registry
// is in gRPC. It returns the error that the caller is told.
func Answer(w http.ResponseWriter, r *http.Request, name string, view func() (*registry.View, error), code func(error) int) error {
	text := isText(r.Header.Get("Content-Type"))
	answer, err := answer(r, name, text, view)
	s := status{}
	if err != nil {
		answer, s = nil, status{codeOf(err, code), err.Error()}
	} else if answer == nil {
		answer = message{}
	}
	w.Header().Set("Content-Type", binaryForm)
	if text {
		w.Header().Set("Content-Type", textForm)
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(frame(answer, s, text)) // the client has gone
	return err
}

// The codes of gRPC for what is wrong with a request.
const (
	invalidArgument = 3
	unimplemented   = 12
)

func codeOf(err error, code func(error) int) int {
	var (
		invalid *InvalidError
		unknown *UnknownError
	)
	switch {
	case errors.As(err, &invalid):
		return invalidArgument
	case errors.As(err, &unknown):
		return unimplemented
	}
	return code(err)
}

func answer(r *http.Request, name string, text bool, open func() (*registry.View, error)) (message, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxRequest))
	if err != nil {
		return nil, err
	}
	m, asked, err := read(name, body, text)
	if err != nil {
		return nil, err
	}
	view, err := open()
	if err != nil {
		return nil, err
	}
	c := &call{r.Context(), view, asked, map[int64]bool{}}
	for _, id := range asked.ids {
		c.set[id] = true
	}
	return m.answer(c)
}

// contextByName answers with nothing where there is no run of the name, as ML
// Metadata does.
func contextByName(c *call) (message, error) {
	if c.typeName != runType || c.name == "" {
		return nil, nil
	}
	r, err := execution.Read(c, c.view, c.name)
	var missing *registry.NotFoundError
	if errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out message
	out.message(listField, contextOf(r))
	return out, nil
}

func contextType(c *call) (message, error) {
	var out message
	if slices.Contains(contextTypes(), c.typeName) {
		out.message(listField, typeMessage(idOf(contextTypes(), c.typeName), c.typeName))
	}
	return out, nil
}

// asked returns the runs that the numbers of a request belong to.
func (c *call) asked() ([]*execution.Run, error) {
	var numbers []uint32
	for _, id := range c.ids {
		numbers = append(numbers, execution.RunOfNumber(id))
	}
	return execution.ByNumbers(c, c.view, numbers)
}

// has reports whether a request asks for a number.
func (c *call) has(number int64) bool { return c.set[number] }

func contextsByExecution(c *call) (message, error) {
	return c.list(func(r *execution.Run, add func(message)) {
		if slices.ContainsFunc(c.ids, func(id int64) bool { return r.TaskOf(id) != nil }) {
			add(contextOf(r))
		}
	})
}

// eachExecution tells of the tasks of a run.
func eachExecution(r *execution.Run, add func(message)) {
	for _, t := range r.Tasks {
		add(executionOf(r, t))
	}
}

// eachArtifact tells of the artifacts of a run.
func eachArtifact(r *execution.Run, add func(message)) {
	for _, a := range r.Artifacts {
		add(artifactOf(r, a))
	}
}

func executionsByContext(c *call) (message, error) {
	return c.list(eachExecution)
}

func artifactsByContext(c *call) (message, error) {
	return c.list(eachArtifact)
}

func executionsByID(c *call) (message, error) {
	return c.list(func(r *execution.Run, add func(message)) {
		for _, t := range r.Tasks {
			if c.has(t.Number) {
				add(executionOf(r, t))
			}
		}
	})
}

func artifactsByID(c *call) (message, error) {
	return c.list(func(r *execution.Run, add func(message)) {
		for _, a := range r.Artifacts {
			if c.has(a.Number) {
				add(artifactOf(r, a))
			}
		}
	})
}

func eventsByExecution(c *call) (message, error) {
	return c.list(func(r *execution.Run, add func(message)) {
		for _, l := range r.Links {
			if c.has(l.Task.Number) {
				add(eventOf(l))
			}
		}
	})
}

func eventsByArtifact(c *call) (message, error) {
	return c.list(func(r *execution.Run, add func(message)) {
		for _, l := range r.Links {
			if c.has(l.Artifact.Number) {
				add(eventOf(l))
			}
		}
	})
}

// list writes what there is to tell of the runs that are asked for.
func (c *call) list(tell func(*execution.Run, func(message))) (message, error) {
	all, err := c.asked()
	if err != nil {
		return nil, err
	}
	var out message
	for _, r := range all {
		tell(r, func(m message) { out.message(listField, m) })
	}
	return out, nil
}

func allExecutions(c *call) (message, error) {
	return c.newest(eachExecution)
}

func allArtifacts(c *call) (message, error) {
	return c.newest(eachArtifact)
}

// newest writes a page of what there is to tell of the newest runs. The token of
// a page is how many objects are before it.
func (c *call) newest(tell func(*execution.Run, func(message))) (message, error) {
	first := 0
	if c.token != "" {
		var err error
		if first, err = strconv.Atoi(c.token); err != nil || first < 0 {
			return nil, &InvalidError{fmt.Errorf("the page token %q is none of this server's", c.token)}
		}
	}
	runs, err := execution.Newest(c, c.view, "")
	if err != nil {
		return nil, err
	}
	var all []message
	for _, r := range runs {
		tell(r, func(m message) { all = append(all, m) })
	}
	first = min(first, len(all))
	last := len(all)
	if c.limit > 0 && c.limit < int64(last-first) {
		last = first + int(c.limit)
	}
	var out message
	for _, m := range all[first:last] {
		out.message(listField, m)
	}
	if last < len(all) {
		out.text(nextTokenField, strconv.Itoa(last))
	}
	return out, nil
}
