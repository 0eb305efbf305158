package contract

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// A Reference replaces a value that is too large for Argo. The
// value itself, its JSON text, is an object in the store.
type Reference struct {
	URI string `json:"uri"`
	// SHA256 is that of the text, in hex.
	SHA256 string `json:"sha256"`
}

// referenceMark begins the parameter text of a [Reference]. No JSON text begins
// so.
const referenceMark = "@"

// Refer returns the reference to a text that is to be found at a URI.
func Refer(uri string, text []byte) Reference {
	sum := sha256.Sum256(text)
	return Reference{URI: uri, SHA256: hex.EncodeToString(sum[:])}
}

// Text returns the parameter text of the reference.
func (r Reference) Text() string {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // a struct of strings
	}
	return referenceMark + Shield(text)
}

// Check reports whether a text is the one that is referred to.
func (r Reference) Check(text []byte) error {
	if Refer(r.URI, text) != r {
		return errors.New("it is not what was stored there")
	}
	return nil
}

// ParseReference reads a parameter text that is a reference; it is nil where
// the text is none.
func ParseReference(text string) (*Reference, error) {
	encoded, ok := strings.CutPrefix(text, referenceMark)
	if !ok {
		return nil, nil
	}
	var r Reference
	if err := strictJSON([]byte(encoded), &r); err != nil {
		return nil, fmt.Errorf("a reference to a value that cannot be read: %w", err)
	}
	return &r, nil
}
