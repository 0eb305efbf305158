package contract

import (
	"encoding/json"
	"fmt"
)

// storeVersion is the version of [StoreConfig].
const storeVersion = 1

// StoreConfig says how buckets are opened whose URIs do not say so themselves.
// The translator writes it into [StoreVariable] of the driver, which passes it
// on to the launcher with the [Plan]. It holds no secrets.
type StoreConfig struct {
	Version int `json:"version"`
	// Places are tried in their order; the first that holds a URI counts.
	Places []StorePlace `json:"places"`
}

// StorePlace is where some URIs lead.
type StorePlace struct {
	// URI says which those are: `s3://` all of a scheme, `s3://bucket` those of
	// a bucket, `s3://bucket/text` those whose key begins with a text, which
	// need not end where a segment does.
	URI string `json:"uri"`
	// Endpoint is a host and port or an http(s) URL; empty for the usual one of
	// the scheme.
	Endpoint string `json:"endpoint,omitempty"`
	Region   string `json:"region,omitempty"`
	// DisableSSL speaks http where the endpoint does not say.
	DisableSSL bool `json:"disableSSL,omitempty"`
	// ForcePathStyle puts the bucket's name into the path of a request, or, if
	// false, into the host. Without it the endpoint decides.
	ForcePathStyle *bool `json:"forcePathStyle,omitempty"`
	// MaxRetries is how often a request is tried; zero for a usual number.
	MaxRetries int `json:"maxRetries,omitempty"`
	// Credentials is nil where the pod has some of its own.
	Credentials *StoreCredentials `json:"credentials,omitempty"`
}

// StoreCredentials are those of a place: a pair for S3, or one key, which is
// that of a service account for gs and that of an account for azblob.
type StoreCredentials struct {
	AccessKey    *StoreKey `json:"accessKey,omitempty"`
	SecretKey    *StoreKey `json:"secretKey,omitempty"`
	SessionToken *StoreKey `json:"sessionToken,omitempty"`
	Key          *StoreKey `json:"key,omitempty"`
}

// StoreKey names an environment variable that holds a secret, and where it
// comes from, for messages: the name of a Secret, a slash, and a key in it.
type StoreKey struct {
	Env  string `json:"env"`
	From string `json:"from"`
}

// ParseStoreConfig reads a StoreConfig strictly. The empty text is an empty one.
func ParseStoreConfig(text string) (*StoreConfig, error) {
	var c StoreConfig
	if text == "" {
		return &c, nil
	}
	if err := parseVersioned([]byte(text), storeVersion, &c); err != nil {
		return nil, fmt.Errorf("%s: %w", StoreVariable, err)
	}
	return &c, nil
}

// Text returns the config as [ParseStoreConfig] reads it.
func (c StoreConfig) Text() json.RawMessage {
	c.Version = storeVersion
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings, numbers and booleans
	}
	return text
}
