package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

// gsSettings are those that only Google Cloud Storage has.
type gsSettings struct {
	anonymous bool
	universe  string // the domain of another cloud than Google's own
}

// setGS takes one setting under its name in the URLs of gocloud.dev.
func (s *settings) setGS(name, value string) error {
	switch name {
	case "endpoint":
		s.endpoint = value
	case "universe_domain":
		s.gs.universe = value
	case "anonymous":
		return boolean(name, value, func(on bool) { s.gs.anonymous = on })
	default:
		return fmt.Errorf("unknown setting %q; known are anonymous, universe_domain and endpoint", name)
	}
	return nil
}

// emulatorVariable has the address of an emulator, which takes no credentials.
const emulatorVariable = "STORAGE_EMULATOR_HOST"

// gs is a bucket of Google Cloud Storage. It speaks the JSON API.
type gs struct {
	caller
	base, bucket string
}

var _ backend = gs{}

func openGS(bucket string, settings settings, requests *requests, getenv func(string) string) (backend, error) {
	settings = settings.orEmulator(getenv)
	base, err := settings.googleAddress()
	if err != nil {
		return nil, err
	}
	key, err := settings.credentials.key.value(getenv)
	if err != nil {
		return nil, err
	}
	transport := newTransport()
	b := gs{caller: caller{&http.Client{Transport: transport}, requests.atMost(settings.attempts)}, base: base, bucket: bucket}
	if settings.gs.anonymous {
		return b, nil
	}
	credentials := googleCredentials{
		client: &http.Client{Transport: transport, Timeout: time.Minute}, key: []byte(key), universe: settings.gs.universe, getenv: getenv,
	}
	source := tokens{find: sync.OnceValues(credentials.find)}
	b.client.Transport = &oauth2.Transport{Source: source, Base: transport}
	return b, nil
}

// googleAddress returns the URL of the store.
func (s settings) googleAddress() (string, error) {
	switch {
	case s.endpoint != "":
		u, err := url.Parse(s.endpoint)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return "", fmt.Errorf("the endpoint %s of Google Cloud Storage: expected http://HOST:PORT", s.endpoint)
		}
		return strings.TrimSuffix(s.endpoint, "/"), nil
	case s.gs.universe != "":
		return "https://storage." + s.gs.universe, nil
	}
	return "https://storage.googleapis.com", nil
}

// orEmulator returns the settings with the emulator of the environment, if there
// is one, where they name no endpoint.
func (s settings) orEmulator(getenv func(string) string) settings {
	emulator := getenv(emulatorVariable)
	if s.endpoint != "" || emulator == "" {
		return s
	}
	if !strings.Contains(emulator, "://") {
		emulator = "http://" + emulator
	}
	return settings{endpoint: emulator, gs: gsSettings{anonymous: true}}
}

// googleScope is the right to read and write objects.
const googleScope = "https://www.googleapis.com/auth/devstorage.read_write"

// googleCredentials are where to look for credentials, and the client with
// which to ask for tokens.
type googleCredentials struct {
	client   *http.Client
	key      []byte // its JSON; empty for what the environment has
	universe string
	getenv   func(string) string
}

// find finds the application default credentials: a file, or what the metadata
// server of the cloud gives a pod. They outlive the request that needs them
// first.
func (c googleCredentials) find() (oauth2.TokenSource, error) {
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, c.client)
	parameters := google.CredentialsParams{Scopes: []string{googleScope}, UniverseDomain: c.universe}
	key := c.key
	if path := c.getenv("GOOGLE_APPLICATION_CREDENTIALS"); len(key) == 0 && path != "" {
		var err error
		if key, err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("reading Google's credentials: %w", err)
		}
	}
	if len(key) == 0 {
		found, err := google.FindDefaultCredentialsWithParams(ctx, parameters)
		if err != nil {
			return nil, fmt.Errorf("finding Google's credentials: %w", err)
		}
		return found.TokenSource, nil
	}
	var kind struct {
		Type google.CredentialsType `json:"type"`
	}
	if err := json.Unmarshal(key, &kind); err != nil {
		return nil, errors.New("Google's credentials are not JSON")
	}
	found, err := google.CredentialsFromJSONWithTypeAndParams(ctx, key, kind.Type, parameters)
	if err != nil {
		return nil, fmt.Errorf("Google's credentials: %w", err)
	}
	return found.TokenSource, nil
}

// tokens is a source that is found when it is first needed. Its errors are
// marked as what they are.
type tokens struct {
	find func() (oauth2.TokenSource, error)
}

func (t tokens) Token() (*oauth2.Token, error) {
	source, err := t.find()
	if err != nil {
		return nil, &tokenError{err}
	}
	token, err := source.Token()
	if err != nil {
		return nil, &tokenError{err}
	}
	return token, nil
}

// tokenError is the error of a request that was not sent because there is no
// token for it.
type tokenError struct{ error }

