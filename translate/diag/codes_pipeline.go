package diag

// The codes of the passes behind the reader: what the pipeline means.
const (
	// Unsupported: a construct of KFP that this version does not translate.
	Unsupported Code = "unsupported"
	// UnknownComponent: a task runs a component that does not exist.
	UnknownComponent Code = "unknown-component"
	// RecursiveComponent: a pipeline that contains itself.
	RecursiveComponent Code = "recursive-component"
	// NoImplementation: a component with neither a DAG nor an executor.
	NoImplementation Code = "no-implementation"
	// UnknownExecutor: a component names an executor that does not exist.
	UnknownExecutor Code = "unknown-executor"
	// UnusedComponent: a component that no task runs (a warning).
	UnusedComponent Code = "unused-component"
	// UnknownTask: a reference to a task that its DAG does not have.
	UnknownTask Code = "unknown-task"
	// DependencyCycle: tasks that wait for each other.
	DependencyCycle Code = "dependency-cycle"
	// UnknownInput: a reference to an input that its component does not have.
	UnknownInput Code = "unknown-input"
	// UnknownOutput: a reference to an output that its task does not have.
	UnknownOutput Code = "unknown-output"
	// MissingSource: an input that does not say where its value comes from.
	MissingSource Code = "missing-source"
	// MissingInput: a task leaves out an input that its component needs.
	MissingInput Code = "missing-input"
	// NotALiteral: a value that is not among those its input allows.
	NotALiteral Code = "not-a-literal"
	// EmptyDAG: a pipeline without tasks.
	EmptyDAG Code = "empty-dag"
	// TooLarge: more of something than Argo takes.
	TooLarge Code = "too-large"
	// NearLimit: so much of something that little more fits (a warning).
	NearLimit Code = "near-limit"
	// MutableImage: an image under a tag that may be moved (a warning of explain).
	MutableImage Code = "mutable-image"
	// InstallsPackages: a program that installs packages when it starts (a
	// warning of explain).
	InstallsPackages Code = "installs-packages"
	// CallsAPIServer: a program that seems to call the API server of the cluster and
	// has no token (a warning).
	CallsAPIServer Code = "calls-api-server"
	// NoImage: a container without an image.
	NoImage Code = "no-image"
	// NoCommand: a container without a program to run.
	NoCommand Code = "no-command"
	// BadPlaceholder: a Concat or IfPresent that is not well formed.
	BadPlaceholder Code = "bad-placeholder"
	// UnknownPlaceholder: a placeholder for something that is not declared.
	UnknownPlaceholder Code = "unknown-placeholder"
	// NestedPlaceholder: a placeholder whose value is made of placeholders.
	NestedPlaceholder Code = "nested-placeholder"
	// MisplacedPlaceholder: a placeholder where it has no meaning.
	MisplacedPlaceholder Code = "misplaced-placeholder"
	// BadImporter: an importer without a URI, or without exactly one output.
	BadImporter Code = "bad-importer"
	// NoWorkspace: a pipeline that uses the workspace and asks for none.
	NoWorkspace Code = "no-workspace"
	// BadCondition: a condition that cannot be read or translated.
	BadCondition Code = "bad-condition"
	// BadItems: the items of a loop are not a list.
	BadItems Code = "bad-items"
	// RoundedFactor: a backoff factor that Argo cannot express (a warning).
	RoundedFactor Code = "rounded-factor"
	// BadQuantity: a text that is not a quantity of Kubernetes.
	BadQuantity Code = "bad-quantity"
	// BadSetting: a Kubernetes setting that Kubernetes would refuse.
	BadSetting Code = "bad-setting"
	// UnusedSetting: Kubernetes settings that no pod has (a warning).
	UnusedSetting Code = "unused-setting"
	// BadDuration: a text that is not a duration.
	BadDuration Code = "bad-duration"
	// UnknownArgument: a parameter given on the command line that the
	// pipeline does not have.
	UnknownArgument Code = "unknown-argument"
)
