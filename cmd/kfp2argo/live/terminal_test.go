package live_test

import (
	"regexp"
	"strconv"
	"strings"
)

// terminal is a terminal that knows what a screen makes use of, and refuses
// everything else.
type terminal struct {
	columns, rows int
	lines         [][]rune
	row, column   int
}

var sequence = regexp.MustCompile(`^\x1b\[(\??)(\d*)([A-Za-z])`)

func (t *terminal) Write(text []byte) (int, error) {
	rest := string(text)
	for rest != "" {
		if m := sequence.FindStringSubmatch(rest); m != nil {
			t.control(m[1], m[2], m[3])
			rest = rest[len(m[0]):]
			continue
		}
		r := []rune(rest)[0]
		rest = rest[len(string(r)):]
		switch {
		case r == '\n':
			t.row, t.column = t.row+1, 0
		case r == '\r':
			t.column = 0
		case r < ' ':
			panic("the terminal does not know " + strconv.Quote(string(r)))
		default:
			t.put(r)
		}
	}
	return len(text), nil
}

func (t *terminal) put(r rune) {
	if t.column == t.columns {
		t.row, t.column = t.row+1, 0
	}
	t.grow()
	for len(t.lines[t.row]) <= t.column {
		t.lines[t.row] = append(t.lines[t.row], ' ')
	}
	t.lines[t.row][t.column] = r
	t.column++
}

func (t *terminal) grow() {
	for len(t.lines) <= t.row {
		t.lines = append(t.lines, nil)
	}
}

func (t *terminal) control(private, number, letter string) {
	n, _ := strconv.Atoi(number)
	t.grow()
	switch private + letter {
	case "?h", "?l", "m":
	case "A":
		// What has gone up cannot be reached.
		t.row = max(t.row-n, len(t.lines)-t.rows, 0)
	case "K":
		t.lines[t.row] = t.lines[t.row][:min(t.column, len(t.lines[t.row]))]
	case "J":
		t.lines = t.lines[:t.row+1]
		t.lines[t.row] = nil
	default:
		panic("the terminal does not know " + private + number + letter)
	}
}

// visible is what is on the terminal, all what has gone up as well.
func (t *terminal) visible() string { return shown(t.lines[max(0, len(t.lines)-t.rows):]) }
func (t *terminal) all() string     { return shown(t.lines) }

func shown(lines [][]rune) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(strings.TrimRight(string(line), " ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}
