package store

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// Facts are what is known of a place without asking its store.
type Facts struct {
	// Endpoint is the URL of the S3 server; empty for what is no S3.
	Endpoint string
	// Signs says that the signature of an upload covers what is sent.
	Signs bool
	// Credentials says where those are from, and never what they are; empty for
	// none.
	Credentials string
}

// Facts returns what is known of the place of a URI. The error says what is
// wrong with its settings, or why there are no credentials; without any at all
// requests are anonymous.
func (s *Store) Facts(uri URI) (Facts, error) {
	b, err := s.open(uri)
	if err != nil {
		return Facts{}, err
	}
	bucket, ok := b.(s3)
	if !ok {
		return Facts{}, nil
	}
	settings, err := s.settings(uri)
	if err != nil {
		return Facts{}, err
	}
	facts := Facts{Endpoint: bucket.client.EndpointURL().String(), Signs: bucket.signs}
	source := settings.source(s.getenv)
	value, err := bucket.client.GetCreds()
	if err != nil {
		return facts, fmt.Errorf("no credentials from %s: %w", source, err)
	}
	if value.AccessKeyID != "" {
		facts.Credentials = source
	}
	return facts, nil
}

// source names the first thing that has credentials, in the order in which
// findCredentials looks.
func (s settings) source(getenv func(string) string) string {
	if from := s.credentials.accessKey.from; from != "" {
		return "the Secret and key " + from
	}
	for _, name := range []string{
		contract.AccessKeyVariable, "AWS_ACCESS_KEY_ID",
		"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	} {
		if getenv(name) != "" {
			return "the variable " + name
		}
	}
	file := &credentials.FileAWSCredentials{}
	if value, err := file.RetrieveWithCredContext(nil); err == nil && value.AccessKeyID != "" {
		return "AWS's file of credentials"
	}
	return "the machine's metadata service"
}

// Guards reports whether the store refuses to read an object as another version
// than it is: only then does a download that takes several requests get one
// version of it.
func (s *Store) Guards(ctx context.Context, uri URI) (guards bool, err error) {
	err = throughFile(func(local string) error {
		b, err := s.open(uri)
		if err != nil {
			return err
		}
		o, err := stat(ctx, b, uri.key)
		if err != nil || o.etag == "" {
			return err
		}
		file, err := os.Create(local)
		if err != nil {
			return err
		}
		defer file.Close()
		o.etag = "00000000000000000000000000000000"
		err = b.get(ctx, o, file)
		guards = errors.Is(err, errOther)
		if guards {
			return nil
		}
		return err
	})
	if err != nil {
		return false, fmt.Errorf("reading another version of %s: %w", uri, err)
	}
	return guards, nil
}
