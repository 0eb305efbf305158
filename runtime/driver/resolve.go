package driver

import (
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/place"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// resolve makes the plan of a task without touching anything.
func resolve(task *contract.Task, options Options) (*contract.Plan, error) {
	if err := checkSettings(task); err != nil {
		return nil, err
	}
	base, err := outputBase(task, options.Attempt)
	if err != nil {
		return nil, err
	}
	failures, err := failuresURI(task)
	if err != nil {
		return nil, err
	}
	declared := task.Component.Outputs
	if task.Component.Import != nil {
		declared = contract.ComponentOutputs{} // it lies where it is imported from
	}
	outputs, err := base.outputs(declared, options.Root)
	if err != nil {
		return nil, err
	}
	values := placeholder.Values{Pipeline: pipelineValues(task, nodeID(task, options.NodeID)), Root: options.Root}
	values.ExecutorInput.Outputs = outputs
	if err := resolveInputs(task, &values); err != nil {
		return nil, err
	}
	if task.Component.Import != nil {
		if err := addImport(task.Component, &values); err != nil {
			return nil, err
		}
	}
	log, err := resolveLog(task, base, options)
	if err != nil {
		return nil, err
	}
	return &contract.Plan{
		Version:       contract.PlanVersion,
		ExecutorInput: values.ExecutorInput,
		Given:         values.Given,
		Placeholders:  values.Pipeline,
		Outputs:       task.Component.Outputs,
		Imports:       task.Component.Import != nil,
		LookUp:        lookUp(task),
		Node:          task.Run.Node,
		Failures:      failures,
		Values:        base.values(),
		InlineLimit:   task.InlineLimit,
		Log:           log.uri,
		LogIndex:      log.index,
		LogLimit:      log.limit,
		PipelineRoot:  task.Run.PipelineRoot,
		ShieldedEnv:   task.Component.ShieldedEnv,
		Present:       presence(task),
	}, nil
}

// lookUp is the output of a look-up that tells what came of it, or empty.
func lookUp(task *contract.Task) string {
	if task.LookUp == nil {
		return ""
	}
	return task.LookUp.Hit
}

// base is the URI below which one attempt of a task stores its outputs, empty
// for a pipeline without a root.
type base string

func outputBase(task *contract.Task, attempt string) (base, error) {
	if task.Run.PipelineRoot == "" {
		return "", nil
	}
	root, err := store.ParseRoot(task.Run.PipelineRoot)
	if err != nil {
		return "", err
	}
	uri, err := root.URI().Join(runOf(task).Attempt(directory(nodeOf(task).Path), attempt)...)
	if err != nil {
		return "", fmt.Errorf("URI of the outputs: %w", err)
	}
	return base(uri.String()), nil
}

// failuresURI is where the failures of a run are recorded.
func failuresURI(task *contract.Task) (string, error) {
	if task.Run.PipelineRoot == "" {
		return "", nil
	}
	root, err := store.ParseRoot(task.Run.PipelineRoot)
	if err != nil {
		return "", err
	}
	uri, err := root.URI().Join(runOf(task).Failures()...)
	return uri.String(), err
}

// outputs provisions the declared outputs.
func (b base) outputs(declared contract.ComponentOutputs, root contract.Root) (contract.Outputs, error) {
	outputs := contract.Outputs{
		Parameters: map[string]contract.OutputParameter{},
		Artifacts:  map[string]contract.ArtifactList{},
		OutputFile: b.outputFile(root),
	}
	for name := range declared.Parameters {
		if !staysBelow(name) {
			return outputs, fmt.Errorf("output parameter %q: its name does not serve as the name of a file", name)
		}
		outputs.Parameters[name] = contract.OutputParameter{OutputFile: root.Path(contract.OutputParameterDir + "/" + name)}
	}
	for name, artifact := range declared.Artifacts {
		uri, err := b.artifactURI(name)
		if err != nil {
			return outputs, fmt.Errorf("output artifact %q: %w", name, err)
		}
		outputs.Artifacts[name] = contract.ArtifactList{Artifacts: []contract.RuntimeArtifact{{
			Name: name, Type: artifact.Type, URI: uri, Metadata: artifact.Metadata,
		}}}
	}
	return outputs, nil
}

// values is where outputs go that are too large for Argo.
func (b base) values() string {
	if b == "" {
		return ""
	}
	return place.Values(string(b))
}

// keptLog says where the log of a task goes, and how much of it.
type keptLog struct {
	uri, index string
	limit      int64
}

// resolveLog returns the zero keptLog where nothing is kept: where that was asked for,
// without a root, without a program, or where the component has an output of that name.
func resolveLog(task *contract.Task, b base, options Options) (keptLog, error) {
	limit := int64(contract.DefaultLogLimit)
	if task.LogLimit != nil {
		limit = *task.LogLimit
	}
	_, taken := task.Component.Outputs.Artifacts[place.ExecutorLogs]
	if b == "" || limit == 0 || taken || task.Component.Import != nil || task.LookUp != nil {
		return keptLog{}, nil
	}
	root, err := store.ParseRoot(task.Run.PipelineRoot)
	if err != nil {
		return keptLog{}, err
	}
	index, err := root.URI().Join(runOf(task).LogIndex(nodeID(task, options.NodeID))...)
	if err != nil {
		return keptLog{}, err
	}
	return keptLog{uri: place.Output(string(b), place.ExecutorLogs), index: index.String(), limit: limit}, nil
}

func (b base) artifactURI(name string) (string, error) {
	if b == "" {
		return "", fmt.Errorf("the pipeline has no pipeline root to store it under")
	}
	if !staysBelow(name) {
		return "", fmt.Errorf("its name does not serve as the name of an object")
	}
	return place.Output(string(b), name), nil
}

// staysBelow reports whether a name, as a path, names something within the
// directory that it is appended to.
func staysBelow(name string) bool {
	return filepath.IsLocal(name) && path.Clean(name) == name && name != "."
}

func (b base) outputFile(root contract.Root) string {
	if local, ok := root.LocalPath(string(b) + "/output_metadata.json"); ok {
		return local
	}
	return root.Path(contract.OutputFileWithoutStore)
}

// nodeID is what Argo says that the node is, or a name of our own that tells it
// from others.
func nodeID(task *contract.Task, said string) string {
	if said != "" {
		return said
	}
	return hash(task.Run.UID + "/" + task.Run.Node)
}

// pipelineValues returns what the placeholders about the run stand for.
func pipelineValues(task *contract.Task, nodeID string) map[string]string {
	run := task.Run
	values := map[string]string{
		placeholder.JobName:         run.Name,
		placeholder.JobResourceName: run.Name,
		placeholder.JobUUID:         run.UID,
		placeholder.TaskName:        taskKey(nodeOf(task).Task, task.Component.TaskKeys),
		placeholder.TaskUUID:        nodeID,
		placeholder.JobCreateTime:   run.Created,
		placeholder.JobScheduleTime: run.Created,
		placeholder.WorkspacePath:   contract.WorkspaceDir,
	}
	if root, _, _ := strings.Cut(run.PipelineRoot, "?"); root != "" {
		values[placeholder.PipelineRoot] = strings.TrimSuffix(root, "/") + "/" + path.Join(runOf(task).Dir()...)
	}
	return values
}
