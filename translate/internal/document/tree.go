package document

import (
	"bytes"
	"encoding/json"
	"fmt"

	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// Tree is a value whose form is checked elsewhere: a mapping, a list
// or a scalar. The zero Tree is null.
type Tree struct {
	Kind TreeKind
	// Fields are those of a mapping, Items those of a list. None is nil.
	Fields Map[*Tree]
	Items  []*Tree
	// JSON is the text of a scalar.
	JSON json.RawMessage
	Span diag.Span
	node *yaml.Node
}

// TreeKind says what a [Tree] is.
type TreeKind int

// The kinds of trees.
const (
	NullTree TreeKind = iota
	MappingTree
	ListTree
	TextTree
	NumberTree
	BooleanTree
)

// Describe says what the tree is, for a message: `the number 3`, `a list`.
func (t *Tree) Describe() string {
	if t.node == nil {
		return "nothing"
	}
	return describe(t.node)
}

// Text returns the value of a text.
func (t *Tree) Text() string {
	if t.Kind != TextTree {
		return ""
	}
	return t.node.Value
}

// ReadTree reads the only document of a source, in YAML or JSON, as it stands.
// What has no JSON form is reported and reads as null. The tree is nil where
// the source holds no document.
func ReadTree(src diag.Source, report *diag.Report) *Tree {
	d := newDecoder(src, report)
	nodes, _ := d.parse(src)
	var only *Tree
	for _, n := range nodes {
		switch {
		case isNull(n):
		case only != nil:
			d.furtherDocument(n, only.Span)
		default:
			only = d.tree(n)
		}
	}
	return only
}

// tree reads a node.
func (d *decoder) tree(n *yaml.Node) *Tree {
	t := &Tree{}
	d.visit(n, func(n *yaml.Node) {
		t.node, t.Span = n, d.span(n)
		switch n.Kind {
		case yaml.MappingNode:
			t.Kind = MappingTree
			t.Fields = d.treeFields(n)
		case yaml.SequenceNode:
			t.Kind = ListTree
			for i, item := range n.Content {
				d.in(fmt.Sprintf("[%d]", i), func() { t.Items = append(t.Items, d.tree(item)) })
			}
		default:
			d.treeScalar(t)
		}
	})
	return t
}

// treeFields reads the fields of a mapping, each once.
func (d *decoder) treeFields(n *yaml.Node) Map[*Tree] {
	var fields Map[*Tree]
	seen := map[string]*yaml.Node{}
	for key, value := range d.pairs(n) {
		if first, twice := seen[key.Value]; twice {
			d.duplicateKey(key, first)
			continue
		}
		seen[key.Value] = key
		e := Entry[*Tree]{Key: Text{Value: key.Value, Set: true, Span: d.span(key)}}
		d.in(key.Value, func() { e.Value = d.tree(value) })
		fields = append(fields, e)
	}
	return fields
}

// treeScalar reads a scalar.
func (d *decoder) treeScalar(t *Tree) {
	var b bytes.Buffer
	d.writeScalar(&b, t.node)
	t.JSON = b.Bytes()
	switch t.JSON[0] {
	case 'n':
		t.Kind = NullTree
	case '"':
		t.Kind = TextTree
	case 't', 'f':
		t.Kind = BooleanTree
	default:
		t.Kind = NumberTree
	}
}
