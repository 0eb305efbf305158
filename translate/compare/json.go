package compare

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// list writes the items of a loop.
func list(items []json.RawMessage) string {
	var all []string
	for _, i := range items {
		all = append(all, string(i))
	}
	return "[" + strings.Join(all, ",") + "]"
}

// sortedMetadata writes metadata, each key with its value.
func sortedMetadata(metadata map[string]json.RawMessage) []string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		all = append(all, key+"="+string(metadata[key]))
	}
	return all
}

// typeText writes the type of an artifact.
func typeText(t contract.ArtifactType) string {
	return strings.Join(strings.Fields(t.SchemaTitle+" "+t.SchemaVersion+" "+t.SchemaURI+" "+t.InstanceSchema), " ")
}
