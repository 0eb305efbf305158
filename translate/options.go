package translate

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kfp2argo/kfp2argo/internal/macro"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/check"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
	"github.com/kfp2argo/kfp2argo/translate/kind"
)

// Options are the choices that a pipeline leaves open. The zero value
// translates a pipeline as it is, for a cluster where Argo's defaults hold.
// What is wrong with an option is a diagnostic without a place, but for texts
// (Overlays, Store.Configs), in which diagnostics have places.
type Options struct {
	// Name is the name of the Workflow. Empty lets the API server make one up
	// from GenerateName.
	Name string
	// GenerateName is what the name begins with where Name is empty. Empty is
	// the name of the pipeline with a dash.
	GenerateName string
	// Namespace is where the Workflow goes. Empty leaves it to the user who submits
	// it.
	Namespace string
	// Arguments replaces the defaults of the pipeline's inputs, by their names.
	// The texts are as on a command line: raw for a STRING and for the URI of an
	// artifact, JSON for the rest. Inputs that are not in it keep their
	// defaults; those without must be given on submission.
	Arguments map[string]string
	// Macros lets each run replace those macros in Arguments that KFP replaces in
	// the parameters of recurring runs, such as [[ScheduledTime.2006-01-02]]; see
	// docs/server.md. The Workflow is then for a CronWorkflow: no other run knows
	// when it was due.
	Macros bool
	Store  Store
	Cache  Cache
	Pods   Pods
	// MaxSize is how many bytes a Workflow may have together with the state of
	// its run: what the controller has as MAX_WORKFLOW_SIZE. Zero is its default,
	// 1 MiB; a negative number is for a controller that offloads the state.
	MaxSize int
	// Overlays are patches, YAML documents with fields of Argo's for the
	// Workflow and for the templates of selected tasks; later ones win. See
	// docs/overlays.md.
	Overlays []diag.Source
	// Template, where it is given, is a template that was translated from the
	// same pipeline. The Workflow only refers to it, and has those arguments
	// that Arguments and Store.Root give; see [kind.Reference]. What the other
	// options say of its spec is in the template. Nil makes a Workflow that
	// is whole.
	Template *kind.Ref
}

// Store says where artifacts are stored, and large values. See docs/storage.md.
type Store struct {
	// Root is the pipeline root, the URI under which artifacts are stored, such
	// as s3://bucket/path. Where it is empty, the pipeline's own default holds,
	// then Volume, then Configs, and without any the user who submits the Workflow
	// must give it, if it has artifacts.
	Root string
	// Secret names a Secret with the keys accesskey and secretkey for an S3
	// store. Where it is empty, Configs name one or the pods find credentials by
	// themselves, as AWS's own tools do.
	Secret string
	// Configs describe stores, as ConfigMaps of KFP's launcher and of Argo's
	// artifact repositories; earlier ones win.
	Configs []StoreConfig
	// Volume is a claim that all pods mount at [StoreDir], to store artifacts in.
	// The zero value mounts none.
	Volume StoreVolume
	// InlineLimit is the size in bytes above which the value of an output
	// parameter, or the metadata of an artifact, goes to the store instead of
	// into the Workflow. Zero is 16 KiB.
	InlineLimit int
	// LogLimit is how many bytes are kept in the store of what a task's program
	// writes, its beginning and its end. Zero is 10 MiB, a negative number keeps
	// nothing.
	LogLimit int64
}

// RootArgument is the argument of a Workflow that holds the pipeline root.
const RootArgument = contract.RootArgument

// StoreConfig is a file that describes stores. Key selects one of several
// artifact repositories; where it is empty, Argo's annotation does.
type StoreConfig struct {
	diag.Source
	Key string
}

// StoreVolume is a Claim, or the directory SubPath in it. It is none where Claim
// is empty.
type StoreVolume struct{ Claim, SubPath string }

// StoreDir is where a StoreVolume is mounted.
const StoreDir = contract.StoreDir

// Cache says when the result of an earlier task is used again. The zero value
// lets the pipeline decide. See docs/caching.md.
type Cache struct {
	// Off runs every task, whatever the pipeline says.
	Off bool
	// MaxAge is how old a result may be. Zero takes any.
	MaxAge time.Duration
	// Check says where a task looks for a result.
	Check CacheCheck
}

// CacheCheck says where a task looks for an earlier one that did the same.
type CacheCheck int

// The places to look.
const (
	// CheckAuto looks ahead for tasks with accelerators and inline for all others.
	CheckAuto CacheCheck = iota
	// CheckInline looks in the task's own pod.
	CheckInline
	// CheckAhead looks in a small pod before the task's own.
	CheckAhead
)

