package translate_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// FuzzPipeline is FuzzTranslate for pipelines in which whole fields are
// changed, so that most of them get past the reader.
func FuzzPipeline(f *testing.F) {
	files := pipelines(f)
	for which := range files {
		for seed := range uint64(4) {
			f.Add(which, seed)
		}
	}
	f.Fuzz(func(t *testing.T, which int, seed uint64) {
		text, err := os.ReadFile(files[uint(which)%uint(len(files))])
		require.NoError(t, err)
		requirePromises(t, mutated(t, text, rand.New(rand.NewPCG(seed, 1))))
	})
}

// mutated changes a few fields of a document at random.
func mutated(t *testing.T, text []byte, random *rand.Rand) []byte {
	t.Helper()
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal(text, &document))
	for range 1 + random.IntN(3) {
		nodes := below(&document)
		alter(nodes[random.IntN(len(nodes))], nodes, random)
	}
	text, err := yaml.Marshal(&document)
	require.NoError(t, err)
	return text
}

// below lists a node and all nodes below it.
func below(node *yaml.Node) []*yaml.Node {
	all := []*yaml.Node{node}
	for _, child := range node.Content {
		all = append(all, below(child)...)
	}
	return all
}

// alter changes a node: it loses a part, or becomes another value.
func alter(node *yaml.Node, others []*yaml.Node, random *rand.Rand) {
	switch {
	case node.Kind == yaml.MappingNode && len(node.Content) > 0 && random.IntN(2) == 0:
		i := 2 * random.IntN(len(node.Content)/2)
		node.Content = slices.Delete(node.Content, i, i+2)
	case node.Kind == yaml.SequenceNode && len(node.Content) > 0 && random.IntN(2) == 0:
		i := random.IntN(len(node.Content))
		node.Content = slices.Delete(node.Content, i, i+1)
	case node.Kind == yaml.ScalarNode && random.IntN(2) == 0:
		if other := others[random.IntN(len(others))]; other.Kind == yaml.ScalarNode {
			node.Value, node.Tag = other.Value, other.Tag
		}
	case node.Kind == yaml.ScalarNode:
		var other yaml.Node
		if err := yaml.Unmarshal([]byte(values[random.IntN(len(values))]), &other); err != nil {
			panic(err) // one of the few below
		}
		*node = *other.Content[0]
	}
}

// values are scalars as they are in YAML.
var values = []string{
	"null", "0", "-1", "3", "1.5", "1e300", "true", "''", "'{{$.inputs.parameters[''x'']}}'", "'{{$}}'", "'{{workflow.name}}'", `'{"a": 1}'`, "'[1]'",
	"'$(HOME)'", "NUMBER_INTEGER", "STRING", "LIST", "STRUCT", "BOOLEAN", "ALL_UPSTREAM_TASKS_COMPLETED", "é", `"a\u0000b"`, "'s3://bucket'", "'not'",
}
