package plan

import (
	"cmp"
	"encoding/json"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// RunSettings are the settings of a whole run. Zero and the empty text are none.
type RunSettings struct {
	// TTLAfterCompletion, TTLAfterSuccess and TTLAfterFailure say how many
	// seconds after its end the Workflow is deleted.
	TTLAfterCompletion, TTLAfterSuccess, TTLAfterFailure int64
	ActiveDeadlineSeconds                                int64
	// SemaphoreKey is a key of the ConfigMap [SemaphoreConfigMap], Mutex the
	// name of a mutex.
	SemaphoreKey, Mutex string
	// Workspace is the volume that tasks share, or nil.
	Workspace *Workspace
}

// SemaphoreConfigMap holds the limits of KFP's semaphores.
const SemaphoreConfigMap = "semaphore-config"

// Workspace is a volume that is made for each run.
type Workspace struct {
	Size         string
	AccessModes  []string
	StorageClass string // empty for the cluster's default
}

// runSettings reads the settings of the run.
func runSettings(p *document.SinglePlatformSpec) RunSettings {
	if p == nil || p.PipelineConfig == nil {
		return RunSettings{}
	}
	c := p.PipelineConfig
	return RunSettings{
		TTLAfterCompletion:    cmp.Or(c.ResourceTTLOnCompletion.Value, c.ResourceTTL.Value, c.PipelineTTL.Value),
		TTLAfterSuccess:       c.ResourceTTLOnSuccess.Value,
		TTLAfterFailure:       c.ResourceTTLOnFailure.Value,
		ActiveDeadlineSeconds: c.ActiveDeadlineSeconds.Value,
		SemaphoreKey:          c.SemaphoreKey.Value,
		Mutex:                 c.MutexName.Value,
		Workspace:             workspace(c.Workspace),
	}
}

func workspace(w *document.WorkspaceConfig) *Workspace {
	if w == nil {
		return nil
	}
	planned := &Workspace{Size: w.Size.Value, AccessModes: []string{"ReadWriteOnce"}}
	if w.Kubernetes == nil || w.Kubernetes.PVCSpecPatch.JSON == nil {
		return planned
	}
	patch := object(w.Kubernetes.PVCSpecPatch.JSON)
	if modes, ok := patch["accessModes"]; ok && contract.KindOf(modes) != contract.KindNull {
		planned.AccessModes = nil
		for _, mode := range list(modes) {
			planned.AccessModes = append(planned.AccessModes, mustText(mode))
		}
	}
	planned.StorageClass = textOrNone(patch["storageClassName"])
	return planned
}

func textOrNone(value json.RawMessage) string {
	if value == nil || contract.KindOf(value) == contract.KindNull {
		return ""
	}
	return mustText(value)
}
