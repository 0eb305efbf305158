package document

import (
	"slices"

	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// span returns the place of a node: of a scalar all of it that is on its
// first line, of a mapping or a list in braces the brace, and of one that is
// indented the rest of its first line.
func (d *decoder) span(n *yaml.Node) diag.Span {
	line := min(max(n.Line, 1), len(d.lines))
	column := min(max(n.Column, 1), len(d.lines[line-1])+1)
	column = d.skipProperties(n, line, column)
	return diag.Span{Line: line, Column: column, Width: d.width(n, line, column)}
}

// skipProperties returns the column of a node after its anchor and its tag,
// which the parser counts as part of it. A node that starts on a later line
// is placed at its properties.
func (d *decoder) skipProperties(n *yaml.Node, line, column int) int {
	if n.Anchor == "" && n.Style&yaml.TaggedStyle == 0 {
		return column
	}
	text, at := d.lines[line-1], column-1
	for at < len(text) && (text[at] == '&' || text[at] == '!') {
		for at < len(text) && text[at] != ' ' && text[at] != '\t' {
			at++
		}
		for at < len(text) && (text[at] == ' ' || text[at] == '\t') {
			at++
		}
	}
	if at == len(text) {
		return column
	}
	return at + 1
}

// width returns how many characters of a line belong to the node that starts
// in a column.
func (d *decoder) width(n *yaml.Node, line, column int) int {
	rest := d.lines[line-1][column-1:]
	switch {
	case n.Kind == yaml.AliasNode:
		return min(1+len([]rune(n.Value)), max(1, len(rest)))
	case n.Kind != yaml.ScalarNode && n.Style&yaml.FlowStyle != 0:
		return 1
	case n.Kind != yaml.ScalarNode:
		return d.toLineEnd(line, column)
	case len(rest) == 0 || n.Value == "" && n.Style&^yaml.TaggedStyle == 0:
		return 1
	case n.Style&yaml.DoubleQuotedStyle != 0 && rest[0] == '"', n.Style&yaml.SingleQuotedStyle != 0 && rest[0] == '\'':
		return d.quotedWidth(line, column)
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return 1
	}
	if value := []rune(n.Value); len(value) <= len(rest) && slices.Equal(value, rest[:len(value)]) {
		return len(value)
	}
	return d.toLineEnd(line, column)
}

// quotedWidth returns the width of the quoted scalar in a column, or of its
// first line.
func (d *decoder) quotedWidth(line, column int) int {
	rest := d.lines[line-1][column-1:]
	quote := rest[0]
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == '\\' && quote == '"':
			i++
		case rest[i] == quote && quote == '\'' && i+1 < len(rest) && rest[i+1] == quote:
			i++
		case rest[i] == quote:
			return i + 1
		}
	}
	return d.toLineEnd(line, column)
}

// toLineEnd returns the width of what is on a line from a column on.
func (d *decoder) toLineEnd(line, column int) int {
	rest := d.lines[line-1][column-1:]
	for len(rest) > 1 && (rest[len(rest)-1] == ' ' || rest[len(rest)-1] == '\t') {
		rest = rest[:len(rest)-1]
	}
	return max(1, len(rest))
}
