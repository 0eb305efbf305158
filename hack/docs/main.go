// Command docs prints, as one shell script, the commands of the pages that it
// is given: the blocks of Markdown that are marked as sh, word for word. A
// block behind a line <!-- no-run: WHY --> is left out; readers of the page do
// not see that line.
//
//	go run ./hack/docs README.md docs/getting-started.md > script
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func run(pages []string, w io.Writer) error {
	if len(pages) == 0 {
		return errors.New("no page is named")
	}
	var all []block
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			return err
		}
		found, err := blocks(page, string(text))
		if err != nil {
			return err
		}
		all = append(all, found...)
	}
	_, err := io.WriteString(w, script(all))
	return err
}

// block is a block of shell commands in a page.
type block struct {
	page string
	line int // of its first command
	text string
}

const (
	opens = "```sh"
	ends  = "```"
	skips = "<!-- no-run: "
)

// blocks returns the blocks of a page that are to be run, in its order. A block
// may be indented, as it is within a list.
func blocks(page, text string) ([]block, error) {
	var found []block
	var open *block
	skip, indent := false, ""
	for i, line := range strings.Split(text, "\n") {
		plain := strings.TrimLeft(line, " ")
		switch {
		case open == nil && plain == opens:
			open, indent = &block{page: page, line: i + 2}, line[:len(line)-len(plain)]
		case open == nil && plain != "":
			skip = strings.HasPrefix(plain, skips)
		case open != nil && plain == ends:
			if !skip {
				found = append(found, *open)
			}
			open, skip = nil, false
		case open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		}
	}
	if open != nil {
		return nil, fmt.Errorf("%s:%d: the block does not end", page, open.line)
	}
	return found, nil
}

// script returns a script that prints and runs each block and ends with the
// first that fails. Variables and the directory stay from block to block, as in
// the shell of a reader.
func script(all []block) string {
	var b strings.Builder
	b.WriteString("set -euo pipefail\nplace=\ntrap 'echo \"$place: this block has failed\" >&2' ERR\n")
	for _, block := range all {
		fmt.Fprintf(&b, "\nplace=%s:%d\nprintf '\\n== %%s\\n' \"$place\"\n", block.page, block.line)
		fmt.Fprintf(&b, "cat <<'END OF BLOCK'\n%sEND OF BLOCK\n%s", block.text, block.text)
	}
	return b.String()
}
