package document

import "github.com/kfp2argo/kfp2argo/translate/diag"

// PipelineSpec is the pipeline document: what `kfp compiler` writes.
type PipelineSpec struct {
	Span diag.Span

	PipelineInfo        PipelineInfo
	DeploymentSpec      DeploymentConfig
	SDKVersion          Text `ir:"sdkVersion"`
	SchemaVersion       Text
	Components          Map[*ComponentSpec]
	Root                *ComponentSpec
	DefaultPipelineRoot Text
}

// PipelineInfo names the pipeline.
type PipelineInfo struct {
	Span        diag.Span
	Name        Text
	DisplayName Text
	Description Text
}

// ComponentSpec is the interface of a component and its implementation: a DAG
// of tasks or, through a label, an executor.
type ComponentSpec struct {
	Span                   diag.Span
	InputDefinitions       ComponentInputsSpec
	OutputDefinitions      ComponentOutputsSpec
	DAG                    *DAGSpec `ir:"dag,oneof=implementation"`
	ExecutorLabel          Text     `ir:",oneof=implementation"`
	SinglePlatformSpecs    []Value
	TaskConfigPassthroughs []*TaskConfigPassthrough
}

// TaskConfigPassthrough names one group of pod settings that a component
// takes as a value.
type TaskConfigPassthrough struct {
	Span        diag.Span
	Field       Enum[PassthroughField]
	ApplyToTask Bool
}

// ComponentInputsSpec declares a component's inputs.
type ComponentInputsSpec struct {
	Span       diag.Span
	Artifacts  Map[*InputArtifactDefinition]
	Parameters Map[*InputParameterDefinition]
}

// InputArtifactDefinition declares one input artifact.
type InputArtifactDefinition struct {
	Span           diag.Span
	ArtifactType   ArtifactTypeSchema
	IsArtifactList Bool
	IsOptional     Bool
	Description    Text
}

// InputParameterDefinition declares one input parameter.
type InputParameterDefinition struct {
	Span          diag.Span
	Type          Enum[PrimitiveType] // deprecated
	ParameterType Enum[ParameterType]
	DefaultValue  Value
	IsOptional    Bool
	Description   Text
	Literals      []Value
}

// ComponentOutputsSpec declares a component's outputs.
type ComponentOutputsSpec struct {
	Span       diag.Span
	Artifacts  Map[*OutputArtifactDefinition]
	Parameters Map[*OutputParameterDefinition]
}

// OutputArtifactDefinition declares one output artifact.
type OutputArtifactDefinition struct {
	Span             diag.Span
	ArtifactType     ArtifactTypeSchema
	Properties       Map[*ValueOrRuntimeParameter] // deprecated
	CustomProperties Map[*ValueOrRuntimeParameter] // deprecated
	Metadata         Value                         `ir:",object"`
	IsArtifactList   Bool
	Description      Text
}

// OutputParameterDefinition declares one output parameter.
type OutputParameterDefinition struct {
	Span          diag.Span
	Type          Enum[PrimitiveType] // deprecated
	ParameterType Enum[ParameterType]
	Description   Text
}

// ArtifactTypeSchema names the type of an artifact.
type ArtifactTypeSchema struct {
	Span           diag.Span
	SchemaTitle    Text `ir:",oneof=kind"`
	SchemaURI      Text `ir:"schemaUri,oneof=kind"` // deprecated
	InstanceSchema Text `ir:",oneof=kind"`
	SchemaVersion  Text
}

// DAGSpec is a graph of tasks and what it hands to its caller.
type DAGSpec struct {
	Span    diag.Span
	Tasks   Map[*TaskSpec]
	Outputs DAGOutputsSpec
}

// DAGOutputsSpec selects a DAG's outputs from those of its tasks.
type DAGOutputsSpec struct {
	Span       diag.Span
	Artifacts  Map[*DAGOutputArtifactSpec]
	Parameters Map[*DAGOutputParameterSpec]
}

// DAGOutputArtifactSpec selects an output artifact; more than one selector
// means the first task that ran (dsl.OneOf).
type DAGOutputArtifactSpec struct {
	Span              diag.Span
	ArtifactSelectors []*ArtifactSelectorSpec
}

