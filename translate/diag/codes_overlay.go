package diag

// The codes of patches: what is to be merged into the Workflow.
const (
	// ReservedField: a field that a patch may not have, because the
	// translation would not hold with it.
	ReservedField Code = "reserved-field"
	// UnmatchedSelector: a patch for tasks of which there are none.
	UnmatchedSelector Code = "unmatched-selector"
	// NoPod: a field of a pod in a patch for a task that has no pod of its own.
	NoPod Code = "no-pod"
	// UnmergeablePatch: a patch that cannot be merged with what is there.
	UnmergeablePatch Code = "unmergeable-patch"
)
