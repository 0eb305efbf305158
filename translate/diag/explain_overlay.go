package diag

// overlayCodes explains the codes about patches.
func overlayCodes() []Explanation {
	return []Explanation{{
		Code:    ReservedField,
		Meaning: "A patch sets or takes away something that the translation is built on, such as the command of a task's container or the names of templates. With it the workflow would not do what the pipeline says.",
		Example: "tasks:\n  train:\n    container:\n      command: [bash]",
		Fix:     "Leave the field out and change the pipeline instead, or use what the hint names.",
	}, {
		Code:    UnmatchedSelector,
		Meaning: "A patch names a task that the pipeline does not have, so it would change nothing.",
		Example: "tasks:\n  trian:\n    priorityClassName: high",
		Fix:     "Write the name that the task has in the compiled pipeline, or a pattern with * and ? that matches it.",
	}, {
		Code:    NoPod,
		Meaning: "A patch sets a field of a pod for a task that runs none: a nested pipeline, a group such as dsl.If, or an importer; or a field of a container for one that creates or deletes a volume, which Argo does by itself.",
		Example: "tasks:\n  exit-handler-1:\n    priorityClassName: high",
		Fix:     "Select the tasks inside it: exit-handler-1/* are all of them.",
	}, {
		Code:    UnmergeablePatch,
		Meaning: "A patch and what it is to be merged with do not fit together, such as a podSpecPatch that is a program of templates and another one.",
		Example: "podSpecPatch: '{{if eq ...}}'",
		Fix:     "Write the patch in the form that the message asks for.",
	}}
}
