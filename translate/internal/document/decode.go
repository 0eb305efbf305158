package document

import (
	"fmt"
	"iter"
	"reflect"

	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// Bounds on what a document may make the decoder do.
const (
	maxDepth  = 500     // levels of nesting
	maxCopied = 100_000 // nodes read through aliases
)

// decoder fills the structs of this package from YAML nodes, by reflection.
// It is the only place in the translator that knows values of unknown type.
type decoder struct {
	report  *diag.Report
	lines   [][]rune
	shapes  map[reflect.Type]shape
	path    path
	depth   int
	open    map[*yaml.Node]bool // anchored nodes that are being read
	aliases int                 // aliases that are being read through
	copied  int                 // nodes that were read through aliases
	refused map[diag.Span]bool  // values of a wrong type
}

// newDecoder returns a decoder for one source.
func newDecoder(src diag.Source, report *diag.Report) *decoder {
	d := &decoder{
		report:  report,
		shapes:  map[reflect.Type]shape{},
		open:    map[*yaml.Node]bool{},
		refused: map[diag.Span]bool{},
	}
	for _, line := range src.Lines() {
		d.lines = append(d.lines, []rune(line))
	}
	return d
}

// field is a value that knows how to read itself from a node: the scalars,
// [Value] and [Map]. Structs, pointers and slices are read by reflection.
type field interface {
	read(d *decoder, n *yaml.Node)
}

// decode reads a node into what target points to.
func (d *decoder) decode(target any, n *yaml.Node) {
	d.value(reflect.ValueOf(target).Elem(), n)
}

// value reads a node into v.
func (d *decoder) value(v reflect.Value, n *yaml.Node) {
	d.visit(n, func(n *yaml.Node) {
		if f, ok := v.Addr().Interface().(field); ok {
			f.read(d, n)
			return
		}
		switch v.Kind() {
		case reflect.Struct:
			d.message(v, n)
		case reflect.Pointer:
			if !isNull(n) {
				v.Set(reflect.New(v.Type().Elem()))
				d.message(v.Elem(), n)
			}
		case reflect.Slice:
			d.list(v, n)
		default:
			panic(fmt.Sprintf("document: no field can have the type %v", v.Type()))
		}
	})
}

// visit calls read with n, or with the node that n is an alias of. Where that
// would not end, it reports so instead.
func (d *decoder) visit(n *yaml.Node, read func(*yaml.Node)) {
	if d.depth == maxDepth {
		d.tooDeep(n)
		return
	}
	d.depth++
	defer func() { d.depth-- }()
	if n.Kind == yaml.AliasNode {
		d.visitAlias(n, read)
		return
	}
	if d.aliases > 0 {
		d.copied++
		if d.copied > maxCopied {
			d.tooManyAliases(n)
			return
		}
	}
	if n.Anchor != "" {
		d.open[n] = true
		defer delete(d.open, n)
	}
	read(n)
}

// visitAlias visits the node that an alias stands for.
func (d *decoder) visitAlias(n *yaml.Node, read func(*yaml.Node)) {
	if d.open[n.Alias] {
		d.aliasCycle(n)
		return
	}
	d.aliases++
	d.visit(n.Alias, read)
	d.aliases--
}

// message reads a mapping into a struct. Null reads as an empty message.
func (d *decoder) message(v reflect.Value, n *yaml.Node) {
	v.FieldByName(spanField).Set(reflect.ValueOf(d.span(n)))
	if isNull(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		d.wrongType(n, "a mapping")
		return
	}
	s := d.shape(v.Type())
	seen := map[string]*yaml.Node{}
	groups := map[string]*yaml.Node{}
	for key, value := range d.pairs(n) {
		f := s.field(key.Value)
		if f == nil {
			d.unknownField(key, s)
			continue
		}
		if first, twice := seen[f.name]; twice {
			d.duplicateKey(key, first)
			continue
		}
		seen[f.name] = key
		if other := groups[f.oneof]; other != nil && !isNull(value) {
			d.oneofConflict(key, other)
		} else if f.oneof != "" && !isNull(value) {
			groups[f.oneof] = key
		}
		d.in(f.name, func() { d.messageField(v.Field(f.index), *f, value) })
	}
}

// messageField reads a node into one field of a struct.
func (d *decoder) messageField(v reflect.Value, f fieldShape, n *yaml.Node) {
	if !f.object {
		d.value(v, n)
		return
	}
	d.visit(n, func(n *yaml.Node) { d.objectField(v, n) })
}

// objectField reads a node into a field whose value must be an object:
// protobuf's Struct, for which null means not set.
func (d *decoder) objectField(v reflect.Value, n *yaml.Node) {
	target, ok := v.Addr().Interface().(*Value)
	if !ok {
		panic(fmt.Sprintf("document: a field of type %v holds no object", v.Type()))
	}
	if !isNull(n) && d.requireMapping(n) {
		target.read(d, n)
	}
}

// requireMapping reports anything but a mapping.
func (d *decoder) requireMapping(n *yaml.Node) bool {
	if n.Kind == yaml.MappingNode {
		return true
	}
	d.wrongType(n, "a mapping")
	return false
}

// shape returns the shape of a struct type.
func (d *decoder) shape(t reflect.Type) shape {
	s, ok := d.shapes[t]
	if !ok {
		s = newShape(t)
		d.shapes[t] = s
	}
	return s
}

// list reads a list into a slice. Null reads as the empty list.
func (d *decoder) list(v reflect.Value, n *yaml.Node) {
	if isNull(n) {
		return
	}
	if n.Kind != yaml.SequenceNode {
		d.wrongType(n, "a list")
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		d.in(fmt.Sprintf("[%d]", i), func() { d.element(v.Index(i), item) })
	}
}

// element reads a node into an element of a list or a map. Unlike a field, an
// element cannot be left out, so that null is a mistake unless it is a value
// of its own.
func (d *decoder) element(v reflect.Value, n *yaml.Node) {
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if _, isValue := v.Addr().Interface().(*Value); !isValue && isNull(n) {
		d.nullElement(n)
	}
	d.value(v, n)
}

// read reads a mapping with keys of the author's choice.
func (m *Map[T]) read(d *decoder, n *yaml.Node) {
	if isNull(n) || !d.requireMapping(n) {
		return
	}
	seen := map[string]*yaml.Node{}
	for key, value := range d.pairs(n) {
		if first, twice := seen[key.Value]; twice {
			d.duplicateKey(key, first)
			continue
		}
		seen[key.Value] = key
		e := Entry[T]{Key: Text{Value: key.Value, Set: true, Span: d.span(key)}}
		d.in(key.Value, func() { d.element(reflect.ValueOf(&e.Value).Elem(), value) })
		*m = append(*m, e)
	}
}

// read reads the settings for Kubernetes, and the names of other platforms.
func (p *Platforms) read(d *decoder, n *yaml.Node) {
	if isNull(n) || !d.requireMapping(n) {
		return
	}
	var first *yaml.Node
	for key, value := range d.pairs(n) {
		switch {
		case key.Value != kubernetesPlatform:
			p.Others = append(p.Others, Text{Value: key.Value, Set: true, Span: d.span(key)})
		case first != nil:
			d.duplicateKey(key, first)
		default:
			first = key
			d.in(key.Value, func() { d.element(reflect.ValueOf(&p.Kubernetes).Elem(), value) })
		}
	}
}

// kubernetesPlatform is the key of the settings for Kubernetes.
const kubernetesPlatform = "kubernetes"

// pairs yields the keys and values of a mapping. The keys are scalars, and
// their text is the key, whatever type YAML gives it; others are reported.
func (d *decoder) pairs(n *yaml.Node) iter.Seq2[*yaml.Node, *yaml.Node] {
	return func(yield func(key, value *yaml.Node) bool) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind == yaml.AliasNode {
				key = key.Alias
			}
			switch {
			case key.Kind != yaml.ScalarNode:
				d.compositeKey(key)
			case key.Tag == "!!merge":
				d.mergeKey(key)
			case !yield(key, n.Content[i+1]):
				return
			}
		}
	}
}

// isNull reports whether a node is null, directly or through an alias.
func isNull(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}
