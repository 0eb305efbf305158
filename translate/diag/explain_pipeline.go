package diag

import "slices"

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
		Meaning: "A component says neither which executor runs it nor which tasks it consists of. The KFP SDK writes such components where it loses a dsl.If or a dsl.ParallelFor: inside another group, if the pipeline also uses a pipeline that has groups of its own.",
		Example: "components:\n  comp-train: {}",
		Fix:     "Set executorLabel or dag. If the SDK lost the group, move it into a pipeline of its own and compile again.",
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
		Meaning: "Tasks depend on each other in a cycle, so that none of them could start.",
		Example: "tasks:\n  a:\n    dependentTasks: [b]\n  b:\n    dependentTasks: [a]",
		Fix:     "Remove one of the dependencies. Reading a task's output makes a task wait for it too.",
	}, {
		Code:    UnknownInput,
		Meaning: "A reference names an input that does not exist: of the component around a task, of the task that a loop repeats, or of an importer.",
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
	return slices.Concat(taskCodes(), controlCodes(), podCodes())
}

// taskCodes explains the codes about DAGs, tasks and their inputs.
func taskCodes() []Explanation {
	return []Explanation{{
		Code:    Unsupported,
		Meaning: "KFP knows the construct, but the translator cannot express it in Argo yet. It is refused because leaving it out would change what the pipeline does.",
		Example: "executors:\n  exec-train:\n    customJob:\n      customJob: {}",
		Fix:     "Write the pipeline without the construct that the message names. docs/conversion.md lists what is translated.",
	}, {
		Code:    MissingSource,
		Meaning: "An input is bound without saying where its value comes from.",
		Example: "artifacts:\n  dataset: {}",
		Fix:     "Bind it to the output of a task or to an input of the enclosing component.",
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
		Meaning: "Argo or Kubernetes has a limit that is exceeded: tasks, inputs or templates, the text of an argument, the bytes of the Workflow, or the nodes of a run, whose state Argo keeps in the same object. A run that grows too large would hang, so it is refused.",
		Example: "a component with a thousand inputs, or a loop over 20000 items",
		Fix:     "Split the component, pass many values as one list or structure, or let an iteration do more work. For a controller with another MAX_WORKFLOW_SIZE, or one that offloads node status to a database, give the limit with --max-size.",
	}, {
		Code:    NearLimit,
		Meaning: "The pipeline is translated, but it is close to one of the limits of too-large, or Argo has to do more work for each pod.",
		Example: "a component whose Python source has 140 KiB",
		Fix:     "Move what is large into images or artifacts, and many iterations into fewer.",
	}, {
		Code:    MutableImage,
		Meaning: "The image has no tag, or the tag latest, so that what it names changes from run to run. Such a task is not reproducible, and the cache, which uses the name, may give the results of an older image.",
		Example: "image: registry.example.com/train:latest",
		Fix:     "Name a version, or better a digest: registry.example.com/train@sha256:…",
	}, {
		Code:    InstallsPackages,
		Meaning: "The program runs pip install before it starts its work, as lightweight Python components do. Each pod takes that time, needs the network or a mirror, and gets the versions that are current then.",
		Example: "command: [sh, -c, python3 -m pip install pandas && ...]",
		Fix:     "Build an image with the packages and set it as base_image; with install_kfp_package=False the SDK's own package is left out too, if the image has it.",
	}, {
		Code:    CallsAPIServer,
		Meaning: "The program seems to call the API server of the cluster: it reads the token of the pod's service account, loads the configuration of the cluster, makes a client of Kubeflow, or runs kubectl or oc. Programs have no token unless one asks for it.",
		Example: "kubernetes.config.load_incluster_config()",
		Fix:     "Give the task the token with --service-account-token=TASK, and the service account, --service-account, the rights that the program needs. Where the program does without, the warning may be ignored.",
	}}
}

// controlCodes explains the codes about conditions, loops, retries and
// importers.
func controlCodes() []Explanation {
	return []Explanation{{
		Code:    BadCondition,
		Meaning: "The condition of a task, or the selector of an input, is not CEL, or uses a part of CEL that cannot be translated exactly. As a warning: the SDK has not escaped a string in it, which was read as its author meant it, it always has the same value, or it reads an optional input that has no default.",
		Example: "condition: inputs.parameter_values['name'].matches('a.*')",
		Fix:     "Write the condition with what the message allows, or let a component decide and compare its output.",
	}, {
		Code:    BadItems,
		Meaning: "A loop runs over a fixed list, and the text of that list is not a JSON list.",
		Example: "items:\n  raw: a, b, c",
		Fix:     `Write a list, such as raw: '["a", "b", "c"]'.`,
	}, {
		Code:    BadDuration,
		Meaning: "A delay between attempts is not a duration.",
		Example: "backoffDuration: soon",
		Fix:     "Write a number of seconds with the letter s, such as 30s.",
	}, {
		Code:    RoundedFactor,
		Meaning: "The delay before each further attempt is multiplied by a factor. Argo takes whole numbers only, so this one is rounded.",
		Example: "backoffFactor: 1.5",
		Fix:     "Give set_retry a whole backoff_factor, if the rounded one does not suit.",
	}, {
		Code:    NoWorkspace,
		Meaning: "A task uses the workspace, the volume that the tasks of a run share, or an importer downloads to it, and the pipeline does not request one.",
		Example: "args: ['{{$.workspace_path}}/data']",
		Fix:     "Give the pipeline a workspace: dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size='1Gi')).",
	}, {
		Code:    BadImporter,
		Meaning: "An importer does not say which object it imports, does not have exactly one output, or imports a container image (oci://) as anything but a model. An empty artifactUri is a warning: the task fails if it runs.",
		Example: "importer:\n  typeSchema:\n    schemaTitle: system.Dataset",
		Fix:     "Set artifactUri to a constant text or to the name of an input, declare one output artifact, and give an image the type system.Model.",
	}}
}

// podCodes explains the codes about containers.
func podCodes() []Explanation {
	return []Explanation{{
		Code:    NoImage,
		Meaning: "A container has no image.",
		Example: "container:\n  command: [python3]",
		Fix:     "Set image.",
	}, {
		Code:    NoCommand,
		Meaning: "A container has neither command nor args. KFP never runs the entry point of an image, so there is no program to start.",
		Example: "container:\n  image: python:3.12",
		Fix:     "Write the program into command, even if it is the image's own entry point.",
	}, {
		Code:    BadQuantity,
		Meaning: "A request or a limit is not a quantity of Kubernetes.",
		Example: "resourceMemoryLimit: 4 GB",
		Fix:     "Write a number with a unit that Kubernetes knows, such as 500m, 2, 512Mi or 4G.",
	}, {
		Code:    BadSetting,
		Meaning: "A Kubernetes setting has a value that Kubernetes would refuse, or that the pod's own parts stand in the way of.",
		Example: "imagePullPolicy: always",
		Fix:     "Correct the value. Paths under /kfp, /gcs, /s3 and /minio are taken by artifacts.",
	}, {
		Code:    UnusedSetting,
		Meaning: "There are settings for another platform than Kubernetes, for an executor that does not exist, or for an importer, which has no pod (a warning).",
		Example: "platforms.kubernetes.deploymentSpec.executors.exec-trian: {…}",
		Fix:     "Correct the name of the executor, or remove the settings.",
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
