package gs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// scope is the right to read and write objects.
const scope = "https://www.googleapis.com/auth/devstorage.read_write"

// credentials are where to look for credentials, and the client with
// which to ask for tokens.
type credentials struct {
	client   *http.Client
	key      []byte // its JSON; empty for what the environment has
	universe string
	getenv   func(string) string
}

// find finds the application default credentials: a file, or what the metadata
// server of the cloud gives a pod. They outlive the request that needs them
// first.
func (c credentials) find() (oauth2.TokenSource, error) {
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient, c.client)
	parameters := google.CredentialsParams{Scopes: []string{scope}, UniverseDomain: c.universe}
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

// Transient reports whether there may be a token the next time.
func (e *tokenError) Transient() bool {
	var answer *oauth2.RetrieveError
	if errors.As(e.error, &answer) && answer.Response != nil {
		return backend.IsTransientStatus(answer.Response.StatusCode)
	}
	var unanswered *url.Error
	return errors.As(e.error, &unanswered)
}
