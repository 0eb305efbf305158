package diag

// referenceCodes explains the codes about names that lead nowhere.
func referenceCodes() []Explanation {
	return []Explanation{{
		Code:    UnknownComponent,
		Meaning: "A task runs a component that the pipeline does not define.",
		Example: "componentRef:\n  name: comp-trian",
		Fix:     "Correct componentRef.name, or add the component under components.",
	}, {
		Code:    RecursiveComponent,
		Meaning: "A component contains a task that runs the component itself, directly or through others. Such a pipeline would never end.",
		Example: "components:\n  comp-loop:\n    dag:\n      tasks:\n        again:\n          componentRef:\n            name: comp-loop",
		Fix:     "Loop over a list with dsl.ParallelFor instead.",
	}, {
		Code:    NoImplementation,
		Meaning: "A component says neither which executor runs it nor which tasks it consists of.",
		Example: "components:\n  comp-train: {}",
		Fix:     "Set executorLabel or dag.",
	}, {
		Code:    UnknownExecutor,
		Meaning: "A component names an executor that deploymentSpec does not define.",
		Example: "executorLabel: exec-trian",
		Fix:     "Correct executorLabel, or add the executor under deploymentSpec.executors.",
	}, {
		Code:    UnusedComponent,
		Meaning: "No task runs the component. It is left out of the workflow.",
		Example: "components:\n  comp-forgotten:\n    executorLabel: exec-forgotten",
		Fix:     "Remove the component, or add the task that was meant to run it.",
	}, {
		Code:    UnknownTask,
		Meaning: "A task, or an output of a DAG, refers to a task that does not exist in the same DAG.",
		Example: "dependentTasks:\n- trian",
		Fix:     "Correct the name. A task inside another component is reached only through the outputs of that component.",
	}, {
		Code:    DependencyCycle,
		Meaning: "Tasks wait for each other in a circle, so that none of them could start.",
		Example: "tasks:\n  a:\n    dependentTasks: [b]\n  b:\n    dependentTasks: [a]",
		Fix:     "Remove one of the dependencies. Reading a task's output makes a task wait for it too.",
	}, {
		Code:    UnknownInput,
		Meaning: "A task takes its value from an input that the component around it does not declare.",
		Example: "componentInputParameter: epcohs",
		Fix:     "Correct the name, or declare the input under inputDefinitions.",
	}, {
		Code:    UnknownOutput,
		Meaning: "A task, or an output of a DAG, reads an output that the task it names does not have.",
		Example: "taskOutputArtifact:\n  producerTask: train\n  outputArtifactKey: modle",
		Fix:     "Correct the name, or declare the output under outputDefinitions of the component that should produce it.",
	}, {
		Code:    UnknownArgument,
		Meaning: "A value was given for an input that the pipeline does not have.",
		Example: "-p epcohs=3",
		Fix:     "Correct the name. The inputs are those of root.inputDefinitions.",
	}}
}

// ruleCodes explains the codes about what a pipeline must have or may not do.
func ruleCodes() []Explanation {
	return []Explanation{{
		Code:    Unsupported,
		Meaning: "KFP knows the construct, but the translator cannot express it in Argo yet. It is refused because leaving it out would change what the pipeline does.",
		Example: "artifactIterator:\n  itemInput: shard",
		Fix:     "Write the pipeline without the construct that the message names.",
	}, {
		Code:    MissingSource,
		Meaning: "An input is bound without saying where its value comes from.",
		Example: "artifacts:\n  dataset: {}",
		Fix:     "Bind it to the output of a task or to an input of the component around.",
	}, {
		Code:    MissingInput,
		Meaning: "A task gives no value to an input that its component needs: one that is not optional and has no default.",
		Example: "inputs: {}",
		Fix:     "Give the input a value in the task, or a default in the component.",
	}, {
		Code:    NotALiteral,
		Meaning: "The component allows only some values for an input, and this is none of them.",
		Example: "literals: [cpu, gpu]  # and in the task: constant: tpu",
		Fix:     "Write one of the values that the component lists under literals.",
	}, {
		Code:    EmptyDAG,
		Meaning: "A pipeline or a nested pipeline has no tasks, so that there is nothing to run.",
		Example: "root:\n  dag:\n    tasks: {}",
		Fix:     "Add a task, or remove the nested pipeline.",
	}, {
		Code:    TooLarge,
		Meaning: "There is more of something than Argo takes in one workflow.",
		Example: "a component with a thousand inputs",
		Fix:     "Split the component, or pass many values as one list or structure.",
	}, {
		Code:    NoImage,
		Meaning: "A container has no image.",
		Example: "container:\n  command: [python3]",
		Fix:     "Set image.",
	}, {
		Code:    NoCommand,
		Meaning: "A container has neither command nor args. KFP never runs the entry point of an image, so there is no program to start.",
		Example: "container:\n  image: python:3.12",
		Fix:     "Write the program into command, even if it is the image's own entry point.",
	}}
}

// placeholderCodes explains the codes about {{$...}} in command lines and
// constants.
func placeholderCodes() []Explanation {
	return []Explanation{{
		Code:    BadPlaceholder,
		Meaning: "An argument looks like a Concat or an IfPresent structure, but is not well formed.",
		Example: `'{"IfPresent": {"InputName": "epochs"}}'`,
		Fix:     "Build it with dsl.ConcatPlaceholder or dsl.IfPresentPlaceholder and compile again.",
	}, {
		Code:    UnknownPlaceholder,
		Meaning: "A placeholder stands for an input or an output that is not declared.",
		Example: "args: ['{{$.inputs.parameters[''epcohs'']}}']",
		Fix:     "Correct the name, or declare the input or output in the component.",
	}, {
		Code:    NestedPlaceholder,
		Meaning: "A constant has a placeholder for an input whose value is itself made of placeholders. One level is expanded, not two.",
		Example: "a: '{{$.inputs.parameters[''b'']}}'  # and b: '{{$.inputs.parameters[''c'']}}'",
		Fix:     "Write the inner placeholders into the outer constant.",
	}, {
		Code:    MisplacedPlaceholder,
		Meaning: "A placeholder stands where it has no meaning, such as one for an output in the value of an input.",
		Example: "constant: '{{$.outputs.artifacts[''model''].path}}'",
		Fix:     "Move it to the command line of the component.",
	}}
}
