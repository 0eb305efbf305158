package document

import "github.com/kfp2argo/kfp2argo/translate/diag"

// Enum is an enumeration scalar and where it stands. Protobuf's JSON form
// allows it by name or by number.
type Enum[T ~int] struct {
	Value T
	Set   bool
	Span  diag.Span
}

// ParameterType is the declared type of a parameter.
type ParameterType int

// The parameter types, with the numbers of the protobuf enumeration.
const (
	TypeUnspecified ParameterType = iota
	NumberDouble
	NumberInteger
	String
	Boolean
	List
	Struct
	TaskFinalStatusType
	TaskConfig
)

// Names returns the protobuf names, each at the index of its number.
func (ParameterType) Names() []string {
	return []string{
		"PARAMETER_TYPE_ENUM_UNSPECIFIED", "NUMBER_DOUBLE", "NUMBER_INTEGER", "STRING", "BOOLEAN",
		"LIST", "STRUCT", "TASK_FINAL_STATUS", "TASK_CONFIG",
	}
}

// String returns the protobuf name.
func (t ParameterType) String() string { return t.Names()[t] }

// PrimitiveType is the deprecated form of [ParameterType].
type PrimitiveType int

// The primitive types, with the numbers of the protobuf enumeration.
const (
	PrimitiveUnspecified PrimitiveType = iota
	PrimitiveInt
	PrimitiveDouble
	PrimitiveString
)

// Names returns the protobuf names, each at the index of its number.
func (PrimitiveType) Names() []string {
	return []string{"PRIMITIVE_TYPE_UNSPECIFIED", "INT", "DOUBLE", "STRING"}
}

// TriggerStrategy says what a task waits for.
type TriggerStrategy int

// The trigger strategies, with the numbers of the protobuf enumeration.
const (
	StrategyUnspecified TriggerStrategy = iota
	AllUpstreamTasksSucceeded
	AllUpstreamTasksCompleted
)

// Names returns the protobuf names, each at the index of its number.
func (TriggerStrategy) Names() []string {
	return []string{"TRIGGER_STRATEGY_UNSPECIFIED", "ALL_UPSTREAM_TASKS_SUCCEEDED", "ALL_UPSTREAM_TASKS_COMPLETED"}
}

// PassthroughField names a group of pod settings.
type PassthroughField int

// The groups of pod settings.
const (
	PassthroughNone PassthroughField = iota
	PassthroughResources
	PassthroughEnv
	PassthroughAffinity
	PassthroughTolerations
	PassthroughNodeSelector
	PassthroughVolumes
)

// Names returns the protobuf names, each at the index of its number.
func (PassthroughField) Names() []string {
	return []string{
		"NONE", "RESOURCES", "ENV", "KUBERNETES_AFFINITY", "KUBERNETES_TOLERATIONS",
		"KUBERNETES_NODE_SELECTOR", "KUBERNETES_VOLUMES",
	}
}
