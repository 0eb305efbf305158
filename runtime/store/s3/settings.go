package s3

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// Settings are those that only S3 has.
type Settings struct {
	Region   string
	Insecure bool // http where the endpoint does not say
	Lookup   Lookup
}

// Lookup says where a bucket's name goes in a request.
type Lookup int

// The zero Lookup leaves it to the endpoint.
const (
	LookupAuto Lookup = iota
	LookupPath
	LookupHost
)

// LookupOf is the lookup with the name in the path or in the host.
func LookupOf(path bool) Lookup {
	if path {
		return LookupPath
	}
	return LookupHost
}

// Set takes one setting under its names in the URLs of gocloud.dev, which KFP
// uses.
func Set(common *backend.Settings, own *Settings, name, value string) (err error) {
	switch name {
	case "region":
		own.Region = value
	case "endpoint":
		common.Endpoint = value
	case "disableSSL", "disable_https":
		own.Insecure, err = backend.Boolean(name, value)
	case "s3ForcePathStyle", "use_path_style":
		var path bool
		path, err = backend.Boolean(name, value)
		own.Lookup = LookupOf(path)
	case "awssdk":
	default:
		return fmt.Errorf("unknown setting %q; known are region, endpoint, disableSSL and s3ForcePathStyle", name)
	}
	return err
}

// FromEnvironment returns what a bucket is opened with of which nothing else is
// known.
func FromEnvironment(getenv func(string) string) (common backend.Settings, own Settings) {
	first := func(names ...string) string {
		for _, name := range names {
			if value := getenv(name); value != "" {
				return value
			}
		}
		return ""
	}
	common.Endpoint = first("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
	own.Region = first("AWS_REGION", "AWS_DEFAULT_REGION")
	return common, own
}

// address returns the endpoint's host and whether to speak TLS with it.
func address(endpoint string, insecure bool) (host string, secure bool, err error) {
	if endpoint == "" {
		return "s3.amazonaws.com", true, nil
	}
	if !strings.Contains(endpoint, "://") {
		return strings.TrimSuffix(endpoint, "/"), !insecure, nil
	}
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", false, fmt.Errorf("S3 endpoint: %w", err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return "", false, fmt.Errorf("S3 endpoint %s: expected HOST:PORT or http://HOST:PORT", endpoint)
	}
	return u.Host, u.Scheme == "https", nil
}
