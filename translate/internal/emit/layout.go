package emit

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// lineWidth is how long a JSON value may be to stand on one line.
const lineWidth = 76

// layOut writes compact JSON for reading: what fits stands on one line, the
// rest is broken and indented. The first line is not indented.
func layOut(text json.RawMessage, indent string) json.RawMessage {
	line := spaced(text)
	if len(indent)+len(line) <= lineWidth || text[0] != '{' && text[0] != '[' {
		return line
	}
	var b bytes.Buffer
	b.WriteByte(text[0])
	separator := "\n"
	decoder := json.NewDecoder(bytes.NewReader(text))
	mustToken(decoder)
	for decoder.More() {
		b.WriteString(separator + indent + "  ")
		if text[0] == '{' {
			fmt.Fprintf(&b, "%s: ", contract.QuoteText(mustToken(decoder).(string)))
		}
		b.Write(layOut(rawValue(decoder), indent+"  "))
		separator = ",\n"
	}
	b.WriteString("\n" + indent)
	b.WriteByte(text[len(text)-1])
	return b.Bytes()
}

// spaced writes compact JSON on one line with a space behind each comma and
// colon outside strings.
func spaced(text json.RawMessage) json.RawMessage {
	var b bytes.Buffer
	quoted, escaped := false, false
	for _, c := range text {
		b.WriteByte(c)
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = c == '\\', c != '"'
		case c == '"':
			quoted = true
		case c == ',' || c == ':':
			b.WriteByte(' ')
		}
	}
	return b.Bytes()
}

func mustToken(decoder *json.Decoder) json.Token {
	token, err := decoder.Token()
	if err != nil {
		panic(err) // the text comes from json.Marshal
	}
	return token
}

func rawValue(decoder *json.Decoder) json.RawMessage {
	var value json.RawMessage
	if err := decoder.Decode(&value); err != nil {
		panic(err) // the text comes from json.Marshal
	}
	return value
}
