package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// compact has etcd forget all versions of objects but the newest. Where it has and
// nothing has changed since, there is nothing to forget.
func compact(ctx context.Context, etcd string) error {
	var status struct {
		Header struct {
			// Revision is a number; etcd writes 64 bits as texts.
			Revision string `json:"revision"`
		} `json:"header"`
	}
	if err := askEtcd(ctx, etcd+"/v3/maintenance/status", struct{}{}, &status); err != nil {
		return err
	}
	err := askEtcd(ctx, etcd+"/v3/kv/compaction", map[string]any{"revision": status.Header.Revision, "physical": true}, &struct{}{})
	if refusal := (*etcdError)(nil); errors.As(err, &refusal) && strings.Contains(refusal.Message, "revision has been compacted") {
		return nil
	}
	return err
}

// etcdError is what etcd answers where it refuses something.
type etcdError struct {
	// Status is that of HTTP, Message etcd's own; it may be empty.
	Status, Message string
}

func (e *etcdError) Error() string { return strings.TrimSpace(e.Status + " " + e.Message) }

// askEtcd calls etcd by JSON over HTTP.
func askEtcd(ctx context.Context, url string, question, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("asking etcd: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		refusal := &etcdError{Status: response.Status}
		// What is not of etcd has no message.
		_ = json.NewDecoder(response.Body).Decode(refusal)
		return fmt.Errorf("asking etcd: %s: %w", url, refusal)
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		return fmt.Errorf("asking etcd: %w", err)
	}
	return nil
}
