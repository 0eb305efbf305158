package budget

import (
	"encoding/json"
	"math"
)

// ManagedFields is how many bytes the API server adds to metadata.managedFields for
// the nodes, as long as they are not compressed. It lists each field of each node
// there, and Argo counts that too: it compares the JSON of the whole object with
// its limit, once before it compresses the nodes and once after that.
//
// What Argo counts is the list that came with the version that it has read. So
// these bytes decide when it compresses. They do not decide whether the run fits:
// with the compressed nodes the list of their fields is gone.
func (s Status) ManagedFields() int {
	var sum float64
	for _, r := range s.records {
		var node map[string]any
		if err := json.Unmarshal(marshal(r.node), &node); err != nil {
			panic(err) // it has just been written
		}
		sum += r.weight * float64(managedField(r.node.ID, node))
	}
	return int(math.Round(sum))
}

// managedField is the length of the entry of a field, and of all below it. A list
// is an entry as a whole.
func managedField(name string, value any) int {
	size := len(`"f:":{},`) + len(name)
	object, _ := value.(map[string]any)
	for name, value := range object {
		if value != nil { // which the API server drops
			size += managedField(name, value)
		}
	}
	if len(object) > 0 {
		size += len(`".":{}`) // and a comma less
	}
	return size
}
