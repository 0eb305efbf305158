package printer

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// lineWidth is how long a mapping or list may be to fit on one line.
const lineWidth = 88

// style chooses how each node is written.
func style(root *yaml.Node) {
	for _, child := range root.Content {
		styleNode(child, false)
	}
}

// styleNode styles a node. An item of a list may be on one line as a
// whole; elsewhere that is for lists of scalars and for mappings of one key.
func styleNode(node *yaml.Node, item bool) {
	switch node.Kind {
	case yaml.ScalarNode:
		node.Style = scalarStyle(node)
	case yaml.MappingNode:
		for i := 1; i < len(node.Content); i += 2 {
			styleNode(node.Content[i-1], false)
			styleNode(node.Content[i], false)
		}
		if (item || len(node.Content) == 2 && !nested(node.Content[1])) && fitsLine(node) {
			node.Style = yaml.FlowStyle
		}
	case yaml.SequenceNode:
		for _, child := range node.Content {
			styleNode(child, true)
		}
		if scalars(node) && fitsLine(node) {
			node.Style = yaml.FlowStyle
		}
	}
}

// nested reports whether a node holds mappings or lists of them.
func nested(node *yaml.Node) bool {
	return node.Kind == yaml.MappingNode && len(node.Content) > 0 || node.Kind == yaml.SequenceNode && !scalars(node)
}

func scalars(node *yaml.Node) bool {
	for _, child := range node.Content {
		if child.Kind != yaml.ScalarNode {
			return false
		}
	}
	return true
}

// fitsLine reports whether a node reads well on one line: it is short, not
// deep, and none of its texts needs a block.
func fitsLine(node *yaml.Node) bool {
	width, ok := flowWidth(node, 2)
	return ok && width <= lineWidth
}

func flowWidth(node *yaml.Node, depth int) (int, bool) {
	if node.Kind == yaml.ScalarNode {
		block := node.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
		return len(node.Value) + 2, !block
	}
	if depth == 0 {
		return 0, false
	}
	width := 2
	for _, child := range node.Content {
		w, ok := flowWidth(child, depth-1)
		if !ok {
			return 0, false
		}
		width += w + 1
	}
	return width, true
}

// scalarStyle keeps texts readable: several lines as a block, a text that
// would need escapes in quotes as a folded block, and quotes where YAML 1.1
// would read a text as something else.
func scalarStyle(node *yaml.Node) yaml.Style {
	value := node.Value
	switch {
	case node.Tag != "!!str":
		return 0
	case strings.Contains(value, "\n") && blockable(value):
		return yaml.LiteralStyle
	case !plainSafe(value):
		return quoted(value)
	}
	return 0
}

// blockable reports whether a literal block can hold a text, and whether the
// encoder agrees: it does not where a line ends in a space, or where a
// character has more than sixteen bits.
func blockable(value string) bool {
	if strings.HasPrefix(value, " ") || strings.HasPrefix(value, "\t") || strings.Trim(value, "\n") == "" {
		return false
	}
	return !strings.HasSuffix(value, " ") && !strings.Contains(value, " \n") && !strings.ContainsFunc(value, unblockable)
}

func unblockable(r rune) bool {
	switch {
	case r == '\n', r == '\t', r >= ' ' && r < 0x7f, r >= 0xa0 && r <= 0xfffd:
		return r == 0x2028 || r == 0x2029 || r == 0xfeff
	}
	return true
}

// quoted chooses the quotes that a text needs no escapes in, or a folded block
// where either kind would need some.
func quoted(value string) yaml.Style {
	single := strings.Contains(value, "'")
	double := strings.ContainsAny(value, `"\`)
	switch {
	case strings.Contains(value, "\n"):
		return yaml.DoubleQuotedStyle
	case !single:
		return yaml.SingleQuotedStyle
	case !double:
		return yaml.DoubleQuotedStyle
	case printable(value) && strings.TrimSpace(value) == value:
		return yaml.FoldedStyle
	}
	return yaml.DoubleQuotedStyle
}

func printable(value string) bool {
	return !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// otherInYAML11 matches texts that YAML 1.1 or 1.2 reads as a boolean, a null, a
// number or a time.
var otherInYAML11 = regexp.MustCompile(
	`^(?i:y|n|yes|no|on|off|true|false|null|~|)$|^[-+.]?[0-9][-+0-9a-fA-F_.:eExXoO]*$|^[-+]?\.(?i:inf|nan)$|^(-|=|<<?)$`)

// isOther reports whether YAML 1.1 or 1.2 reads a text as something else. The words
// among what it looks for are short, and the rest begins like a number.
func isOther(value string) bool {
	return (len(value) <= len("false") || strings.IndexAny(value[:1], "+-.0123456789") == 0) && otherInYAML11.MatchString(value)
}

// hasIndicator reports whether a text has something that YAML would not take as a
// part of a plain one.
func hasIndicator(value string) bool {
	return strings.IndexAny(value[:1], "-?:,[]{}#&*!|>'\"%@` \t") == 0 || strings.HasPrefix(value, "...") ||
		strings.HasSuffix(value, ":") || strings.HasSuffix(value, " ") ||
		strings.Contains(value, ": ") || strings.Contains(value, " #") || strings.ContainsAny(value, "\n\r\t")
}

// plainSafe reports whether a text may stand without quotes.
func plainSafe(value string) bool {
	if dash := strings.TrimPrefix(value, "-"); dash != value && dash != "" && dash[0] != ' ' {
		value = dash // an option such as --flag or -c
		if value[0] == '-' {
			return !isOther(value) && !hasIndicator("x"+value)
		}
	}
	return !isOther(value) && !hasIndicator(value) && printable(value)
}
