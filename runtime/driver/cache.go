package driver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/record"
)

// remember begins the record of the task and looks for an earlier task that did
// the same. If the store does not answer, or the record does not fit, it is a cache
// miss and no error: the task runs. The record is nil for a task that leaves none.
func remember(ctx context.Context, task *contract.Task, plan *contract.Plan, started time.Time, f finder) (begun *record.Task, err error) {
	if plan.PipelineRoot == "" || plan.Imports {
		return nil, nil
	}
	begun = &record.Task{
		Version:  record.Version,
		Pipeline: task.Run.Pipeline,
		Run:      task.Run.Name,
		UID:      task.Run.UID,
		Task:     directory(nodeOf(task).Path),
		Node:     task.Run.Node,
		Attempt:  f.options.Attempt,
		Started:  started,
	}
	if begun.Inputs, err = describeInputs(ctx, task, plan.ExecutorInput.Inputs, f); err != nil {
		f.options.Log.Warn("the task is not recorded", "because", err)
		return nil, nil
	}
	if begun.Key, err = cacheKey(task.Component.Cache, begun.Inputs); err != nil {
		return nil, err
	}
	if begun.Key != "" {
		if begun.Missed, err = findCached(ctx, begun.Key, task.Component, plan, f); err != nil {
			return nil, err
		}
	}
	return begun, nil
}

// finder is where earlier tasks are looked for.
type finder struct {
	place   *record.Place
	options Options
}

// findCached puts an earlier task into the plan, or says why there is none.
func findCached(ctx context.Context, key string, component contract.Component, plan *contract.Plan, f finder) (missed string, err error) {
	maxAge, err := parseAge(component.Cache.MaxAge)
	if err != nil {
		return "", err
	}
	found, err := f.place.Find(ctx, key, component.Outputs, maxAge)
	log := f.options.Log.With("key", key)
	var miss *record.MissError
	switch {
	case errors.As(err, &miss):
		log.Info("cache: miss", "because", miss.Reason)
		return miss.Reason, nil
	case err != nil:
		log.Warn("cache: miss", "because", err)
		return err.Error(), nil
	}
	log.Info("cache: hit", "run", found.Run, "node", found.Node, "finished", found.Finished)
	plan.Cached, err = json.Marshal(found)
	return "", err
}

func parseAge(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	age, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("the age that the cache allows: %w", err)
	}
	return age, nil
}

// cacheKey is the key of a task, or empty for one that is not cached.
func cacheKey(cache *contract.Cache, inputs record.Inputs) (string, error) {
	switch {
	case cache == nil:
		return "", nil
	case cache.Key != "":
		return cache.Key, nil
	}
	return inputs.Key()
}

// describeInputs gathers everything that decides what the task makes.
func describeInputs(ctx context.Context, task *contract.Task, given contract.Inputs, f finder) (record.Inputs, error) {
	inputs := record.Inputs{
		Outputs:    task.Component.Outputs,
		Parameters: map[string]json.RawMessage{},
		Artifacts:  map[string][]record.Artifact{},
		Settings:   map[string]string{},
	}
	p, err := programOf(task, f.options.Root)
	if err != nil {
		return inputs, err
	}
	inputs.Image, inputs.Command, inputs.Claims = p.image, p.command, p.claims
	for name, value := range given.ParameterValues {
		if task.Component.Inputs.Parameters[name].Type != contract.TaskConfig {
			inputs.Parameters[name] = value
		}
	}
	for name, list := range given.Artifacts {
		if inputs.Artifacts[name], err = describeArtifacts(ctx, list, f.place); err != nil {
			return inputs, err
		}
	}
	for name, s := range task.Component.Settings {
		if s.Kind == contract.ImageSetting || s.Needed { // a claim is needed, and holds data
			inputs.Settings[name] = task.Inputs[name]
		}
	}
	return inputs, nil
}

func describeArtifacts(ctx context.Context, list contract.ArtifactList, place *record.Place) ([]record.Artifact, error) {
	all := []record.Artifact{}
	for _, a := range list.Artifacts {
		described, err := place.Artifact(ctx, a)
		if err != nil {
			return nil, err
		}
		all = append(all, described)
	}
	return all, nil
}

// program is what a pod runs, as far as it decides what the task makes.
type program struct {
	image   string
	command []string
	claims  []string // sorted, each once
}

// programOf returns what the task runs, in this pod or in the one that this pod
// looks for.
func programOf(task *contract.Task, root contract.Root) (program, error) {
	if l := task.LookUp; l != nil {
		return program{l.Image, l.Command, l.Claims}, nil
	}
	return readTemplate(root)
}

// readTemplate reads what the pod runs from the template that Argo leaves in
// it, in which it has filled in everything.
func readTemplate(root contract.Root) (program, error) {
	data, err := os.ReadFile(root.Path(contract.TemplateFile))
	if err != nil {
		return program{}, err
	}
	var template struct {
		Container struct {
			Image string   `json:"image"`
			Args  []string `json:"args"`
		} `json:"container"`
		Volumes []struct {
			Claim struct {
				Name string `json:"claimName"`
			} `json:"persistentVolumeClaim"`
		} `json:"volumes"`
	}
	if err := json.Unmarshal(data, &template); err != nil {
		return program{}, fmt.Errorf("%s: %w", contract.TemplateFile, err)
	}
	if template.Container.Image == "" {
		return program{}, fmt.Errorf("%s has no image", contract.TemplateFile)
	}
	p := program{image: template.Container.Image, command: template.Container.Args}
	for _, v := range template.Volumes {
		if v.Claim.Name != "" {
			p.claims = append(p.claims, v.Claim.Name)
		}
	}
	slices.Sort(p.claims)
	p.claims = slices.Compact(p.claims)
	return p, nil
}
