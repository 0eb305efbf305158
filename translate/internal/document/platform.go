package document

import "github.com/kfp2argo/kfp2argo/translate/diag"

// PlatformSpec is the platform document: settings for each platform that a
// pipeline may run on.
type PlatformSpec struct {
	Span      diag.Span
	Platforms Platforms
}

// Platforms holds the settings for Kubernetes. Those for other platforms have
// fields of their own, which only they can read.
type Platforms struct {
	Kubernetes *SinglePlatformSpec
	Others     []Text // their names
}

// SinglePlatformSpec holds the settings for Kubernetes.
type SinglePlatformSpec struct {
	Span           diag.Span
	DeploymentSpec PlatformDeploymentConfig
	Platform       Text
	Config         Value `ir:",object"`
	PipelineConfig *PipelineConfig
}

// PlatformDeploymentConfig holds Kubernetes settings by executor label.
type PlatformDeploymentConfig struct {
	Span      diag.Span
	Executors Map[*KubernetesExecutorConfig]
}

// PipelineConfig holds settings of the whole run. The semaphore, the mutex and
// two names were in the SDK for a time and are accepted.
type PipelineConfig struct {
	Span                    diag.Span
	ResourceTTLOnCompletion Int `ir:"resourceTtlOnCompletion"`
	Workspace               *WorkspaceConfig
	ResourceTTLOnSuccess    Int `ir:"resourceTtlOnSuccess"`
	ResourceTTLOnFailure    Int `ir:"resourceTtlOnFailure"`
	ActiveDeadlineSeconds   Int
	SemaphoreKey            Text
	MutexName               Text
	// ResourceTTL and PipelineTTL are what ResourceTTLOnCompletion was called
	// before.
	ResourceTTL Int `ir:"resourceTtl"`
	PipelineTTL Int `ir:"pipelineTtl"`
}

// WorkspaceConfig asks for a volume that all tasks of a run share.
type WorkspaceConfig struct {
	Span       diag.Span
	Size       Text
	Kubernetes *KubernetesWorkspaceConfig
}

// KubernetesWorkspaceConfig patches the claim of the workspace volume.
type KubernetesWorkspaceConfig struct {
	Span         diag.Span
	PVCSpecPatch Value `ir:"pvcSpecPatch,object"`
}