// ArtifactSelectorSpec points at an output artifact of a task in the DAG.
type ArtifactSelectorSpec struct {
	Span              diag.Span
	ProducerSubtask   Text
	OutputArtifactKey Text
}

// DAGOutputParameterSpec selects an output parameter, from one task or from
// the first of several that ran (dsl.OneOf).
type DAGOutputParameterSpec struct {
	Span               diag.Span
	ValueFromParameter *ParameterSelectorSpec  `ir:",oneof=kind"`
	ValueFromOneof     *ParameterSelectorsSpec `ir:",oneof=kind"`
}

// ParameterSelectorSpec points at an output parameter of a task in the DAG.
type ParameterSelectorSpec struct {
	Span               diag.Span
	ProducerSubtask    Text
	OutputParameterKey Text
}

// ParameterSelectorsSpec lists the selectors of a dsl.OneOf.
type ParameterSelectorsSpec struct {
	Span               diag.Span
	ParameterSelectors []*ParameterSelectorSpec
}

// TaskSpec is one task of a DAG (KFP's PipelineTaskSpec).
type TaskSpec struct {
	Span              diag.Span
	TaskInfo          TaskInfo
	Inputs            TaskInputsSpec
	DependentTasks    []Text
	CachingOptions    CachingOptions
	ComponentRef      ComponentRef
	TriggerPolicy     TriggerPolicy
	ArtifactIterator  *ArtifactIteratorSpec  `ir:",oneof=iterator"`
	ParameterIterator *ParameterIteratorSpec `ir:",oneof=iterator"`
	RetryPolicy       *RetryPolicy
	IteratorPolicy    IteratorPolicy
}

// TaskInfo holds a task's display name.
type TaskInfo struct {
	Span diag.Span
	Name Text
}

// ComponentRef names the component that a task runs.
type ComponentRef struct {
	Span diag.Span
	Name Text
}

// CachingOptions says whether a task may reuse an earlier result.
type CachingOptions struct {
	Span        diag.Span
	EnableCache Bool
	CacheKey    Text
}

// TriggerPolicy says when a task runs.
type TriggerPolicy struct {
	Span      diag.Span
	Condition Text
	Strategy  Enum[TriggerStrategy]
}

// RetryPolicy says how often and when a failed task is tried again.
// Durations are protobuf's JSON form: seconds with the suffix s.
type RetryPolicy struct {
	Span               diag.Span
	MaxRetryCount      Int
	BackoffDuration    Text
	BackoffFactor      Float
	BackoffMaxDuration Text
}

// IteratorPolicy bounds how many iterations of a loop run at once.
type IteratorPolicy struct {
	Span             diag.Span
	ParallelismLimit Int
}

// ArtifactIteratorSpec loops over a list of artifacts.
type ArtifactIteratorSpec struct {
	Span      diag.Span
	Items     ArtifactItemsSpec
	ItemInput Text
}

// ArtifactItemsSpec names the input that holds the artifacts.
type ArtifactItemsSpec struct {
	Span          diag.Span
	InputArtifact Text
}

// ParameterIteratorSpec loops over a list of values.
type ParameterIteratorSpec struct {
	Span      diag.Span
	Items     ParameterItemsSpec
	ItemInput Text
}

// ParameterItemsSpec holds the items as JSON text, or names the input that
// holds them.
type ParameterItemsSpec struct {
	Span           diag.Span
	Raw            Text `ir:",oneof=kind"`
	InputParameter Text `ir:",oneof=kind"`
}

// TaskInputsSpec binds a task's inputs.
type TaskInputsSpec struct {
	Span       diag.Span
	Parameters Map[*InputParameterSpec]
	Artifacts  Map[*InputArtifactSpec]
}

// InputParameterSpec says where the value of an input parameter comes from.
type InputParameterSpec struct {
	Span                        diag.Span
	TaskOutputParameter         *TaskOutputParameterSpec `ir:",oneof=kind"`
	RuntimeValue                *ValueOrRuntimeParameter `ir:",oneof=kind"`
	ComponentInputParameter     Text                     `ir:",oneof=kind"`
	TaskFinalStatus             *TaskFinalStatus         `ir:",oneof=kind"`
	ParameterExpressionSelector Text
}

