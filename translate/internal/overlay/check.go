package overlay

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// checker holds a tree against Argo's types and makes a strategic merge patch
// of it.
type checker struct {
	messages
	path path
	// reserved holds the fields that are not for patches, by their paths below
	// the start, with what to say about them.
	reserved map[string]string
}

// patchDirective is the key by which an item of a list that is merged says what
// becomes of what is there: `{name: x, $patch: delete}` deletes the item x, and
// `{$patch: replace}` all items.
const patchDirective = "$patch"

// value checks a value of a type and returns it as JSON is in Go; null stands
// for what is wrong.
func (c *checker) value(t reflect.Type, n *document.Tree) any {
	t = plain(t)
	switch {
	case n.Kind == document.NullTree:
		return nil
	case readsItself(t):
		return c.decoded(t, n)
	}
	switch t.Kind() {
	case reflect.Struct:
		return c.object(t, n)
	case reflect.Map:
		return c.mapping(t, n)
	case reflect.Slice:
		return c.list(field{kind: t}, n)
	case reflect.Interface:
		return anything(n)
	}
	return c.scalar(t, n)
}

// object checks a mapping with the fields of a struct.
func (c *checker) object(t reflect.Type, n *document.Tree) map[string]any {
	object := map[string]any{}
	if n.Kind != document.MappingTree {
		c.wrongType(n, c.path.subject(), "a mapping")
		return object
	}
	fields := fieldsOf(t)
	for _, e := range n.Fields {
		name := e.Key.Value
		c.in(name, func() {
			f, known := find(fields, name)
			switch hint, reserved := c.reserved[c.path.field()]; {
			case reserved:
				c.reservedField(e.Key, c.path.parent(), hint)
			case !known && name == patchDirective:
				c.misplacedDirective(e.Key)
			case !known:
				c.unknownField(e.Key, c.path.parent(), t)
			case successor(t, name) != "":
				c.removedField(e.Key, c.path.parent(), successor(t, name))
			default:
				object[name] = c.field(f, e.Value)
			}
		})
	}
	complete(t, object)
	return object
}

// field checks the value of a field.
func (c *checker) field(f field, n *document.Tree) any {
	switch {
	case f.name == "podSpecPatch" && n.Kind == document.MappingTree:
		return compact(c.object(podSpecType(), n))
	case f.name == "podSpecPatch" && n.Kind == document.TextTree:
		c.podSpecText(n)
	case f.kind.Kind() == reflect.Slice && !readsItself(f.kind) && n.Kind != document.NullTree:
		return c.list(f, n)
	}
	return c.value(f.kind, n)
}