func (e *tokenError) Unwrap() error { return e.error }

// isRefusedToken reports whether there is no token and will be none.
func isRefusedToken(err error) bool {
	var token *tokenError
	if !errors.As(err, &token) {
		return false
	}
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) && answer.Response != nil {
		return !isTransientStatus(answer.Response.StatusCode)
	}
	var unanswered *url.Error
	return !errors.As(token.error, &unanswered)
}

// googleMessage returns the message of an error of Google's API.
func googleMessage(text []byte) string {
	var answer struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(text, &answer) != nil {
		return ""
	}
	return answer.Error.Message
}

// gsObject is an object as the API writes it.
type gsObject struct {
	Name       string `json:"name"`
	Size       string `json:"size"`
	Generation string `json:"generation"`
}

func (o gsObject) object() (object, error) {
	size, err := strconv.ParseInt(o.Size, 10, 64)
	if err != nil {
		return object{}, fmt.Errorf("the store gives %q the size %q", o.Name, o.Size)
	}
	return object{key: o.Name, size: size, etag: o.Generation}, nil
}

// url returns the address of the objects, or of one of them.
func (b gs) url(prefix, key string, query url.Values) string {
	address := b.base + prefix + "/storage/v1/b/" + url.PathEscape(b.bucket) + "/o"
	if key != "" {
		address += "/" + url.PathEscape(key)
	}
	return address + "?" + query.Encode()
}

// ask sends a request and reads the JSON of its answer.
func (b gs) ask(ctx context.Context, address string, answer any) error {
	return b.call(ctx, message{method: http.MethodGet, address: address}, func(response *http.Response) error {
		return json.NewDecoder(response.Body).Decode(answer)
	})
}

func (b gs) stat(ctx context.Context, key string) (object, error) {
	var o gsObject
	err := b.ask(ctx, b.url("", key, url.Values{"fields": {"name,size,generation"}}), &o)
	if hasStatus(err, http.StatusNotFound) {
		return object{}, ErrNotFound
	}
	if err != nil {
		return object{}, err
	}
	return o.object()
}

func (b gs) list(ctx context.Context, dir string) iter.Seq2[object, error] {
	query := url.Values{"fields": {"items(name,size,generation),nextPageToken"}}
	if dir != "" {
		query.Set("prefix", dir+"/")
	}
	return func(yield func(object, error) bool) {
		for {
			var page struct {
				Items         []gsObject `json:"items"`
				NextPageToken string     `json:"nextPageToken"`
			}
			if err := b.ask(ctx, b.url("", "", query), &page); err != nil {
				yield(object{}, b.explain(err))
				return
			}
			for _, item := range page.Items {
				o, err := item.object()
				if !yield(o, err) || err != nil {
					return
				}
			}
			if page.NextPageToken == "" {
				return
			}
			query.Set("pageToken", page.NextPageToken)
		}
	}
}

// explain says which thing it is that a request did not find, where that can
// only be the bucket.
func (b gs) explain(err error) error {
	if hasStatus(err, http.StatusNotFound) {
		return fmt.Errorf("the bucket %q does not exist", b.bucket)
	}
	return err
}

// get fetches parts of one generation of the object: they are refused if it
// was replaced. Objects that are stored compressed come as they are stored.
func (b gs) get(ctx context.Context, o object, file *os.File) error {
	query := url.Values{"alt": {"media"}}
	if o.etag != "" {
		query.Set("generation", o.etag)
	}
	address := b.url("", o.key, query)
	return b.fetch(ctx, file, o.size, func(ctx context.Context, p part) (io.ReadCloser, error) {
		header := http.Header{"Accept-Encoding": {"gzip"}, "Range": {p.span()}}
		response, err := b.once(ctx, message{method: http.MethodGet, address: address, header: header})
		if hasStatus(err, http.StatusNotFound) {
			return nil, errOther
		}
		if err != nil {
			return nil, err
		}
		return partBody(response, p.offset)
	})
}

// span is the value of the header Range for a part.
func (p part) span() string {
	return fmt.Sprintf("bytes=%d-%d", p.offset, p.offset+p.length-1)
}

// partBody returns the body of an answer that must begin at offset.
func partBody(response *http.Response, offset int64) (io.ReadCloser, error) {
	begins := "bytes " + strconv.FormatInt(offset, 10) + "-"
	content := response.Header.Get("Content-Range")
	if content == "" && offset == 0 || strings.HasPrefix(content, begins) {
		return response.Body, nil
	}
	_ = response.Body.Close()
	return nil, errors.New("the store sent another part than it was asked for")
}

func (b gs) remove(ctx context.Context, key string) error {
	err := b.call(ctx, message{method: http.MethodDelete, address: b.url("", key, nil)}, func(*http.Response) error { return nil })
	if hasStatus(err, http.StatusNotFound) {
		return nil
	}
	return err
}
