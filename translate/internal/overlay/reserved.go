package overlay

// reservedOfTask lists the fields of a template that are not for patches, with
// what to say about each.
func reservedOfTask() map[string]string {
	const (
		interfaceHint = "the pipeline says what goes into a task and comes out of it"
		kindHint      = "a task stays a container: change the component instead"
		commandHint   = "the launcher runs the component's program: change the component, or set an environment variable"
	)
	return map[string]string{
		"name":              "templates are named after the pipeline's components",
		"inputs":            interfaceHint,
		"outputs":           interfaceHint,
		"dag":               kindHint,
		"steps":             kindHint,
		"script":            kindHint,
		"resource":          kindHint,
		"suspend":           kindHint,
		"containerSet":      kindHint,
		"data":              kindHint,
		"http":              kindHint,
		"plugin":            kindHint,
		"daemon":            "a task that goes on would have no outputs; use sidecars for what runs beside it",
		"failFast":          "it has no effect on a container",
		"container.name":    "Argo calls it main",
		"container.command": commandHint,
		"container.args":    commandHint,
	}
}

// reservedOfWorkflow lists the fields of a Workflow that are not for patches.
func reservedOfWorkflow() map[string]string {
	const (
		kindHint    = "what is translated is a Workflow"
		serverHint  = "the API server sets it"
		defaultHint = "patch the templates under tasks; '*' selects every task"
	)
	all := map[string]string{
		"apiVersion":                          kindHint,
		"kind":                                kindHint,
		"status":                              "it is Argo's to write",
		"metadata.uid":                        serverHint,
		"metadata.resourceVersion":            serverHint,
		"metadata.generation":                 serverHint,
		"metadata.creationTimestamp":          serverHint,
		"metadata.deletionTimestamp":          serverHint,
		"metadata.deletionGracePeriodSeconds": serverHint,
		"metadata.managedFields":              serverHint,
		"metadata.selfLink":                   serverHint,
		"spec.templates":                      defaultHint,
		"spec.entrypoint":                     "the Workflow starts with the pipeline",
		"spec.arguments":                      "the arguments are the pipeline's inputs; give their values with --param",
		"spec.onExit":                         "an exit task of the pipeline, or a hook with a templateRef, runs at the end",
		"spec.workflowTemplateRef":            "the Workflow has its templates itself",
	}
	for name, hint := range reservedOfTask() {
		all["spec.templateDefaults."+name] = hint
	}
	return all
}