// compact is the JSON of an object as a text, in which the operators of an
// expression stay as they are.
func compact(object map[string]any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(object); err != nil {
		panic(err) // made of JSON that was read before
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// podSpecText checks the text of a patch for a pod, unless it is made while
// the Workflow runs.
func (c *checker) podSpecText(n *document.Tree) {
	if strings.Contains(n.Text(), "{{") {
		return
	}
	var found diag.Report
	inner := checker{messages: messages{&found}, path: slices.Clone(c.path)}
	if tree := document.ReadTree(diag.Source{Text: []byte(n.Text())}, &found); tree != nil {
		inner.object(podSpecType(), tree)
	}
	for _, d := range found.Diagnostics() {
		d.Span = n.Span
		c.report.Add(d)
	}
}

// mapping checks a mapping with keys of the author's choice.
func (c *checker) mapping(t reflect.Type, n *document.Tree) any {
	if n.Kind != document.MappingTree {
		c.wrongType(n, c.path.subject(), "a mapping")
		return nil
	}
	values := map[string]any{}
	for _, e := range n.Fields {
		if e.Key.Value == patchDirective {
			c.misplacedDirective(e.Key)
			continue
		}
		c.in(e.Key.Value, func() { values[e.Key.Value] = c.value(t.Elem(), e.Value) })
	}
	return values
}

// list checks a list. The items of one that merges must have their key.
func (c *checker) list(f field, n *document.Tree) any {
	if n.Kind != document.ListTree {
		c.wrongType(n, c.path.subject(), "a list")
		return nil
	}
	items := make([]any, 0, len(n.Items))
	seen := map[string]*document.Tree{}
	for i, item := range n.Items {
		c.in(fmt.Sprintf("[%d]", i), func() {
			switch {
			case item.Kind == document.NullTree:
				c.nullItem(item, c.path.subject())
			case f.key == "" || item.Kind != document.MappingTree:
				items = append(items, c.value(f.kind.Elem(), item))
			default:
				items = append(items, c.item(f, item, seen))
			}
		})
	}
	return items
}

// item checks an item of a list that merges. It must have its key, which no
// other item has: but a toleration of everything has none, and two may be for
// one key, as two ports may have one number.
func (c *checker) item(f field, n *document.Tree, seen map[string]*document.Tree) map[string]any {
	directive, directed := n.Fields.Get(patchDirective)
	if directed {
		return c.directed(f, n, directive)
	}
	object := c.object(f.kind.Elem(), n)
	value, given := object[f.key]
	text := string(encoded(value))
	switch first := seen[text]; {
	case f.key == "key" && !given:
		object[f.key] = ""
	case f.key == "key" || f.key == "containerPort":
	case !given:
		c.noKey(n, c.path.subject(), f.key)
	case first != nil:
		c.itemTwice(n, c.path.subject(), f.key, first)
	default:
		seen[text] = n
	}
	return object
}

// directed checks an item that says what becomes of what is there, and nothing
// else.
func (c *checker) directed(f field, n, directive *document.Tree) map[string]any {
	object := map[string]any{patchDirective: directive.Text()}
	key, given := n.Fields.Get(f.key)
	switch text := directive.Text(); {
	case text == "replace" && len(n.Fields) == 1:
	case text == "delete" && len(n.Fields) == 2 && given:
		k, _ := find(fieldsOf(plain(f.kind.Elem())), f.key)
		object[f.key] = c.value(k.kind, key)
	default:
		c.badDirective(n, c.path.subject(), f.key)
	}
	return object
}

// complete makes a variable or a volume that says where its value comes from
// forget what it said before: it may say so only once.
func complete(t reflect.Type, object map[string]any) {
	switch t {
	case reflect.TypeFor[corev1.EnvVar]():
		_, value := object["value"]
		_, from := object["valueFrom"]
		if value && !from {
			object["valueFrom"] = nil
		} else if from && !value {
			object["value"] = nil
		}
	case reflect.TypeFor[corev1.Volume]():
		if len(object) > 1 {
			object["$retainKeys"] = slices.Sorted(maps.Keys(object))
		}
	}
}

// decoded checks a value by having its type read it.
func (c *checker) decoded(t reflect.Type, n *document.Tree) any {
	value := anything(n)
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // made of JSON that was read before
	}
	target := reflect.New(t).Interface()
	err = json.Unmarshal(text, target)
	switch {
	case t == reflect.TypeFor[wfv1.Amount]() && n.Kind != document.NumberTree: // it takes anything
		c.wrongType(n, c.path.subject(), "a number")
	case err == nil:
		return value
	case t == reflect.TypeFor[resource.Quantity]():
		c.badQuantity(n, c.path.subject())
	default:
		c.unreadable(n, c.path.subject(), t.Name())
	}
	return nil
}

// anything is a tree as JSON is in Go.
func anything(n *document.Tree) any {
	switch n.Kind {
	case document.MappingTree:
		object := map[string]any{}
		for _, e := range n.Fields {
			object[e.Key.Value] = anything(e.Value)
		}
		return object
	case document.ListTree:
		items := make([]any, 0, len(n.Items))
		for _, item := range n.Items {
			items = append(items, anything(item))
		}
		return items
	case document.NullTree:
		return nil
	}
	return n.JSON
}

// scalar checks a text, a number or a boolean.
func (c *checker) scalar(t reflect.Type, n *document.Tree) any {
	switch t.Kind() {
	case reflect.String:
		return c.text(t, n)
	case reflect.Bool:
		if n.Kind != document.BooleanTree {
			c.notBoolean(n, c.path.subject())
			return nil
		}
	case reflect.Float32, reflect.Float64:
		if n.Kind != document.NumberTree {
			c.wrongType(n, c.path.subject(), "a number")
			return nil
		}
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint32, reflect.Uint64:
		return c.whole(t, n)
	default:
		panic(fmt.Sprintf("overlay: Argo has a field of the type %v", t))
	}
	return n.JSON
}

func (c *checker) text(t reflect.Type, n *document.Tree) any {
	if n.Kind != document.TextTree {
		c.notText(n, c.path.subject())
		return nil
	}
	if legal := names(t); legal != nil && !slices.Contains(legal, n.Text()) && !strings.Contains(n.Text(), "{{") {
		c.invalidEnum(n, c.path.subject(), legal)
		return nil
	}
	return n.JSON
}

// maxWhole is the largest number up to which Argo merges whole numbers as they
// are: it reads them as floating point numbers.
const maxWhole = 1 << 53

func (c *checker) whole(t reflect.Type, n *document.Tree) any {
	if n.Kind != document.NumberTree {
		c.wrongType(n, c.path.subject(), "a whole number")
		return nil
	}
	value, err := strconv.ParseInt(string(n.JSON), 10, t.Bits())
	if err != nil || value > maxWhole || value < -maxWhole || value < 0 && t.Kind() >= reflect.Uint {
		c.notWhole(n, c.path.subject(), t.Bits())
		return nil
	}
	return n.JSON
}
