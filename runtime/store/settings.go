package store

import (
	"fmt"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// settings are what is needed to open a bucket. Two that are equal open the
// same one.
type settings struct {
	endpoint string // host:port, an http(s) URL, a file URL, or empty for the usual one
	region   string
	insecure bool // http where the endpoint does not say
	lookup   lookup
	attempts int // how often a request is tried; zero for the usual number

	gs     gsSettings
	azblob azblobSettings

	credentials secrets
}

// secrets names the environment variables with the credentials of a bucket. The
// zero value is for one that is opened with what the pod has of its own.
type secrets struct {
	accessKey, secretKey, sessionToken secret // for S3
	key                                secret // of a service account, or of a storage account
}

// secret is an environment variable and where its value comes from.
type secret struct{ variable, from string }

func secretOf(k *contract.StoreKey) secret {
	if k == nil {
		return secret{}
	}
	return secret{variable: k.Env, from: k.From}
}

// value returns the secret itself, or nothing for the zero secret. A Secret
// that is not there leaves the variable empty, which is an error only now that
// somebody needs it.
func (s secret) value(getenv func(string) string) (string, error) {
	if s.variable == "" {
		return "", nil
	}
	value := getenv(s.variable)
	if value == "" {
		return "", fmt.Errorf("no credentials: the namespace has no Secret and key %s, or it is empty", s.from)
	}
	return value, nil
}

// or returns the settings with what they leave open taken from others. The
// region goes with the endpoint.
func (s settings) or(others settings) settings {
	if s.endpoint != "" {
		return s
	}
	s.endpoint = others.endpoint
	if s.region == "" {
		s.region = others.region
	}
	return s
}

// lookup says where a bucket's name goes in a request.
type lookup int

const (
	lookupAuto lookup = iota
	lookupPath
	lookupHost
)

// lookupOf is the lookup with the name in the path or in the host.
func lookupOf(path bool) lookup {
	if path {
		return lookupPath
	}
	return lookupHost
}

// location is a [contract.StorePlace].
type location struct {
	scheme, bucket, prefix string
	settings               settings
}

// readLocations reads the places of the [contract.StoreConfig] in the environment.
func readLocations(getenv func(string) string) ([]location, error) {
	config, err := contract.ParseStoreConfig(getenv(contract.StoreVariable))
	if err != nil {
		return nil, err
	}
	var all []location
	for _, p := range config.Places {
		scheme, rest, ok := strings.Cut(p.URI, "://")
		if !ok {
			return nil, fmt.Errorf("%s: %q is no place: expected scheme://bucket/prefix", contract.StoreVariable, p.URI)
		}
		bucket, prefix, _ := strings.Cut(rest, "/")
		all = append(all, location{scheme: scheme, bucket: bucket, prefix: prefix, settings: settingsOf(p)})
	}
	return all, nil
}

func settingsOf(p contract.StorePlace) settings {
	s := settings{endpoint: p.Endpoint, region: p.Region, insecure: p.DisableSSL, attempts: p.MaxRetries}
	if p.ForcePathStyle != nil {
		s.lookup = lookupOf(*p.ForcePathStyle)
	}
	if c := p.Credentials; c != nil {
		s.credentials = secrets{
			accessKey: secretOf(c.AccessKey), secretKey: secretOf(c.SecretKey), sessionToken: secretOf(c.SessionToken),
			key: secretOf(c.Key),
		}
	}
	return s
}

// holds reports whether a URI leads there.
func (l location) holds(uri URI) bool {
	return l.scheme == uri.scheme && (l.bucket == "" || l.bucket == uri.bucket) && strings.HasPrefix(uri.key+"/", l.prefix)
}

// settings returns what the bucket of a URI is opened with. The settings of the
// root are for the root's own bucket, which nobody knows better than who named
// it; then come the places, in their order; then the root's settings for the
// other buckets of its scheme; then the environment.
func (s *Store) settings(uri URI) (settings, error) {
	usual := environment(uri.scheme, s.getenv)
	rest := usual
	if root := s.root; root.uri.scheme == uri.scheme {
		rest = root.settings.or(usual)
		if root.uri.bucket == uri.bucket && root.settings != (settings{}) {
			return rest, nil
		}
	}
	locations, err := s.locations()
	if err != nil {
		return settings{}, err
	}
	for _, l := range locations {
		if l.holds(uri) {
			return l.settings.or(usual), nil
		}
	}
	return rest, nil
}
