package contract

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Canonical returns the one text of a JSON value that this project uses:
// compact, object keys sorted, numbers as [NumberText] writes them, and `<`,
// `>`, `&` escaped as Go and KFP escape them.
func Canonical(value json.RawMessage) (json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		return nil, explainNotFinite(value, notJSON(err))
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not one JSON value: there is more text behind it")
	}
	v, err := plainNumbers(v)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// Digest returns the canonical JSON of a compiled pipeline and its SHA-256 in
// hex, which names the pipeline's version. The value is the pipeline's
// specification or, where it has platform options, an object with both as
// pipeline_spec and platform_spec.
func Digest(pipeline json.RawMessage) (canonical json.RawMessage, digest string, err error) {
	if canonical, err = Canonical(pipeline); err != nil {
		return nil, "", fmt.Errorf("the compiled pipeline: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return canonical, hex.EncodeToString(sum[:]), nil
}

func notJSON(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("not JSON: the text ends too early")
	}
	return fmt.Errorf("not JSON: %w", err)
}

func plainNumbers(v any) (any, error) {
	var err error
	switch v := v.(type) {
	case json.Number:
		text, err := NumberText(string(v))
		return json.Number(text), err
	case []any:
		for i := range v {
			if v[i], err = plainNumbers(v[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for k := range v {
			if v[k], err = plainNumbers(v[k]); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// NumberText returns a JSON number as KFP hands numbers to programs: without a
// fraction that says nothing, and without an exponent but for floats of 1e21 and
// more.
//
//	2.0  → 2        1e-9 → 0.000000001      9007199254740993 → 9007199254740993
//	1e21 → 1e+21
//
// Whole numbers that are written out keep all their digits; others are float64.
func NumberText(number string) (string, error) {
	digits := strings.TrimPrefix(number, "-")
	if digits != "" && strings.Trim(digits, "0123456789") == "" {
		if digits == "0" {
			return "0", nil
		}
		return number, nil
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return "", fmt.Errorf("number %s is out of range", number)
	}
	return FloatText(f), nil
}

// FloatText is the text of a finite number, as [NumberText] writes it.
func FloatText(f float64) string {
	switch {
	case f == 0:
		return "0"
	case math.Abs(f) >= 1e21:
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// Text returns a JSON value as a program sees it on its command line: a string
// as it is, anything else as its [Canonical] text.
func Text(value json.RawMessage) (string, error) {
	if KindOf(value) == KindString {
		var s string
		if err := json.Unmarshal(value, &s); err != nil {
			return "", notJSON(err)
		}
		return s, nil
	}
	text, err := Canonical(value)
	return string(text), err
}

// QuoteText returns the JSON string whose value is s.
func QuoteText(s string) json.RawMessage {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return text
}

// EncodeParameter returns the text of a JSON value that Argo can carry: the
// [Canonical] text in ASCII, with `{{` written `{\u007b` and `$` `\u0024`.
func EncodeParameter(value json.RawMessage) (string, error) {
	text, err := Canonical(value)
	if err != nil {
		return "", err
	}
	return Shield(text), nil
}

// Shield escapes JSON text so that it survives Argo's template engine and the
// kubelet: every character that is not printable ASCII, every `$`, and every
// `{` that follows a `{` becomes a \u escape. Such characters occur in JSON
// only within strings, so the value stays the same; the text may span lines
// between its tokens.
func Shield(text json.RawMessage) string {
	var b strings.Builder
	previous := byte(0)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '\n', r == '\t', r == '\r', r >= ' ' && r < 0x7f && r != '$' && (r != '{' || previous != '{'):
			b.WriteByte(byte(r))
		default:
			writeEscape(&b, r)
		}
		previous = text[size-1]
		text = text[size:]
	}
	return b.String()
}

func writeEscape(b *strings.Builder, r rune) {
	if r1, r2 := utf16.EncodeRune(r); r1 != utf8.RuneError {
		fmt.Fprintf(b, `\u%04x\u%04x`, r1, r2)
		return
	}
	fmt.Fprintf(b, `\u%04x`, r)
}

// ErrorMark begins a text that replaces a value that could not be
// made: what follows it says why. No JSON text begins so. Expressions pass on
// such a text where they would fail otherwise, because Argo puts an expression
// that fails where its value should be, and goes on.
const ErrorMark = "!"

var errNotEvaluated = errors.New("Argo could not evaluate the expression for its value")

// DecodeParameter reads what [EncodeParameter] wrote, or any other JSON text.
// It returns nil for the empty text, which means that there is no value. The
// error is for text that is not JSON, or what a text with an [ErrorMark] says.
func DecodeParameter(text string) (json.RawMessage, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	if reason, ok := strings.CutPrefix(text, ErrorMark); ok {
		return nil, errors.New(reason)
	}
	if strings.HasPrefix(text, "{{=") {
		return nil, errNotEvaluated
	}
	return Canonical(json.RawMessage(text))
}

// Kind is the JSON kind of a value.
type Kind int

// The JSON kinds.
const (
	KindInvalid Kind = iota
	KindNull
	KindBool
	KindNumber
	KindString
	KindList
	KindStruct
)

// String returns the kind in the words of KFP's types.
func (k Kind) String() string {
	return [...]string{"no value", "null", "a boolean", "a number", "a string", "a list", "a struct"}[k]
}

// KindOf returns the kind of a JSON text by its first character.
func KindOf(value json.RawMessage) Kind {
	value = bytes.TrimLeft(value, " \t\r\n")
	if len(value) == 0 {
		return KindInvalid
	}
	switch c := value[0]; {
	case c == 'n':
		return KindNull
	case c == 't', c == 'f':
		return KindBool
	case c == '"':
		return KindString
	case c == '[':
		return KindList
	case c == '{':
		return KindStruct
	case c == '-', c >= '0' && c <= '9':
		return KindNumber
	}
	return KindInvalid
}
