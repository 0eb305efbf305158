package document

import "github.com/kfp2argo/kfp2argo/translate/diag"

// KubernetesExecutorConfig holds the Kubernetes settings of an executor: what
// the SDK's extension kfp-kubernetes writes. Settings that the run may decide
// are of type InputParameterSpec; each has a deprecated form that is a text.
type KubernetesExecutorConfig struct {
	Span                   diag.Span
	SecretAsVolume         []*SecretAsVolume
	SecretAsEnv            []*SecretAsEnv
	PVCMount               []*PVCMount `ir:"pvcMount"`
	NodeSelector           *NodeSelector
	PodMetadata            *PodMetadata
	ImagePullSecret        []*ImagePullSecret
	ImagePullPolicy        Text
	ConfigMapAsVolume      []*ConfigMapAsVolume
	ConfigMapAsEnv         []*ConfigMapAsEnv
	ActiveDeadlineSeconds  Int
	FieldPathAsEnv         []*FieldPathAsEnv
	Tolerations            []*Toleration
	GenericEphemeralVolume []*GenericEphemeralVolume
	NodeAffinity           []*NodeAffinityTerm
	PodAffinity            []*PodAffinityTerm
	EnabledSharedMemory    *EnabledSharedMemory
	EmptyDirMounts         []*EmptyDirMount
	SecurityContext        *SecurityContext
	InitContainers         []*InitContainer
}

// SecretAsVolume mounts a Secret as a directory.
type SecretAsVolume struct {
	Span                diag.Span
	SecretName          Text // deprecated
	MountPath           Text
	Optional            Bool
	SecretNameParameter *InputParameterSpec
}

// SecretAsEnv sets environment variables from the keys of a Secret.
type SecretAsEnv struct {
	Span                diag.Span
	SecretName          Text // deprecated
	KeyToEnv            []*SecretKeyToEnvMap
	Optional            Bool
	SecretNameParameter *InputParameterSpec
}

// SecretKeyToEnvMap sets one environment variable from a key of a Secret.
type SecretKeyToEnvMap struct {
	Span      diag.Span
	SecretKey Text
	EnvVar    Text
}

// ConfigMapAsVolume mounts a ConfigMap as a directory.
type ConfigMapAsVolume struct {
	Span                   diag.Span
	ConfigMapName          Text // deprecated
	MountPath              Text
	Optional               Bool
	ConfigMapNameParameter *InputParameterSpec
}

// ConfigMapAsEnv sets environment variables from the keys of a ConfigMap.
type ConfigMapAsEnv struct {
	Span                   diag.Span
	ConfigMapName          Text // deprecated
	KeyToEnv               []*ConfigMapKeyToEnvMap
	ConfigMapNameParameter *InputParameterSpec
	Optional               Bool
}

// ConfigMapKeyToEnvMap sets one environment variable from a key of a ConfigMap.
type ConfigMapKeyToEnvMap struct {
	Span         diag.Span
	ConfigMapKey Text
	EnvVar       Text
}

// PVCMount mounts the volume of a PersistentVolumeClaim.
type PVCMount struct {
	Span                    diag.Span
	TaskOutputParameter     *TaskOutputParameterSpec `ir:",oneof=pvc_reference"` // deprecated
	Constant                Text                     `ir:",oneof=pvc_reference"` // deprecated
	ComponentInputParameter Text                     `ir:",oneof=pvc_reference"` // deprecated
	MountPath               Text
	PVCNameParameter        *InputParameterSpec `ir:"pvcNameParameter"`
	SubPath                 Text
}

// NodeSelector names the labels of the nodes that a pod may run on.
type NodeSelector struct {
	Span             diag.Span
	Labels           Map[Text]
	NodeSelectorJSON *InputParameterSpec `ir:"nodeSelectorJson"`
}

// PodMetadata holds labels and annotations of a pod, or of a claim.
type PodMetadata struct {
	Span        diag.Span
	Labels      Map[Text]
	Annotations Map[Text]
}

// ImagePullSecret names a Secret with which images are pulled.
type ImagePullSecret struct {
	Span                diag.Span
	SecretName          Text // deprecated
	SecretNameParameter *InputParameterSpec
}

// FieldPathAsEnv sets an environment variable from a field of the pod.
type FieldPathAsEnv struct {
	Span      diag.Span
	Name      Text
	FieldPath Text
}

// Toleration lets a pod run on nodes with a taint.
type Toleration struct {
	Span              diag.Span
	Key               Text
	Operator          Text
	Value             Text
	Effect            Text
	TolerationSeconds Int
	TolerationJSON    *InputParameterSpec `ir:"tolerationJson"`
}

// GenericEphemeralVolume mounts a volume that is made for the pod.
type GenericEphemeralVolume struct {
	Span                diag.Span
	VolumeName          Text
	MountPath           Text
	AccessModes         []Text
	Size                Text
	DefaultStorageClass Bool
	StorageClassName    Text
	Metadata            *PodMetadata
}

// SelectorRequirement is a condition on a label or a field.
type SelectorRequirement struct {
	Span     diag.Span
	Key      Text
	Operator Text
	Values   []Text
}

// NodeAffinityTerm describes nodes that a pod must run on or, with a weight,
// rather runs on.
type NodeAffinityTerm struct {
	Span             diag.Span
	MatchExpressions []*SelectorRequirement
	MatchFields      []*SelectorRequirement
	Weight           Int
	NodeAffinityJSON *InputParameterSpec `ir:"nodeAffinityJson"`
}

// PodAffinityTerm describes pods near which a pod runs or, with Anti, does not.
type PodAffinityTerm struct {
	Span                      diag.Span
	MatchPodExpressions       []*SelectorRequirement
	MatchPodLabels            Map[Text]
	TopologyKey               Text
	Namespaces                []Text
	MatchNamespaceExpressions []*SelectorRequirement
	MatchNamespaceLabels      Map[Text]
	Weight                    Int
	Anti                      Bool
}

// EnabledSharedMemory asks for a larger /dev/shm.
type EnabledSharedMemory struct {
	Span       diag.Span
	VolumeName Text
	Size       Text
}

// EmptyDirMount mounts an empty directory.
type EmptyDirMount struct {
	Span       diag.Span
	VolumeName Text
	MountPath  Text
	Medium     Text
	SizeLimit  Text
}

// SecurityContext says what the program runs as.
type SecurityContext struct {
	Span         diag.Span
	RunAsUser    Int
	RunAsGroup   Int
	RunAsNonRoot Bool
}

// InitContainer is a container that runs before the program or, with the
// restart policy Always, beside it.
type InitContainer struct {
	Span          diag.Span
	Name          Text
	Image         Text
	Command       []Text
	Args          []Text
	Env           []*EnvVar
	VolumeMounts  []*VolumeMount
	RestartPolicy Text
	Resources     *ResourceRequirements
}

// VolumeMount mounts a volume of the pod in an init container.
type VolumeMount struct {
	Span       diag.Span
	VolumeName Text
	MountPath  Text
}

// ResourceRequirements are quantities by resource name.
type ResourceRequirements struct {
	Span     diag.Span
	Requests Map[Text]
	Limits   Map[Text]
}
