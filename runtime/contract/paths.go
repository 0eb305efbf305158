package contract

import (
	"path"
	"strings"
)

// Where things are in a pod. [Dir] is an emptyDir of the pod; its
// sub-directories are also mounted where KFP's SDK expects to write.
const (
	// Dir is the mount of the pod's scratch volume.
	Dir = "/kfp"
	// TaskFile is where Argo puts the [Task].
	TaskFile = Dir + "/task.json"
	// PlanFile is where the driver puts the [Plan].
	PlanFile = Dir + "/plan.json"
	// LauncherFile is where the driver puts the launcher.
	LauncherFile = Dir + "/launcher"
	// KeysDir is the mount of a directory in memory that only the driver, main and
	// Argo's wait have. KeysFile is where the driver puts the [Keys] for the
	// launcher, which removes it before it starts the program.
	KeysDir  = Dir + "/keys"
	KeysFile = KeysDir + "/store.json"
	// HomeDir is a home for programs whose own is not writable.
	HomeDir = Dir + "/home"
	// ArgoOutputDir is where the launcher leaves output parameters for Argo,
	// one file each under the Argo name.
	ArgoOutputDir = Dir + "/outputs"
	// TemplateFile is where Argo leaves the template of the pod, as it runs.
	TemplateFile = "/var/run/argo/template"
	// TerminationFile is where Kubernetes looks for a container's last words.
	TerminationFile = "/dev/termination-log"

	// StoreDir is the mount of the volume that is the store, in pipelines that
	// have such a one.
	StoreDir = "/kfp-store"
	// WorkspaceDir is the mount of the volume that all tasks of a run share.
	WorkspaceDir = "/kfp-workspace"
	// OutputParameterDir is where programs write output parameters; KFP's
	// programs may rely on the path.
	OutputParameterDir = "/tmp/kfp/outputs"
	// OutputFileWithoutStore is the place of the [ExecutorOutput] where there
	// is no pipeline root to derive one from.
	OutputFileWithoutStore = "/tmp/kfp_outputs/output_metadata.json"
)

// VolumeRoot is the pipeline root of a volume at [StoreDir].
const VolumeRoot = schemeFile + "://" + StoreDir

// DefaultInlineLimit is the size above which an output goes to the store, where
// there is one: Argo keeps several copies of each in the Workflow object.
const DefaultInlineLimit = 16 << 10

// DefaultLogLimit is how many bytes of a program's log are kept where there is a
// store.
const DefaultLogLimit = 10 << 20

// MaxParameterBytes bounds the text of one output parameter. Argo keeps all
// parameters of a run in the Workflow object, which etcd bounds to about a
// megabyte, and hangs beyond that.
const MaxParameterBytes = 256 << 10

// SchemeDirs maps each URI scheme that KFP's SDK knows to the directory under
// which the SDK expects its objects. What of an image goes where is for
// [LocalPath] to say.
func SchemeDirs() []SchemeDir {
	return []SchemeDir{{"gs", "/gcs"}, {"s3", "/s3"}, {"minio", "/minio"}, {schemeOCI, "/oci"}}
}

const schemeOCI = "oci"

// SchemeDir is one entry of [SchemeDirs].
type SchemeDir struct{ Scheme, Dir string }

// LocalPath returns where KFP's SDK looks for the object of a URI, or of its
// [Alias], as its artifact classes compute it. The second result is false for a
// scheme that the SDK does not map, whose artifacts have no local file.
func LocalPath(uri string) (string, bool) {
	scheme, rest, ok := strings.Cut(Alias(uri), "://")
	if !ok {
		return "", false
	}
	if scheme == schemeOCI {
		return path.Join("/oci", strings.ReplaceAll(rest, "/", "_"), "models"), true
	}
	for _, d := range SchemeDirs() {
		if d.Scheme == scheme {
			return d.Dir + "/" + rest, true
		}
	}
	return "", false
}

// IsModelImage reports whether an artifact is a model in an image, which is
// mounted or fetched, but never stored.
func IsModelImage(uri string) bool { return strings.HasPrefix(uri, schemeOCI+"://") }

// Root is the directory that stands for "/" of a pod. It is empty in pods;
// tests set it to play a whole pod in a directory of their own.
type Root string

// Path returns the real path of a path of the pod.
func (r Root) Path(path string) string { return string(r) + path }

// LocalPath is [LocalPath] below the root.
func (r Root) LocalPath(uri string) (string, bool) {
	local, ok := LocalPath(uri)
	if !ok {
		return "", false
	}
	return r.Path(local), true
}
