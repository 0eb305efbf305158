package api

import (
	"encoding/base64"
	"strings"
)

// Resource is a kind of object that the API knows of.
type Resource struct {
	Group, Version, Name, Kind string
	// Cluster says that its objects are in no namespace.
	Cluster bool
	Short   []string
}

const rbac = "rbac.authorization.k8s.io"

// Resources lists what the API knows of: what Argo, pipelines and people need.
func Resources() []Resource {
	core := func(name, kind string, short ...string) Resource {
		return Resource{Version: "v1", Name: name, Kind: kind, Short: short}
	}
	argo := func(name, kind string, short ...string) Resource {
		return Resource{Group: "argoproj.io", Version: "v1alpha1", Name: name, Kind: kind, Short: short}
	}
	all := []Resource{
		core("pods", "Pod", "po"), core("configmaps", "ConfigMap", "cm"), core("secrets", "Secret"),
		core("events", "Event", "ev"), core("serviceaccounts", "ServiceAccount", "sa"),
		core("persistentvolumeclaims", "PersistentVolumeClaim", "pvc"), core("services", "Service", "svc"),
		argo("workflows", "Workflow", "wf"), argo("workflowtemplates", "WorkflowTemplate", "wftmpl"),
		argo("cronworkflows", "CronWorkflow", "cwf"), argo("workflowtasksets", "WorkflowTaskSet", "wfts"),
		argo("workflowtaskresults", "WorkflowTaskResult"), argo("workflowartifactgctasks", "WorkflowArtifactGCTask"),
		argo("workfloweventbindings", "WorkflowEventBinding"),
		{Group: "policy", Version: "v1", Name: "poddisruptionbudgets", Kind: "PodDisruptionBudget", Short: []string{"pdb"}},
		{Group: "coordination.k8s.io", Version: "v1", Name: "leases", Kind: "Lease"},
		{Group: "storage.k8s.io", Version: "v1", Name: "storageclasses", Kind: "StorageClass", Cluster: true, Short: []string{"sc"}},
		{Group: "scheduling.k8s.io", Version: "v1", Name: "priorityclasses", Kind: "PriorityClass", Cluster: true, Short: []string{"pc"}},
		// Rights are kept and mean nothing: who has the kubeconfig may do anything.
		{Group: rbac, Version: "v1", Name: "roles", Kind: "Role"},
		{Group: rbac, Version: "v1", Name: "rolebindings", Kind: "RoleBinding"},
		{Group: rbac, Version: "v1", Name: "clusterroles", Kind: "ClusterRole", Cluster: true},
		{Group: rbac, Version: "v1", Name: "clusterrolebindings", Kind: "ClusterRoleBinding", Cluster: true},
	}
	for _, r := range []Resource{core("namespaces", "Namespace", "ns"), core("nodes", "Node", "no"), core("persistentvolumes", "PersistentVolume", "pv"),
		argo("clusterworkflowtemplates", "ClusterWorkflowTemplate", "cwft")} {
		r.Cluster = true
		all = append(all, r)
	}
	return all
}

// ResourceOf returns the resource of a kind.
func ResourceOf(kind string) (Resource, bool) {
	for _, r := range Resources() {
		if r.Kind == kind {
			return r, true
		}
	}
	return Resource{}, false
}

// known returns the resource of a path.
func known(group, version, name string) (Resource, bool) {
	for _, r := range Resources() {
		if r.Group == group && r.Version == version && r.Name == name {
			return r, true
		}
	}
	return Resource{}, false
}

// foldStringData moves what a Secret's writer wrote as text to where its
// readers look.
func foldStringData(f tree) {
	texts, ok := f["stringData"].(map[string]any)
	if !ok {
		return
	}
	data := f.within("data")
	for name, text := range texts {
		if text, ok := text.(string); ok {
			data[name] = base64.StdEncoding.EncodeToString([]byte(text))
		}
	}
	delete(f, "stringData")
}

// isSubresource reports whether a subresource is a part of the object itself,
// as its status is.
func isSubresource(name string) bool { return name == "" || name == "status" }

func trimSlashes(path string) []string { return strings.Split(strings.Trim(path, "/"), "/") }
