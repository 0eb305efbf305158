package pages

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate"
)

// TestTerminal turns what is written for a terminal into HTML.
func TestTerminal(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                                  "plain",
		"<b>&\"'":                                "&lt;b&gt;&amp;&#34;&#39;",
		"\x1b[31mred\x1b[0m plain":               `<span class="c1">red</span> plain`,
		"\x1b[1;32mbold\x1b[22mgreen":            `<span class="bold c2">bold</span><span class="c2">green</span>`,
		"\x1b[38;5;31mx\x1b[48;2;1;31;4my":       "xy",
		"\x1b[2J\x1b[10;20Hx\x1b(B":              "xB",
		"\x1b]0;title\ax\x1b]8;;http://a\x1b\\y": "xy",
		"10%\r50%\r100%\r":                       "100%",
		"a\x00\x07b\u202ec\x7f\u009bd\t":         "abcd\t",
		"\x1b":                                   "",
		"\x1b[":                                  "",
		"\x1b]never ends <script>":               "",
	} {
		var terminal terminal
		require.Equal(t, want, terminal.line(text), "%q", text)
	}
}

// FuzzTerminal makes nothing but text and spans of any bytes.
func FuzzTerminal(f *testing.F) {
	f.Add("\x1b[31m<script>\x1b[0m", "a\x1b]x\x1b\\b")
	f.Fuzz(func(t *testing.T, first, second string) {
		var terminal terminal
		for _, line := range []string{first, second} {
			requireSpans(t, terminal.line(line))
		}
	})
}

func requireSpans(t *testing.T, text string) {
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.TextToken:
		case html.StartTagToken, html.EndTagToken:
			token := z.Token()
			if token.Data != "span" || len(token.Attr) > 1 {
				t.Fatalf("%q has %v", text, token)
			}
		default:
			t.Fatalf("%q has %v", text, z.Token())
		}
	}
}

// FuzzPreview shows any bytes as an artifact of any type.
func FuzzPreview(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", `{"a": 1}` + "\n" + `{"b": [2]}`, "# x\n<b>", "\x89PNG\r\n", "<svg>", "\xff", "PAR1\x15\x00\x00PAR1"} {
		f.Add(seed, "system.Dataset")
		f.Add(seed, "system.Markdown")
		f.Add(seed, "system.ClassificationMetrics")
	}
	f.Fuzz(func(t *testing.T, text, kind string) {
		a := contract.RuntimeArtifact{Type: contract.ArtifactType{SchemaTitle: kind}}
		if json.Valid([]byte(text)) {
			a.Metadata = map[string]json.RawMessage{"confidenceMetrics": json.RawMessage(text), "confusionMatrix": json.RawMessage(text), "x": json.RawMessage(text)}
		}
		var p preview
		p.metadata(a)
		p.bytes(a, []byte(text))
		if p.Table != nil {
			for _, row := range p.Table.Rows {
				require.LessOrEqual(t, len(row), maxColumns)
			}
		}
		require.NotContains(t, strings.ToLower(string(p.Markdown)), "<script")
	})
}

// FuzzFilter reads any address, and the address of what it has read as the same.
func FuzzFilter(f *testing.F) {
	f.Add("text=a&state=FAILED&column=m:x&columns=chosen&sort=-m:x&page=3")
	f.Fuzz(func(t *testing.T, query string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		first := filterOf(q)
		u, err := url.Parse(first.address())
		require.NoError(t, err)
		again := filterOf(u.Query())
		if !first.chosen {
			first.Columns = nil // they count only where they are chosen
		}
		require.Equal(t, first, again)
	})
}

// TestGiven reads what a form says of inputs.
func TestGiven(t *testing.T) {
	p := &translate.Pipeline{Inputs: []translate.Input{
		{Name: "text", Type: "STRING"}, {Name: "maybe", Type: "STRING", Optional: true}, {Name: "with", Type: "STRING", Default: json.RawMessage(`"x"`)},
		{Name: "n", Type: "NUMBER_INTEGER"}, {Name: "list", Type: "LIST", Optional: true}, {Name: "model", Type: "system.Model", Artifact: true},
	}}
	form := func(pairs ...string) url.Values {
		q := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			q.Set(fieldPrefix+pairs[i], pairs[i+1])
		}
		return q
	}
	got, err := given(p, form("text", "a\r\n\"<b>\"", "maybe", "", "with", "", "n", " 5 ", "list", "", "model", "x", "other", "y"))
	require.NoError(t, err)
	require.Equal(t, map[string]json.RawMessage{"text": json.RawMessage(`"a\n\"<b>\""`), "with": json.RawMessage(`""`), "n": json.RawMessage("5")}, got)
	_, err = given(p, form("n", "", "list", "[1,"))
	require.EqualError(t, err, "n needs a value\nlist must be a list, as JSON; this is none: [1,")
}
