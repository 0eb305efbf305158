package registry

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
)

// TestDetails keeps what was asked for last, as long as there is room and it is
// right.
func TestDetails(t *testing.T) {
	run := func(id string, size int) *Detail {
		return &Detail{Run: Run{ID: id}, Spec: []byte(strings.Repeat("x", size))}
	}
	d := newDetails()
	first, second := stamp{version: "1"}, stamp{version: "1", edition: 1}
	a := run("a", maxKept/2)
	d.put(a, first)
	require.Same(t, a, d.get("a", first))
	require.Nil(t, d.get("a", second), "its end was recorded meanwhile")
	require.Nil(t, d.get("b", first))

	d.put(run("a", maxKept/4), second)
	require.Nil(t, d.get("a", first))
	require.Equal(t, maxKept/4, d.bytes, "one state of a run counts")
	d.put(run("b", maxKept/2), first)
	require.NotNil(t, d.get("a", second), "it was asked for after b was put")
	d.put(run("c", maxKept/2), first)
	require.Nil(t, d.get("b", first), "it was asked for longest ago")
	require.NotNil(t, d.get("a", second))
	require.NotNil(t, d.get("c", first))

	d.put(run("large", maxKept+1), first)
	require.Nil(t, d.get("large", first))
	require.Zero(t, d.bytes)
}

// TestNames finds runs by the names of their Workflows, and a new one under a
// name that another had.
func TestNames(t *testing.T) {
	const one, two = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	x := &Index{runs: map[string]*Run{}, recent: map[string]*Run{}, names: map[string]string{}}
	of := func(id, version string) *slim {
		w := &slim{run: &Run{ID: id, Name: "a", version: version}}
		w.UID = types.UID(id)
		return w
	}
	x.put(of(one, "1"))
	require.Equal(t, one, x.find("a").ID)
	require.Equal(t, one, x.find(one).ID)
	x.change(of(one, "1"), of(two, "2"))
	require.Equal(t, two, x.find("a").ID)
	require.Nil(t, x.find(one), "it was deleted while nobody watched")
	x.drop(of(one, "1"))
	require.Equal(t, two, x.find("a").ID)
	x.drop(of(two, "2"))
	require.Nil(t, x.find("a"))
	require.Empty(t, x.names)
}

// TestModels reads a pipeline once, and drops what was asked for longest ago.
func TestModels(t *testing.T) {
	var c modelCache
	hello, err := os.ReadFile("../../examples/hello.yaml")
	require.NoError(t, err)
	spec := func(name string, size int) []byte {
		text := append(bytes.Clone(hello), "\n# "+name...)
		return append(text, strings.Repeat(" ", max(0, size-len(text)))...)
	}
	a := c.of(spec("a", 0))
	require.NotNil(t, a)
	require.Same(t, a, c.of(spec("a", 0)))
	require.NotSame(t, a, c.of(spec("b", 0)))
	require.Same(t, a, c.of(spec("a", 0)))
	require.Nil(t, c.of([]byte("none")))
	c.of(spec("large", maxModels-100))
	require.Len(t, c.all, 2)
	require.NotSame(t, a, c.of(spec("a", 0)), "there was room for it")
	require.Nil(t, (&Detail{}).Model())
	require.NotNil(t, (&Detail{Spec: spec("a", 0)}).Model())
}
