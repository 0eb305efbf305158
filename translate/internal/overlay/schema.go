package overlay

import (
	"encoding"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
)

// This file knows Argo's types, by reflection: which fields there are, and how
// lists of them merge.

func workflowType() reflect.Type { return reflect.TypeFor[wfv1.Workflow]() }
func templateType() reflect.Type { return reflect.TypeFor[wfv1.Template]() }
func podSpecType() reflect.Type  { return reflect.TypeFor[corev1.PodSpec]() }

// field is a field of an object.
type field struct {
	name string
	kind reflect.Type // without pointers
	// key is the field by which the items of a list are told apart when it is
	// merged. It is empty where the list is replaced.
	key string
}

// fieldsOf lists the fields of a struct, with those of the structs that are
// written inline.
func fieldsOf(t reflect.Type) []field {
	var all []field
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case !f.IsExported() || name == "-":
		case f.Anonymous && name == "" || strings.Contains(options, "inline"):
			all = append(all, fieldsOf(plain(f.Type))...)
		default:
			all = append(all, field{name: name, kind: plain(f.Type), key: f.Tag.Get("patchMergeKey")})
		}
	}
	return all
}

// plain is a type without the pointers to it.
func plain(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// find returns the field of a name.
func find(fields []field, name string) (field, bool) {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return fields[i], true
}

// below returns the name of the first field that is an object and has a field
// of a name itself.
func below(fields []field, name string) (string, bool) {
	for _, f := range fields {
		if isObject(f.kind) {
			if _, ok := find(fieldsOf(f.kind), name); ok {
				return f.name, true
			}
		}
	}
	return "", false
}

// successor returns what is in Argo 3.7 and 4 for a field of a struct that
// Argo 4 no longer has, or nothing.
func successor(t reflect.Type, name string) string {
	if t != reflect.TypeFor[wfv1.Synchronization]() {
		return ""
	}
	return map[string]string{"mutex": "mutexes", "semaphore": "semaphores"}[name]
}

// isObject reports whether the values of a type are objects whose fields are
// known.
func isObject(t reflect.Type) bool { return t.Kind() == reflect.Struct && !readsItself(t) }

// readsItself reports whether only the type itself knows its form in JSON.
func readsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(reflect.TypeFor[json.Unmarshaler]()) || p.Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) ||
		t == reflect.TypeFor[[]byte]()
}

// names lists the values of the types that have but a few.
func names(t reflect.Type) []string {
	return map[reflect.Type][]string{
		reflect.TypeFor[corev1.PullPolicy]():               {"Always", "IfNotPresent", "Never"},
		reflect.TypeFor[corev1.DNSPolicy]():                {"ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"},
		reflect.TypeFor[corev1.RestartPolicy]():            {"Always", "OnFailure", "Never"},
		reflect.TypeFor[corev1.ContainerRestartPolicy]():   {"Always"},
		reflect.TypeFor[corev1.PreemptionPolicy]():         {"Never", "PreemptLowerPriority"},
		reflect.TypeFor[corev1.TaintEffect]():              {"NoSchedule", "PreferNoSchedule", "NoExecute"},
		reflect.TypeFor[corev1.TolerationOperator]():       {"Equal", "Exists"},
		reflect.TypeFor[corev1.NodeSelectorOperator]():     {"In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"},
		reflect.TypeFor[corev1.Protocol]():                 {"TCP", "UDP", "SCTP"},
		reflect.TypeFor[corev1.URIScheme]():                {"HTTP", "HTTPS"},
		reflect.TypeFor[corev1.MountPropagationMode]():     {"None", "HostToContainer", "Bidirectional"},
		reflect.TypeFor[corev1.SeccompProfileType]():       {"Unconfined", "RuntimeDefault", "Localhost"},
		reflect.TypeFor[corev1.TerminationMessagePolicy](): {"File", "FallbackToLogsOnError"},
		reflect.TypeFor[corev1.PersistentVolumeAccessMode](): {
			"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod",
		},
		reflect.TypeFor[wfv1.RetryPolicy]():           {"Always", "OnFailure", "OnError", "OnTransientError"},
		reflect.TypeFor[wfv1.PodGCStrategy]():         {"OnPodCompletion", "OnPodSuccess", "OnWorkflowCompletion", "OnWorkflowSuccess"},
		reflect.TypeFor[wfv1.VolumeClaimGCStrategy](): {"OnWorkflowCompletion", "OnWorkflowSuccess"},
		reflect.TypeFor[wfv1.ArtifactGCStrategy]():    {"OnWorkflowCompletion", "OnWorkflowDeletion", "Never"},
		reflect.TypeFor[wfv1.ShutdownStrategy]():      {"Terminate", "Stop"},
	}[t]
}
