package backend

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// Caller sends requests to a store that speaks HTTP.
type Caller struct {
	Client   *http.Client
	Requests *Requests
	// Reason returns what the body of an answer that is no success says in
	// words, or nothing; nil is for stores that answer with plain text.
	Reason func(body []byte) string
}

// Do makes a request, again where that may help.
func (c Caller) Do(ctx context.Context, f func() error) error {
	return c.Requests.Do(ctx, IsTransient, f)
}

// Message is a request that can be sent again.
type Message struct {
	Method, Address string
	Header          http.Header
	Content         Part   // of a file, if it has a length
	Text            []byte // what is sent otherwise
}

func (m Message) request(ctx context.Context) (*http.Request, error) {
	var body io.Reader = http.NoBody
	length := m.Content.Length
	if length > 0 {
		body = io.NewSectionReader(m.Content.File, m.Content.Offset, length)
	}
	if len(m.Text) > 0 {
		body, length = bytes.NewReader(m.Text), int64(len(m.Text))
	}
	request, err := http.NewRequestWithContext(ctx, m.Method, m.Address, body)
	if err != nil {
		return nil, err
	}
	request.ContentLength = length
	if m.Header != nil {
		request.Header = m.Header.Clone()
	}
	return request, nil
}

// Call sends a message until it has an answer that is not transient and that
// use, which need not close it, can read as a whole. The answer is a success or
// one of the codes; others are a [*StatusError].
func (c Caller) Call(ctx context.Context, m Message, use func(*http.Response) error, codes ...int) error {
	return c.Do(ctx, func() error {
		response, err := c.Once(ctx, m, codes...)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		return use(response)
	})
}

// Once sends a message once; see [Caller.Call].
func (c Caller) Once(ctx context.Context, m Message, codes ...int) (*http.Response, error) {
	request, err := m.request(ctx)
	if err != nil {
		return nil, err
	}
	response, err := c.Client.Do(request)
	if err != nil {
		var wrapped *url.Error // it repeats the address
		if errors.As(err, &wrapped) {
			err = wrapped.Err
		}
		return nil, err
	}
	if response.StatusCode < http.StatusMultipleChoices {
		return response, nil
	}
	for _, code := range codes {
		if response.StatusCode == code {
			return response, nil
		}
	}
	defer response.Body.Close()
	return nil, &StatusError{response.StatusCode, c.explanation(response)}
}

// explanation returns what an answer says in words, if that is short.
func (c Caller) explanation(response *http.Response) string {
	const most = 1 << 10
	text, err := io.ReadAll(io.LimitReader(response.Body, 16*most))
	if err != nil || strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		return ""
	}
	if c.Reason != nil {
		if reason := c.Reason(text); reason != "" {
			return reason
		}
	}
	if len(text) > most {
		text = text[:most]
	}
	return strings.TrimSpace(string(text))
}

// Fetch fetches an object in parts. What open returns may break off.
func (c Caller) Fetch(ctx context.Context, file *os.File, size int64, open Opener) error {
	return Fetcher{c.Requests, IsTransient, open.Read}.Fetch(ctx, file, size)
}

// Opener makes one request for a part.
type Opener func(ctx context.Context, p Part) (io.ReadCloser, error)

// Read is a [Fetcher]'s.
func (open Opener) Read(ctx context.Context, p Part) (int64, error) {
	body, err := open(ctx, p)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	return CopyPart(p, body)
}

// PartBody returns the body of an answer that must begin at offset.
func PartBody(response *http.Response, offset int64) (io.ReadCloser, error) {
	begins := "bytes " + strconv.FormatInt(offset, 10) + "-"
	content := response.Header.Get("Content-Range")
	if content == "" && offset == 0 || strings.HasPrefix(content, begins) {
		return response.Body, nil
	}
	_ = response.Body.Close()
	return nil, errors.New("the store sent another part than it was asked for")
}
