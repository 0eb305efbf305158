package pages

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf8"
)

// terminal turns what a program wrote for a terminal into HTML: colours and bold
// as styles, all else that a terminal obeys as nothing. It remembers the style
// from line to line.
type terminal struct {
	bold, faint, italic, underline bool
	color                          int // one to eight; zero is none
}

// line writes one line, without its end. The result has no line break, and no
// markup but spans.
func (t *terminal) line(text string) string {
	// A line that was written over is what was written last.
	text = strings.TrimRight(text, "\r")
	if i := strings.LastIndexByte(text, '\r'); i >= 0 {
		text = text[i+1:]
	}
	var out strings.Builder
	for text != "" {
		plain, rest, found := strings.Cut(text, "\x1b")
		t.plain(&out, plain)
		if !found {
			break
		}
		text = t.escape(rest)
	}
	return out.String()
}

// plain writes text that is nothing but text.
func (t *terminal) plain(out *strings.Builder, text string) {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return r
		case r < ' ', r >= 0x7f && r < 0xa0, r == utf8.RuneError:
			return -1
		case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
			return -1 // they turn the direction of what follows
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
	if text == "" {
		return
	}
	class := t.class()
	if class == "" {
		out.WriteString(html.EscapeString(text))
		return
	}
	out.WriteString(`<span class="` + class + `">` + html.EscapeString(text) + "</span>")
}

func (t *terminal) class() string {
	var all []string
	for _, s := range []struct {
		name string
		on   bool
	}{{"bold", t.bold}, {"faint", t.faint}, {"italic", t.italic}, {"underline", t.underline}} {
		if s.on {
			all = append(all, s.name)
		}
	}
	if t.color > 0 {
		all = append(all, "c"+strconv.Itoa(t.color-1))
	}
	return strings.Join(all, " ")
}

// escape obeys or passes over what follows an escape, and returns the rest.
func (t *terminal) escape(text string) string {
	if text == "" {
		return ""
	}
	switch text[0] {
	case '[': // up to a letter, or one of @ [ \ ] ^ _ ` { | } ~
		for i := 1; i < len(text); i++ {
			if text[i] >= '@' && text[i] <= '~' {
				if text[i] == 'm' {
					t.style(text[1:i])
				}
				return text[i+1:]
			}
		}
		return ""
	case ']', 'P', 'X', '^', '_': // up to a bell, or an escape and a backslash
		for i := 1; i < len(text); i++ {
			if text[i] == '\a' {
				return text[i+1:]
			}
			if text[i] == '\x1b' {
				return strings.TrimPrefix(text[i+1:], "\\")
			}
		}
		return ""
	}
	_, size := utf8.DecodeRuneInString(text)
	return text[size:]
}

// style obeys the numbers of a style.
func (t *terminal) style(codes string) {
	numbers := strings.FieldsFunc(codes, func(r rune) bool { return r == ';' || r == ':' })
	if len(numbers) == 0 {
		*t = terminal{}
	}
	for i := 0; i < len(numbers); i++ {
		n, err := strconv.Atoi(numbers[i])
		if err != nil {
			return
		}
		switch {
		case n == 38 || n == 48: // a colour of more numbers: 38;5;N, 38;2;R;G;B
			i += extended(numbers[i+1:])
		case n >= 30 && n <= 39, n >= 90 && n <= 97:
			t.color = colorOf(n)
		default:
			t.switchTo(n)
		}
	}
}

// colorOf is the colour that a number means, plain or bright, or zero for none.
func colorOf(n int) int {
	switch {
	case n <= 37:
		return n - 29
	case n >= 90:
		return n - 89
	}
	return 0
}

// switchTo obeys a number that is no colour.
func (t *terminal) switchTo(n int) {
	switch n {
	case 0:
		*t = terminal{}
	case 1:
		t.bold = true
	case 2:
		t.faint = true
	case 3:
		t.italic = true
	case 4:
		t.underline = true
	case 22:
		t.bold, t.faint = false, false
	case 23:
		t.italic = false
	case 24:
		t.underline = false
	}
}

// extended is how many numbers follow that belong to a colour of many.
func extended(numbers []string) int {
	if len(numbers) == 0 {
		return 0
	}
	switch numbers[0] {
	case "5":
		return 2
	case "2":
		return 4
	}
	return 0
}
