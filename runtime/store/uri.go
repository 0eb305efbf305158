package store

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// The schemes that this package can read and write.
const (
	schemeS3    = "s3"
	schemeMinio = "minio"
	schemeFile  = "file"
)

// URI names an object or a tree of objects. Its key has no segment that could
// lead out of a directory. The zero URI names nothing.
type URI struct {
	scheme, bucket, key string
}

// UnsupportedSchemeError is the error for a URI of another kind than this
// package can read and write.
type UnsupportedSchemeError struct{ URI string }

func (e *UnsupportedSchemeError) Error() string {
	return fmt.Sprintf("%s: only %s, %s and %s URIs can be read and written", e.URI, schemeS3, schemeMinio, schemeFile)
}

// ParseURI reads `scheme://bucket/key`. The key is taken as it is written,
// without percent-decoding; one slash at its end is dropped. The error is an
// [UnsupportedSchemeError] for a scheme that this package does not know.
func ParseURI(text string) (URI, error) {
	scheme, rest, _ := strings.Cut(text, "://")
	if !slices.Contains([]string{schemeS3, schemeMinio, schemeFile}, scheme) {
		return URI{}, &UnsupportedSchemeError{URI: text}
	}
	bucket, key, _ := strings.Cut(rest, "/")
	if (bucket == "") != (scheme == schemeFile) {
		return URI{}, fmt.Errorf("%s: expected %s", text, form(scheme))
	}
	key = strings.TrimSuffix(key, "/")
	if key != "" {
		if err := checkKey(key); err != nil {
			return URI{}, fmt.Errorf("%s: %w", text, err)
		}
	}
	return URI{scheme: scheme, bucket: bucket, key: key}, nil
}

func form(scheme string) string {
	if scheme == schemeFile {
		return "file:///directory"
	}
	return scheme + "://bucket/key"
}

// checkKey refuses keys that are not the plain relative path of one file: such
// a key would be written somewhere else than its name says.
func checkKey(key string) error {
	for segment := range strings.SplitSeq(key, "/") {
		switch {
		case segment == "":
			return fmt.Errorf("the key %q has an empty segment", key)
		case segment == ".", segment == "..":
			return fmt.Errorf("the key %q has the segment %q", key, segment)
		case strings.ContainsRune(segment, 0):
			return fmt.Errorf("the key %q has a NUL character", key)
		}
	}
	return nil
}

// String returns the URI as ParseURI reads it.
func (u URI) String() string {
	return u.scheme + "://" + u.bucket + "/" + u.key
}

// Join returns the URI of something below u. The error is for a name that
// would not stay below.
func (u URI) Join(names ...string) (URI, error) {
	key := strings.Join(names, "/")
	if err := checkKey(key); err != nil {
		return URI{}, err
	}
	if u.key != "" {
		key = u.key + "/" + key
	}
	return URI{scheme: u.scheme, bucket: u.bucket, key: key}, nil
}

// Within reports whether u is root or lies below it.
func (u URI) Within(root URI) bool {
	if u.scheme != root.scheme || u.bucket != root.bucket {
		return false
	}
	return root.key == "" || u.key == root.key || strings.HasPrefix(u.key, root.key+"/")
}

// Root is a pipeline root: a URI and the settings of its bucket.
type Root struct {
	uri      URI
	settings settings
}

// URI returns the root without its settings.
func (r Root) URI() URI { return r.uri }

// ParseRoot reads a pipeline root with its settings. It refuses settings that
// it does not know.
func ParseRoot(text string) (Root, error) {
	address, query, _ := strings.Cut(text, "?")
	uri, err := ParseURI(address)
	if err != nil {
		return Root{}, fmt.Errorf("pipeline root %w", err)
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return Root{}, fmt.Errorf("settings of the pipeline root: %w", err)
	}
	r := Root{uri: uri}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := r.settings.set(name, values.Get(name)); err != nil {
			return Root{}, fmt.Errorf("settings of the pipeline root: %w", err)
		}
	}
	return r, nil
}

// set takes one setting under its names in the URLs of gocloud.dev, which KFP
// uses.
func (s *settings) set(name, value string) error {
	switch name {
	case "region":
		s.region = value
	case "endpoint":
		s.endpoint = value
	case "disableSSL", "disable_https":
		return boolean(name, value, func(on bool) { s.insecure = on })
	case "s3ForcePathStyle", "use_path_style":
		return boolean(name, value, func(on bool) { s.lookup = lookupOf(on) })
	case "awssdk":
	default:
		return fmt.Errorf("unknown setting %q; known are region, endpoint, disableSSL and s3ForcePathStyle", name)
	}
	return nil
}

func boolean(name, value string, set func(bool)) error {
	switch value {
	case "true", "false":
		set(value == "true")
		return nil
	}
	return fmt.Errorf("%s is true or false, not %q", name, value)
}
