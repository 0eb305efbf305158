package contract

import "encoding/json"

// WorkspaceKey is the entry of an artifact's metadata that says that it was
// fetched into the workspace; KFP's SDK then looks for it there.
const WorkspaceKey = "_kfp_workspace"

// workspaceArtifacts is the directory of such artifacts.
const workspaceArtifacts = WorkspaceDir + "/.artifacts"

// Import says that the pod runs no program: it fetches an object into the
// workspace and returns it as the only output of its component. URI and the
// strings of Metadata, keys too, hold placeholders.
type Import struct {
	URI      string          `json:"uri"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
}

// InWorkspace reports whether an artifact is in the workspace.
func (a RuntimeArtifact) InWorkspace() bool { return string(a.Metadata[WorkspaceKey]) == "true" }

// LocalPathOf returns where KFP's SDK looks for an artifact: in the workspace
// if it is there, otherwise where [Root.LocalPath] says.
func (r Root) LocalPathOf(a RuntimeArtifact) (string, bool) {
	local, ok := LocalPath(a.URI)
	if !ok {
		return "", false
	}
	if a.InWorkspace() {
		local = workspaceArtifacts + local
	}
	return r.Path(local), true
}
