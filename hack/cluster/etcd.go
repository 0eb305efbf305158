package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// compact has etcd forget all versions of objects but the newest.
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
	return askEtcd(ctx, etcd+"/v3/kv/compaction", map[string]any{"revision": status.Header.Revision, "physical": true}, &struct{}{})
}

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
		return fmt.Errorf("asking etcd: %s: %s", url, response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(answer); err != nil {
		return fmt.Errorf("asking etcd: %w", err)
	}
	return nil
}
