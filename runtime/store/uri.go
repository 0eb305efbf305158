package store

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/store/azblob"
	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
	"github.com/kfp2argo/kfp2argo/runtime/store/directory"
	"github.com/kfp2argo/kfp2argo/runtime/store/gs"
	"github.com/kfp2argo/kfp2argo/runtime/store/image"
	"github.com/kfp2argo/kfp2argo/runtime/store/s3"
)

// The schemes that this package can read, and all but the last three write.
const (
	schemeS3     = "s3"
	schemeMinio  = "minio"
	schemeGS     = "gs"
	schemeAzblob = "azblob"
	schemeFile   = "file"
	schemeHTTP   = "http"
	schemeHTTPS  = "https"
	schemeOCI    = "oci"
)

// isReadOnly reports whether URIs of a scheme can only be read.
func isReadOnly(scheme string) bool { return isWeb(scheme) || scheme == schemeOCI }

func isWeb(scheme string) bool { return scheme == schemeHTTP || scheme == schemeHTTPS }

// URI names an object or a tree of objects. Its key has no segment that could
// lead out of a directory. The zero URI names nothing.
type URI struct {
	scheme, bucket, key string
}

// UnsupportedSchemeError is the error for a URI of another kind than this
// package can read.
type UnsupportedSchemeError struct{ URI string }

func (e *UnsupportedSchemeError) Error() string {
	return e.URI + ": only s3, minio, gs, azblob, file, http, https and oci URIs can be read"
}

// ParseURI reads `scheme://bucket/key`. The key is taken as it is written,
// without percent-decoding; one slash at its end is dropped. Of an http or https
// URI everything is kept, and an oci URI is the name of an image. The error is
// an [UnsupportedSchemeError] for a scheme that this package does not know.
func ParseURI(text string) (URI, error) {
	scheme, rest, _ := strings.Cut(text, "://")
	switch scheme {
	case schemeHTTP, schemeHTTPS:
		return parseWeb(text)
	case schemeOCI:
		return parseImage(text, rest)
	case schemeS3, schemeMinio, schemeGS, schemeAzblob, schemeFile:
	default:
		return URI{}, &UnsupportedSchemeError{URI: text}
	}
	bucket, key, _ := strings.Cut(rest, "/")
	if (bucket == "") != (scheme == schemeFile) {
		return URI{}, fmt.Errorf("%s: expected %s", text, form(scheme))
	}
	uri := URI{scheme: scheme, bucket: bucket, key: strings.TrimSuffix(key, "/")}
	if err := uri.check(); err != nil {
		return URI{}, fmt.Errorf("%s: %w", text, err)
	}
	return uri, nil
}

// parseImage reads the name of an image, which becomes a part of a path.
func parseImage(text, reference string) (URI, error) {
	if err := image.Check(reference); err != nil {
		return URI{}, fmt.Errorf("%s: %w", text, err)
	}
	if err := checkKey(reference); err != nil {
		return URI{}, fmt.Errorf("%s: %w", text, err)
	}
	return URI{scheme: schemeOCI, bucket: reference}, nil
}

// parseWeb reads an address of the web. Its key is as it is written, because a
// query may be a signature.
func parseWeb(text string) (URI, error) {
	u, err := url.Parse(text)
	if err != nil {
		return URI{}, err
	}
	scheme, rest, _ := strings.Cut(text, "://")
	end := strings.IndexAny(rest, "/?#")
	if u.Host == "" || end < 0 || rest[end] != '/' || rest[end:] == "/" {
		return URI{}, fmt.Errorf("%s: expected %s://host/path", text, scheme)
	}
	return URI{scheme: scheme, bucket: rest[:end], key: rest[end+1:]}, nil
}

// check refuses what leads out of a directory that the URI becomes a path in,
// and files that are none.
func (u URI) check() error {
	if u.bucket == "." || u.bucket == ".." {
		return fmt.Errorf("%q is no bucket", u.bucket)
	}
	if u.scheme == schemeFile {
		if err := directory.Check("/" + u.key); err != nil {
			return err
		}
	}
	if u.key == "" {
		return nil
	}
	return checkKey(u.key)
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
	if u.scheme == schemeOCI {
		return u.scheme + "://" + u.bucket
	}
	return u.scheme + "://" + u.bucket + "/" + u.key
}

// Join returns the URI of something below u. The error is for a name that
// would not stay below, or for a URI that has nothing below.
func (u URI) Join(names ...string) (URI, error) {
	if isReadOnly(u.scheme) {
		return URI{}, fmt.Errorf("%s: %w", u, backend.ErrReadOnly)
	}
	key := strings.Join(names, "/")
	if err := checkKey(key); err != nil {
		return URI{}, err
	}
	if u.key != "" {
		key = u.key + "/" + key
	}
	return URI{scheme: u.scheme, bucket: u.bucket, key: key}, nil
}

// Within reports whether u is root or below it.
func (u URI) Within(root URI) bool {
	if u.scheme != root.scheme || u.bucket != root.bucket {
		return false
	}
	return root.key == "" || u.key == root.key || strings.HasPrefix(u.key, root.key+"/")
}

// IsWeb reports whether u is an address of the web, http or https.
func (u URI) IsWeb() bool { return isWeb(u.scheme) }

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
	if isReadOnly(uri.scheme) {
		return Root{}, fmt.Errorf("pipeline root %s: %w", address, backend.ErrReadOnly)
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return Root{}, fmt.Errorf("settings of the pipeline root: %w", err)
	}
	r := Root{uri: uri}
	for _, setting := range slices.Sorted(maps.Keys(values)) {
		if err := r.set(setting, values.Get(setting)); err != nil {
			return Root{}, fmt.Errorf("settings of the pipeline root: %w", err)
		}
	}
	return r, nil
}

// set takes one setting of the root's scheme.
func (r *Root) set(name, value string) error {
	s := &r.settings
	switch r.uri.scheme {
	case schemeGS:
		return gs.Set(&s.Settings, &s.gs, name, value)
	case schemeAzblob:
		return azblob.Set(&s.Settings, &s.azblob, name, value)
	}
	return s3.Set(&s.Settings, &s.s3, name, value)
}
