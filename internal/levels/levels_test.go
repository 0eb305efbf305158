package levels_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/levels"
)

type tree struct{ inside []tree }

// of is a tree with so many branches at each level.
func of(branches ...int) []tree {
	if len(branches) == 0 {
		return nil
	}
	all := make([]tree, branches[0])
	for i := range all {
		all[i].inside = of(branches[1:]...)
	}
	return all
}

func TestShown(t *testing.T) {
	for _, c := range []struct {
		branches   []int
		most, want int
	}{
		{nil, 10, 0},
		{[]int{20}, 10, 0},
		{[]int{2, 4}, 10, 1},
		{[]int{2, 5}, 10, 0},
		{[]int{1, 1, 20, 5}, 30, 2},
		{[]int{1, 1, 20, 5}, 200, 3},
		{[]int{300, 2}, 200, 0},
	} {
		require.Equal(t, c.want, levels.Shown(of(c.branches...), func(one tree) []tree { return one.inside }, c.most), "%v", c)
	}
}
