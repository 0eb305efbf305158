package layered_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/graph/internal/layered"
	"github.com/kfp2argo/kfp2argo/translate/graph/internal/layered/layeredtest"
)

// random makes a graph of nested boxes whose edges run from earlier leaves to
// later ones.
func random(r *rand.Rand) (*layered.Box, []*layered.Edge) {
	var leaves []*layered.Box
	var grow func(depth int) *layered.Box
	grow = func(depth int) *layered.Box {
		if depth == 0 || r.IntN(3) == 0 {
			leaf := &layered.Box{Width: 30 + r.IntN(120), Height: 20 + r.IntN(40)}
			leaves = append(leaves, leaf)
			return leaf
		}
		group := &layered.Box{MinWidth: r.IntN(200), Header: r.IntN(40)}
		for range 1 + r.IntN(5) {
			group.Children = append(group.Children, grow(depth-1))
		}
		return group
	}
	root := &layered.Box{}
	for range 1 + r.IntN(6) {
		root.Children = append(root.Children, grow(3))
	}
	var edges []*layered.Edge
	for i := range leaves {
		for range r.IntN(3) {
			if j := i + 1 + r.IntN(8); j < len(leaves) {
				edges = append(edges, &layered.Edge{From: leaves[i], To: leaves[j]})
			}
		}
	}
	return root, edges
}

func measure(edges []*layered.Edge) layered.Size {
	if len(edges)%2 == 0 {
		return layered.Size{}
	}
	return layered.Size{Width: 20 + 10*len(edges), Height: 14}
}

func TestRandom(t *testing.T) {
	for seed := range uint64(150) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			root, edges := random(rand.New(rand.NewPCG(seed, 1)))
			links := layered.Layout(root, edges, measure)
			layeredtest.Check(t, root, links)
			requireComplete(t, edges, links)
			again, sameEdges := random(rand.New(rand.NewPCG(seed, 1)))
			for i, l := range layered.Layout(again, sameEdges, measure) {
				require.Equal(t, links[i].Points, l.Points)
			}
		})
	}
}

// requireComplete looks whether each edge is drawn from its beginning to its
// end without a gap.
func requireComplete(t *testing.T, edges []*layered.Edge, links []*layered.Link) {
	parts := map[*layered.Edge][]*layered.Link{}
	for _, l := range links {
		for _, e := range l.Edges {
			parts[e] = append(parts[e], l)
		}
	}
	for _, e := range edges {
		starts := map[layered.Point]*layered.Link{}
		var at *layered.Link
		for _, l := range parts[e] {
			starts[l.Points[0]] = l
			if l.Begins {
				at = l
			}
		}
		require.NotNil(t, at)
		require.Equal(t, e.From.Y+e.From.Height, at.Points[0].Y)
		for range len(parts[e]) - 1 {
			at = starts[at.Points[len(at.Points)-1]]
			require.NotNil(t, at, "a gap")
		}
		require.True(t, at.Ends)
		require.Equal(t, e.To.Y, at.Points[len(at.Points)-1].Y)
	}
}

func TestEmpty(t *testing.T) {
	root := &layered.Box{MinWidth: 50, Header: 20}
	require.Empty(t, layered.Layout(root, nil, measure))
	require.Equal(t, []int{50, 20}, []int{root.Width, root.Height})
}

func TestChain(t *testing.T) {
	a, b := &layered.Box{Width: 60, Height: 20}, &layered.Box{Width: 100, Height: 20}
	root := &layered.Box{Children: []*layered.Box{b, a}}
	links := layered.Layout(root, []*layered.Edge{{From: a, To: b}}, func([]*layered.Edge) layered.Size { return layered.Size{} })
	require.Less(t, a.Y+a.Height, b.Y)
	require.Equal(t, a.X+a.Width/2, b.X+b.Width/2)
	require.Len(t, links, 1)
	require.Equal(t, links[0].Points[0].X, links[0].Points[1].X)
}

func TestIntoItself(t *testing.T) {
	inner := &layered.Box{Width: 10, Height: 10}
	outer := &layered.Box{Children: []*layered.Box{inner}}
	root := &layered.Box{Children: []*layered.Box{outer}}
	require.Panics(t, func() { layered.Layout(root, []*layered.Edge{{From: outer, To: inner}}, measure) })
}