// TaskOutputParameterSpec points at an output parameter of a sibling task.
type TaskOutputParameterSpec struct {
	Span               diag.Span
	ProducerTask       Text
	OutputParameterKey Text
}

// TaskFinalStatus asks for the final status of a sibling task.
type TaskFinalStatus struct {
	Span         diag.Span
	ProducerTask Text
}

// InputArtifactSpec says where an input artifact comes from.
type InputArtifactSpec struct {
	Span                   diag.Span
	TaskOutputArtifact     *TaskOutputArtifactSpec `ir:",oneof=kind"`
	ComponentInputArtifact Text                    `ir:",oneof=kind"`
}

// TaskOutputArtifactSpec points at an output artifact of a sibling task.
type TaskOutputArtifactSpec struct {
	Span              diag.Span
	ProducerTask      Text
	OutputArtifactKey Text
}

// ValueOrRuntimeParameter is a constant or the name of an input.
type ValueOrRuntimeParameter struct {
	Span             diag.Span
	ConstantValue    Value `ir:",oneof=value"` // deprecated
	RuntimeParameter Text  `ir:",oneof=value"`
	Constant         Value `ir:",oneof=value"`
}

// DeploymentConfig holds the executors (KFP's PipelineDeploymentConfig).
type DeploymentConfig struct {
	Span      diag.Span
	Executors Map[*ExecutorSpec]
}

// ExecutorSpec is what runs a component.
type ExecutorSpec struct {
	Span      diag.Span
	Container *ContainerSpec `ir:",oneof=spec"`
	Importer  *ImporterSpec  `ir:",oneof=spec"`
	Resolver  Value          `ir:",oneof=spec,object"` // refused whole
	CustomJob Value          `ir:",oneof=spec,object"` // refused whole
}

// ContainerSpec is a container to run (KFP's PipelineContainerSpec).
type ContainerSpec struct {
	Span      diag.Span
	Image     Text
	Command   []Text
	Args      []Text
	Lifecycle *Lifecycle
	Resources *ResourceSpec
	Env       []EnvVar
}

// Lifecycle holds Vertex AI's pre-cache hook.
type Lifecycle struct {
	Span          diag.Span
	PreCacheCheck *LifecycleExec
}

// LifecycleExec is the command of a pre-cache hook.
type LifecycleExec struct {
	Span    diag.Span
	Command []Text
	Args    []Text
}

// ResourceSpec holds a container's resources. The numbers are the deprecated
// form: cores, and decimal gigabytes.
type ResourceSpec struct {
	Span                  diag.Span
	CPULimit              Float `ir:"cpuLimit"`
	MemoryLimit           Float
	CPURequest            Float `ir:"cpuRequest"`
	MemoryRequest         Float
	ResourceCPULimit      Text `ir:"resourceCpuLimit"`
	ResourceMemoryLimit   Text
	ResourceCPURequest    Text `ir:"resourceCpuRequest"`
	ResourceMemoryRequest Text
	Accelerator           *AcceleratorConfig
}

// AcceleratorConfig asks for accelerators.
type AcceleratorConfig struct {
	Span          diag.Span
	Type          Text // deprecated
	Count         Int  // deprecated
	ResourceType  Text
	ResourceCount Text
}

// EnvVar is one environment variable.
type EnvVar struct {
	Span  diag.Span
	Name  Text
	Value Text
}

// ImporterSpec brings an existing object into the pipeline as an artifact.
type ImporterSpec struct {
	Span                diag.Span
	ArtifactURI         *ValueOrRuntimeParameter `ir:"artifactUri"`
	TypeSchema          ArtifactTypeSchema
	Properties          Map[*ValueOrRuntimeParameter] // deprecated
	CustomProperties    Map[*ValueOrRuntimeParameter] // deprecated
	Reimport            Bool
	Metadata            Value `ir:",object"`
	DownloadToWorkspace Bool
}