// Pods says what all pods have in common.
type Pods struct {
	// Image holds the driver and the launcher. Empty is [DefaultImage].
	Image string
	// LauncherPath is the absolute path of the launcher in the users' images,
	// all of which must have it there; see docs/embedding.md. Empty has the
	// driver copy it into each pod.
	LauncherPath string
	// ServiceAccount is what the pods run as. Empty is Argo's default, and else
	// that of the namespace.
	ServiceAccount string
	// ServiceAccountToken gives programs the token of the pod's service
	// account, with which they can call the API server. False hides it from
	// them.
	ServiceAccountToken bool
	// TokenTasks selects the tasks whose programs get the token where
	// ServiceAccountToken is false, as patches select theirs: by names, which may
	// stand behind that of their pipeline and a slash, and have * and ?.
	TokenTasks []string
	// Security is the Pod Security Standard that the pods meet.
	Security PodSecurity
	// User is who programs run as, unless the pipeline says so.
	User User
	// Env lists environment variables of every program, such as HTTPS_PROXY.
	// What a pipeline sets for a program wins.
	Env []EnvVar
	// CABundle holds the certificates that every program trusts, instead of
	// those of its image. The zero value leaves those.
	CABundle CABundle
	// Driver has the requests and limits of the driver; the zero value sets none.
	// Those of Argo's own containers are in Argo's configuration.
	Driver corev1.ResourceRequirements
}

// PodSecurity says which Kubernetes Pod Security Standard the pods meet.
type PodSecurity int

// The levels of Pod Security.
const (
	// Restricted is an ordinary user on a read-only root file system.
	Restricted PodSecurity = iota
	// Baseline keeps the user and the root file system of the image.
	Baseline
	// Off leaves security to the namespace.
	Off
)

// User says who programs run as: a UID from 1 on, or one of these.
type User int64

// The users without a number.
const (
	// UserDefault is 1000 where pods are Restricted, and else that of the image.
	UserDefault User = 0
	// UserOfImage is that of the image, which must be a number and not root where
	// pods are Restricted.
	UserOfImage User = -1
	// UserOfCluster names no user and no group of volumes: the cluster assigns them
	// when it admits a pod, as OpenShift does.
	UserOfCluster User = -2
)

// EnvVar is an environment variable: its Name and its Value, which Argo must
// not read, so that it has no {{ in it.
type EnvVar struct{ Name, Value string }

// CABundle is a Key of a ConfigMap that holds certificates in PEM form. Key
// defaults to ca.crt. It is no bundle where ConfigMap is empty.
type CABundle struct{ ConfigMap, Key string }

// checkOptions reports options that Kubernetes or Argo would not take as they
// are meant. They have no place in the pipeline.
func checkOptions(o Options, report *diag.Report) {
	bad := func(format string, args ...any) { report.Errorf(diag.BadSetting, diag.Span{}, format, args...) }
	for _, v := range o.Pods.Env {
		problems := validation.IsEnvVarName(v.Name)
		switch {
		case len(problems) > 0:
			bad("the environment variable %q for all pods: %s", v.Name, check.Short(problems[0]))
		case strings.HasPrefix(v.Name, contract.VariablePrefix):
			bad("the environment variable %q for all pods: names that begin so are kfp2argo's own", v.Name)
		case strings.Contains(v.Value, "{{"):
			bad("the environment variable %q for all pods: Argo would read the {{ in its value", v.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.Arguments)) {
		if _, err := macro.Find(o.Arguments[name]); o.Macros && err != nil {
			bad("the argument %q: %v", name, err)
		}
	}
	checkVolume(o.Store.Volume, bad)
	if o.Pods.Security < Restricted || o.Pods.Security > Off {
		bad("the level %d of Pod Security: there is none", o.Pods.Security)
	}
	if o.Pods.User < UserOfCluster || o.Pods.User > math.MaxInt32 {
		bad("the user %d: there is none", o.Pods.User)
	}
	if o.Cache.Check < CheckAuto || o.Cache.Check > CheckAhead {
		bad("the cache check %d: there is none", o.Cache.Check)
	}
	if b := o.Pods.CABundle; b.ConfigMap != "" {
		if problems := validation.IsDNS1123Subdomain(b.ConfigMap); len(problems) > 0 {
			bad("the ConfigMap %q of certificates: %s", b.ConfigMap, check.Short(problems[0]))
		}
		if problems := validation.IsConfigMapKey(b.Key); b.Key != "" && len(problems) > 0 {
			bad("the key %q of certificates: %s", b.Key, check.Short(problems[0]))
		}
	}
}

// checkReference reports an argument that would not arrive as it is meant: how
// the template reads an empty text was decided when that was translated.
func checkReference(p *pipeline.Pipeline, o Options, report *diag.Report) {
	for _, input := range p.Root.Parameters {
		text, given := o.Arguments[input.Name]
		if given && text == "" && input.Type == contract.String && input.MayBeAbsent() {
			report.Errorf(diag.BadSetting, diag.Span{}, "the template takes an empty argument for input %q as none", input.Name).
				Hintf("leave it out, or give it to the template")
		}
	}
}
