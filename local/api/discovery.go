package api

import (
	"net/http"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
)

func groupVersionKind(r Resource) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: r.Group, Version: r.Version, Kind: r.Kind}
}

// discover answers what kubectl asks first: what there is.
func discover(w http.ResponseWriter, path string) error {
	parts := trimSlashes(path)
	switch {
	case path == "/version":
		return writeJSON(w, http.StatusOK, version.Info{Major: "1", Minor: "33", GitVersion: "v1.33.0+kfp2argo-local", Platform: "local"})
	case path == "/api":
		return writeJSON(w, http.StatusOK, metav1.APIVersions{TypeMeta: metav1.TypeMeta{Kind: "APIVersions"}, Versions: []string{"v1"}})
	case path == "/apis":
		return writeJSON(w, http.StatusOK, groups())
	case len(parts) == 2 && parts[0] == "api":
		return discoverResources(w, "", parts[1])
	case len(parts) == 3 && parts[0] == "apis":
		return discoverResources(w, parts[1], parts[2])
	}
	return errNoPath(path)
}

func groups() *metav1.APIGroupList {
	all := &metav1.APIGroupList{TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"}}
	for _, r := range Resources() {
		known := slices.ContainsFunc(all.Groups, func(g metav1.APIGroup) bool { return g.Name == r.Group })
		if r.Group == "" || known {
			continue
		}
		v := metav1.GroupVersionForDiscovery{GroupVersion: r.groupVersion(), Version: r.Version}
		all.Groups = append(all.Groups, metav1.APIGroup{Name: r.Group, Versions: []metav1.GroupVersionForDiscovery{v}, PreferredVersion: v})
	}
	return all
}

func discoverResources(w http.ResponseWriter, group, version string) error {
	all := &metav1.APIResourceList{TypeMeta: metav1.TypeMeta{Kind: "APIResourceList", APIVersion: "v1"}}
	for _, r := range Resources() {
		if r.Group != group || r.Version != version {
			continue
		}
		all.GroupVersion = r.groupVersion()
		all.APIResources = append(all.APIResources, metav1.APIResource{
			Name: r.Name, Kind: r.Kind, Namespaced: !r.Cluster, ShortNames: r.Short,
			Verbs: metav1.Verbs{"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"},
		})
	}
	if all.GroupVersion == "" {
		return errNoPath("/apis/" + group + "/" + version)
	}
	return writeJSON(w, http.StatusOK, all)
}
