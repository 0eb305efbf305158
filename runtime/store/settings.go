package store

import (
	"fmt"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/store/azblob"
	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
	"github.com/kfp2argo/kfp2argo/runtime/store/gs"
	"github.com/kfp2argo/kfp2argo/runtime/store/s3"
)

// settings are what is needed to open a bucket: those of all kinds, and those of
// its own. Two that are equal open the same bucket.
type settings struct {
	backend.Settings
	s3     s3.Settings
	gs     gs.Settings
	azblob azblob.Settings
}

// or returns the settings with what they leave open taken from others. The
// region goes with the endpoint.
func (s settings) or(others settings) settings {
	if s.Endpoint != "" {
		return s
	}
	s.Endpoint = others.Endpoint
	if s.s3.Region == "" {
		s.s3.Region = others.s3.Region
	}
	return s
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
	s := settings{
		Settings: backend.Settings{Endpoint: p.Endpoint, Attempts: p.MaxRetries},
		s3:       s3.Settings{Region: p.Region, Insecure: p.DisableSSL},
	}
	if p.ForcePathStyle != nil {
		s.s3.Lookup = s3.LookupOf(*p.ForcePathStyle)
	}
	if c := p.Credentials; c != nil {
		s.Credentials = backend.Credentials{
			AccessKey: secretOf(c.AccessKey), SecretKey: secretOf(c.SecretKey), SessionToken: secretOf(c.SessionToken),
			Key: secretOf(c.Key),
		}
	}
	return s
}

func secretOf(k *contract.StoreKey) backend.Secret {
	if k == nil {
		return backend.Secret{}
	}
	return backend.Secret{Variable: k.Env, From: k.From}
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
	usual := usualSettings(uri.scheme, s.environment.Getenv)
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

// usualSettings are those of a bucket of which nothing else is known. The back
// ends beside S3 read their own from the environment where they need them.
func usualSettings(scheme string, getenv func(string) string) (s settings) {
	if scheme == schemeS3 || scheme == schemeMinio {
		s.Settings, s.s3 = s3.FromEnvironment(getenv)
	}
	return s
}
