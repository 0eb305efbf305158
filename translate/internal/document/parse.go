package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// parse returns the documents of a source as far as they can be parsed, and
// whether that is all of them.
func (d *decoder) parse(src diag.Source) (nodes []*yaml.Node, whole bool) {
	if what, hint := notText(src.Text); what != "" {
		d.noText(what, hint)
		return nil, false
	}
	if at, what := foreignCharacter(src.Text); what != "" {
		d.invalidCharacter(d.offsetSpan(src, at), what)
		return nil, false
	}
	src.Text = translateJSON(commentHeader(src.Text))
	nodes, err := parseAll(src.Text)
	if err != nil && filepath.Ext(src.Name) == ".py" {
		d.pythonFile()
		return nil, false
	}
	if err != nil {
		line, problem := syntaxPlace(src, err)
		d.syntaxError(line, problem)
	}
	return nodes, err == nil
}

// parseAll parses the documents of a text up to the first error.
func parseAll(text []byte) (nodes []*yaml.Node, err error) {
	// The parser is known to panic on rare malformed input; to the person who
	// wrote it that is a syntax error like another.
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: %v", p)
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var n yaml.Node
		switch err := dec.Decode(&n); {
		case errors.Is(err, io.EOF):
			return nodes, nil
		case err != nil:
			return nodes, err
		case n.Kind == yaml.DocumentNode && len(n.Content) == 1:
			nodes = append(nodes, n.Content[0])
		}
	}
}

// jsonString matches the strings of a JSON text. jsonEscape matches in them
// what YAML lacks, an escaped slash and the two escapes that spell a character
// beyond U+FFFF, and an escaped backslash, to step over it.
var (
	jsonString = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
	jsonEscape = regexp.MustCompile(`\\\\|\\/|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)
)

// translateJSON rewrites the escapes that YAML lacks, where the text is JSON.
// Space after a string makes up for its shorter text, so that all places stay
// as they are.
//
//	"\ud83d\ude80", "1\/2"    "\U0001F680"  , "1/2"
func translateJSON(text []byte) []byte {
	if !jsonEscape.Match(text) || !json.Valid(text) {
		return text
	}
	return jsonString.ReplaceAllFunc(text, func(quoted []byte) []byte {
		translated := jsonEscape.ReplaceAllFunc(quoted, translateEscape)
		return append(translated, bytes.Repeat([]byte(" "), len(quoted)-len(translated))...)
	})
}

// translateEscape rewrites one match of jsonEscape.
func translateEscape(found []byte) []byte {
	switch string(found) {
	case `\\`:
		return found
	case `\/`:
		return []byte("/")
	}
	return fmt.Appendf(nil, `\U%08X`, utf16.DecodeRune(codeUnit(found[:6]), codeUnit(found[6:])))
}

// codeUnit returns the number in an escape such as \ud83d.
func codeUnit(escape []byte) rune {
	code, err := strconv.ParseUint(string(escape[2:]), 16, 16)
	if err != nil {
		panic(err) // its form has been matched
	}
	return rune(code)
}

// foreignCharacter returns the offset of the first character that YAML does
// not allow and a description of it, empty if there is none.
func foreignCharacter(text []byte) (offset int, what string) {
	for offset < len(text) {
		r, size := utf8.DecodeRune(text[offset:])
		switch {
		case r == utf8.RuneError && size == 1:
			return offset, "a byte that is not UTF-8"
		case r == '\ufeff' && offset == 0, allowedInYAML(r):
			offset += size
		default:
			return offset, fmt.Sprintf("the character %U", r)
		}
	}
	return 0, ""
}

// allowedInYAML reports whether YAML allows a character, also in quotes.
func allowedInYAML(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r', r == '\u0085':
		return true
	case r < ' ', '\u007f' <= r && r < '\u00a0':
		return false
	}
	return r != '\ufeff' && r != '\ufffe' && r != '\uffff'
}

// notText says what a file is that is no text in UTF-8 at all, and what to do
// about it. Both are empty for what may be one.
func notText(text []byte) (what, hint string) {
	const unicodeHint = "save the file as UTF-8; in PowerShell, end the command with | Out-File -Encoding utf8 FILE"
	start := text[:min(len(text), 1024)]
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")):
		return "text in UTF-16", unicodeHint
	case bytes.HasPrefix(text, []byte("PK\x03\x04")):
		return "a zip archive", "pass the pipeline that is in it"
	case bytes.HasPrefix(text, []byte("\x1f\x8b")):
		return "a file that gzip has compressed", "pass what is in it"
	case 4*bytes.Count(start, []byte{0}) > len(start) && !bytes.Contains(start, []byte{0, 0}):
		return "text in UTF-16", unicodeHint
	case controls(start) > max(3, len(start)/32):
		return "a binary file", compileHint
	}
	return "", ""
}

// controls counts the control characters that no text has.
func controls(text []byte) int {
	count := 0
	for _, b := range text {
		if b < ' ' && b != '\t' && b != '\n' && b != '\r' && b != '\x1b' {
			count++
		}
	}
	return count
}

// offsetSpan returns the place of a byte offset.
func (d *decoder) offsetSpan(src diag.Source, offset int) diag.Span {
	before := diag.Source{Text: src.Text[:offset]}.Lines()
	return diag.Span{Line: len(before), Column: len([]rune(before[len(before)-1])) + 1, Width: 1}
}

// parserError matches the parser's errors. Those on the first line, and some
// others, have no line.
var parserError = regexp.MustCompile(`^yaml: (?:line (\d+): )?((?s).*)$`)

// syntaxPlace returns the line of a syntax error, counted from one, and what
// is wrong there.
//
// Scanning errors carry the line of the mistake, but parsing errors, "did not
// find expected ...", that of the construct around it, often hundreds of lines
// above. Their line is found by asking how much of the text it takes to get
// the error.
func syntaxPlace(src diag.Source, err error) (line int, problem string) {
	lines := src.Lines()
	match := parserError.FindStringSubmatch(err.Error())
	if match == nil {
		return firstLineWith(lines, err), err.Error()
	}
	line, _ = strconv.Atoi(match[1])
	if line == 0 || strings.HasPrefix(match[2], "did not find expected") {
		line = firstLineWith(lines, err)
	}
	return min(line, len(lines)), match[2]
}

// firstLineWith returns the line that a text must be parsed up to for the
// parser to fail with err.
func firstLineWith(lines []string, err error) int {
	return 1 + sort.Search(len(lines)-1, func(last int) bool {
		_, partial := parseAll([]byte(strings.Join(lines[:last+1], "\n") + "\n"))
		return partial != nil && partial.Error() == err.Error()
	})
}

// lineSpan returns the place of a whole line without its indentation.
func (d *decoder) lineSpan(line int) diag.Span {
	if line < 1 || line > len(d.lines) {
		return diag.Span{}
	}
	text := d.lines[line-1]
	start := slices.IndexFunc(text, func(r rune) bool { return r != ' ' && r != '\t' })
	if start < 0 {
		return diag.Span{Line: line, Column: 1, Width: 1}
	}
	return diag.Span{Line: line, Column: start + 1, Width: d.toLineEnd(line, start+1)}
}
