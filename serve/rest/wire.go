package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Int64 is a number that is a text in answers, as JSON of protocol buffers has
// it. It is read in either form.
type Int64 int64

// MarshalJSON writes the number as a text.
func (n Int64) MarshalJSON() ([]byte, error) {
	return strconv.AppendQuote(nil, strconv.FormatInt(int64(n), 10)), nil
}

// UnmarshalJSON reads a number, or a text that is one.
func (n *Int64) UnmarshalJSON(text []byte) error {
	v, err := strconv.ParseInt(string(bytes.Trim(text, `"`)), 10, 64)
	if err != nil {
		return fmt.Errorf("%s is no whole number", text)
	}
	*n = Int64(v)
	return nil
}

// moment is a time as KFP writes it, or nil for none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// decode reads a JSON object into a struct, whose fields have names in snake
// case. Names in camel case are understood too, and others are refused.
func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	var fields map[string]json.RawMessage
	if err := d.Decode(&fields); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more behind the end of the JSON")
	}
	named := map[string]json.RawMessage{}
	for name, value := range fields {
		key := snake(name)
		if _, twice := named[key]; twice {
			return fmt.Errorf("there are two fields %s", key)
		}
		named[key] = value
	}
	same, err := json.Marshal(named)
	if err != nil {
		return err
	}
	d = json.NewDecoder(bytes.NewReader(same))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

// snake turns displayName into display_name.
func snake(name string) string {
	var out strings.Builder
	for _, c := range name {
		if 'A' <= c && c <= 'Z' {
			out.WriteByte('_')
			c += 'a' - 'A'
		}
		out.WriteRune(c)
	}
	return out.String()
}

// storageState says whether an object is archived. There is no third state.
func storageState(archived bool) string {
	if archived {
		return "ARCHIVED"
	}
	return "AVAILABLE"
}
