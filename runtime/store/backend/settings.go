package backend

import (
	"fmt"
	"time"
)

// Settings are what a bucket is opened with, whatever its kind. They can be
// compared.
type Settings struct {
	Endpoint    string // host:port, an http(s) URL, a file URL, or empty for the usual one
	Attempts    int    // how often a request is tried; zero for the usual number
	Credentials Credentials
}

// Credentials names the environment variables with the credentials of a bucket.
// The zero value is for one that is opened with what the pod has of its own.
type Credentials struct {
	AccessKey, SecretKey, SessionToken Secret // for S3
	Key                                Secret // of a service account, or of a storage account
}

// Secret is an environment variable, and the Secret and key that it comes from.
type Secret struct{ Variable, From string }

// Value returns the secret itself, or nothing for the zero Secret. A Secret
// that is not there leaves the variable empty, which is an error only now that
// it is needed.
func (s Secret) Value(getenv func(string) string) (string, error) {
	if s.Variable == "" {
		return "", nil
	}
	value := getenv(s.Variable)
	if value == "" {
		return "", fmt.Errorf("%w: the namespace has no Secret and key %s, or it is empty", ErrNoCredentials, s.From)
	}
	return value, nil
}

// Environment is what the buckets of a store have in common.
type Environment struct {
	Getenv   func(string) string // where settings and credentials are that no place names
	Requests *Requests
	// Silence is how long a body may stand still before its request is given up;
	// zero is for a minute.
	Silence time.Duration
}

// Boolean reads the value of a setting that is true or false.
func Boolean(name, value string) (bool, error) {
	switch value {
	case "true", "false":
		return value == "true", nil
	}
	return false, fmt.Errorf("%s is true or false, not %q", name, value)
}
