package podspec

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/expression"
)

// Field is a field of a manifest: JSON that is known, or a parameter text that
// the run decides, or neither for a field that is left out.
type Field struct {
	JSON json.RawMessage
	Text expression.Parameter
}

func (f Field) node() node {
	switch {
	case !f.Text.IsZero():
		return line(f.Text)
	case f.JSON != nil:
		return structured(f.JSON)
	}
	return nil
}

// line is a hole in one line: in a manifest Argo takes no others for tags when it
// looks whether that is YAML.
type line expression.Parameter

func (l line) write(b *strings.Builder, _ string) { b.WriteString(expression.Parameter(l).Line()) }

func (l line) json() expression.JSON { return expression.Parameter(l).Piece() }

// structured is JSON as nodes, so that it is laid out like the rest.
func structured(value json.RawMessage) node {
	switch contract.KindOf(value) {
	case contract.KindList:
		items := list{}
		for _, item := range decoded[[]json.RawMessage](value) {
			items = append(items, structured(item))
		}
		return items
	case contract.KindStruct:
		fields := decoded[map[string]json.RawMessage](value)
		all := object{}
		for _, key := range slices.Sorted(maps.Keys(fields)) {
			all = append(all, member{key: key, value: structured(fields[key])})
		}
		return all
	}
	return literal(value)
}

func decoded[T any](value json.RawMessage) T {
	var into T
	if err := json.Unmarshal(value, &into); err != nil {
		panic(err) // the check has read it
	}
	return into
}

// Claim holds the fields of a PersistentVolumeClaim.
type Claim struct {
	Name, Annotations Field

	AccessModes, Size, StorageClass, Volume, DataSource Field
}

// Manifest is the JSON text of the claim, with tags where Argo fills in what
// the run decides. It is JSON because no value can break out of a JSON text
// that is put in whole.
func (c Claim) Manifest() string {
	var metadata, requests, resources, spec, claim object
	metadata.add("name", c.Name.node())
	metadata.add("annotations", c.Annotations.node())
	requests.add("storage", c.Size.node())
	resources.add("requests", requests)
	spec.add("accessModes", c.AccessModes.node())
	spec.add("resources", resources)
	spec.add("storageClassName", c.StorageClass.node())
	spec.add("volumeName", c.Volume.node())
	spec.add("dataSource", c.DataSource.node())
	claim.add("apiVersion", text("v1"))
	claim.add("kind", text("PersistentVolumeClaim"))
	claim.add("metadata", metadata)
	claim.add("spec", spec)
	var b strings.Builder
	claim.write(&b, "")
	return b.String() + "\n"
}
