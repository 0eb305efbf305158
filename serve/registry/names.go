package registry

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/google/uuid"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// What the objects are marked with.
const (
	prefix = "kfp2argo.dev/"

	// KindLabel says what a ConfigMap is, IDLabel which.
	KindLabel = prefix + "kind"
	IDLabel   = prefix + "id"
	// PipelineIDLabel stands on versions.
	PipelineIDLabel = prefix + "pipeline-id"
	// ExperimentLabel stands on runs and recurring runs.
	ExperimentLabel = prefix + "experiment"
	// StorageLabel has the value archived, or is not there.
	StorageLabel = prefix + "storage-state"
	archived     = "archived"

	// TitleAnnotation and DescriptionAnnotation are shown by Argo's own UI.
	TitleAnnotation       = "workflows.argoproj.io/title"
	DescriptionAnnotation = "workflows.argoproj.io/description"
	// PipelineAnnotation is the translator's, with the pipeline's name.
	PipelineAnnotation = contract.PipelineAnnotation
	// VersionAnnotation holds the IDs of a pipeline and its version, with a slash
	// between.
	VersionAnnotation = prefix + "pipeline-version"
	// CreatorAnnotation names who has started a run, as the server was told.
	CreatorAnnotation = prefix + "creator"
	// TextsAnnotation lists, as JSON, the arguments that are plain text.
	TextsAnnotation = prefix + "texts"
	// MacrosAnnotation lists, as JSON, the arguments in which each run of a recurring
	// run replaces macros.
	MacrosAnnotation = prefix + "macros"
	// SpecAnnotation holds the compiled pipeline, gzip in base64;
	// SpecFromAnnotation names the ConfigMap with one that is too large for that.
	SpecAnnotation     = prefix + "ir"
	SpecFromAnnotation = prefix + "ir-from"

	scheduledAnnotation = "workflows.argoproj.io/scheduled-time"
)

// The kinds of ConfigMaps.
const (
	kindExperiment = "experiment"
	kindPipeline   = "pipeline"
	kindVersion    = "pipeline-version"
	kindSpec       = "ir"
)

// idOf makes the ID of an object of a kind from what it is in and its name. It
// is the same for ever, so that an object that is restored from a backup or from
// Git has the ID that it had.
func idOf(kind, within, name string) string {
	space := uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://kfp2argo.dev/"+kind+"/"+within))
	return uuid.NewSHA1(space, []byte(name)).String()
}

// objectName is the name of the ConfigMap of an object with an ID. So names
// that are equal meet in Kubernetes.
func objectName(kind, id string) string {
	sum := sha256.Sum256([]byte(id))
	return "kfp2argo-" + kind + "-" + hex.EncodeToString(sum[:8])
}
