package podspec

import (
	"encoding/json"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// node is JSON with holes that the run fills.
//
//sumtype:decl
type node interface {
	// write writes the node for a text in which the run fills holes.
	write(b *strings.Builder, indent string)
	// json is the node as part of a text that an expression makes.
	json() expression.JSON
}

// literal is JSON without holes.
type literal json.RawMessage

// hole is the JSON text that an expression returns.
type hole expression.JSON

// object and list hold other nodes. The members of an object keep their order,
// so that a name comes first.
type (
	object []member
	list   []node
	member struct {
		key   string
		value node
		// whole, where there is one, returns both the key and the value.
		whole expression.JSON
	}
)

// choice is an object made of a setting, or another where the run has no value
// for it that can be in a pod.
type choice struct {
	setting   expression.Parameter
	then      func(name node) object
	otherwise node
}

func text(s string) literal { return literal(contract.QuoteText(s)) }

// add adds a member that has a value: a list without items has none.
func (o *object) add(key string, value node) {
	switch value := value.(type) {
	case nil:
		return
	case list:
		if len(value) == 0 {
			return
		}
	case object:
		if len(value) == 0 {
			return
		}
	case literal, hole, line, choice:
	}
	*o = append(*o, member{key: key, value: value})
}

// lineWidth is how long a part may be to fit on one line.
const lineWidth = 100

func (l literal) write(b *strings.Builder, _ string) {
	b.WriteString(contract.Shield(json.RawMessage(l)))
}

func (h hole) write(b *strings.Builder, indent string) {
	b.WriteString(tag(expression.JSON(h), indent))
}

func (c choice) write(b *strings.Builder, indent string) { b.WriteString(tag(c.json(), indent)) }

// tag is a tag whose lines stand behind an indent.
func tag(json expression.JSON, indent string) string {
	return strings.ReplaceAll(expression.Hole(json).Tag(), "\n", "\n"+indent)
}

func (o object) write(b *strings.Builder, indent string) {
	parts := make([]func(string) string, len(o))
	for i, m := range o {
		parts[i] = func(indent string) string {
			if !m.whole.IsZero() {
				return tag(m.whole, indent)
			}
			return contract.Shield(contract.QuoteText(m.key)) + ": " + written(m.value, indent)
		}
	}
	writeParts(b, "{", parts, "}", indent)
}

func (l list) write(b *strings.Builder, indent string) {
	parts := make([]func(string) string, len(l))
	for i, n := range l {
		parts[i] = func(indent string) string { return written(n, indent) }
	}
	writeParts(b, "[", parts, "]", indent)
}

// writeParts writes parts on one line if they fit, else a line each.
func writeParts(b *strings.Builder, opening string, parts []func(indent string) string, closing, indent string) {
	var inline, broken []string
	for _, part := range parts {
		inline, broken = append(inline, part("")), append(broken, part(indent+"  "))
	}
	line := opening + strings.Join(inline, ", ") + closing
	if strings.HasPrefix(line, "{{{") {
		line = "{ " + line[1:] // else the brace would be part of the tag
	}
	if len(indent)+len(line) <= lineWidth && !strings.Contains(line, "\n") {
		b.WriteString(line)
		return
	}
	inner := "\n" + indent + "  "
	b.WriteString(opening + inner + strings.Join(broken, ","+inner) + "\n" + indent + closing)
}

func written(n node, indent string) string {
	var b strings.Builder
	n.write(&b, indent)
	return b.String()
}

func (l literal) json() expression.JSON { return expression.KnownJSON(string(l)) }

func (h hole) json() expression.JSON { return expression.JSON(h) }

func (c choice) json() expression.JSON {
	made := func(value expression.Parameter) expression.JSON { return c.then(hole(value.Piece())).json() }
	return expression.IfSetting(c.setting, contract.NameSetting, made, c.otherwise.json())
}

func (o object) json() expression.JSON {
	parts := []expression.JSON{expression.KnownJSON("{")}
	for i, m := range o {
		if i > 0 {
			parts = append(parts, expression.KnownJSON(", "))
		}
		if !m.whole.IsZero() {
			parts = append(parts, m.whole)
			continue
		}
		parts = append(parts, expression.KnownJSON(string(contract.QuoteText(m.key))+": "), m.value.json())
		if _, nested := m.value.(object); nested {
			parts = append(parts, expression.KnownJSON(" ")) // two braces in a row would be escaped
		}
	}
	return expression.Join(append(parts, expression.KnownJSON("}"))...)
}

func (l list) json() expression.JSON {
	parts := []expression.JSON{expression.KnownJSON("[")}
	for i, n := range l {
		if i > 0 {
			parts = append(parts, expression.KnownJSON(", "))
		}
		parts = append(parts, n.json())
	}
	return expression.Join(append(parts, expression.KnownJSON("]"))...)
}

// literals writes values that are known as one node each.
func literals[T any](values []T) []node {
	var all []node
	for _, v := range values {
		all = append(all, known(v))
	}
	return all
}

// known is a value of Kubernetes' own types as JSON.
func known(value any) literal {
	data, err := json.Marshal(value)
	if err != nil {
		panic(err) // Kubernetes' types have a JSON form
	}
	return literal(data)
}

// bare is the text of nodes that are known, separated as in a list.
func bare(nodes []node) string {
	var all []string
	for _, n := range nodes {
		all = append(all, string(n.(literal)))
	}
	return strings.Join(all, ",")
}
