package progress

import (
	"encoding/json"
	"fmt"
	"hash/fnv"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/runtime/place"
)

const (
	// podNames is the annotation in which Argo notes how it names pods.
	podNames = "workflows.argoproj.io/pod-name-format"
	// maxPrefix is how much Argo keeps of what comes before the hash.
	maxPrefix = 242
)

// PodName returns the name of the pod of a node. Argo does not write it down
// but makes it of the names of the node and its template. (Its own function for
// that would bring a Kubernetes client with it.)
func PodName(workflow *wfv1.Workflow, n wfv1.NodeStatus) string {
	switch {
	case workflow.Annotations[podNames] == "v1":
		return n.ID
	case n.Name == workflow.Name:
		return n.Name
	}
	prefix := workflow.Name
	if n.TemplateName != "" {
		prefix += "-" + n.TemplateName
	}
	if len(prefix) > maxPrefix {
		prefix = prefix[:maxPrefix]
	}
	hash := fnv.New32a()
	hash.Write([]byte(n.Name))
	return fmt.Sprintf("%s-%d", prefix, hash.Sum32())
}

// isCached reports whether a pod has handed out an artifact that another run
// has made and that it was not given itself.
func (r *reader) isCached(n wfv1.NodeStatus) bool {
	if n.Outputs == nil || n.Phase != wfv1.NodeSucceeded {
		return false
	}
	given := map[string]bool{}
	if n.Inputs != nil {
		for _, p := range n.Inputs.Parameters {
			given[uriOf(p)] = true
		}
	}
	for _, p := range n.Outputs.Parameters {
		uri := uriOf(p)
		if m, ok := place.MakerOf(uri); ok && m.UID != string(r.workflow.UID) && !given[uri] {
			return true
		}
	}
	return false
}

// uriOf returns the URI of a parameter that holds an artifact.
func uriOf(p wfv1.Parameter) string {
	var artifact struct{ URI string }
	if p.Value == nil || json.Unmarshal([]byte(*p.Value), &artifact) != nil {
		return ""
	}
	return artifact.URI
}
