package argo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/workflow/common"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/local/api"
	"github.com/kfp2argo/kfp2argo/local/kubelet"
)

// Executor does what Argo's executor does in its own containers of a pod, for
// the templates that kfp2argo writes: it puts raw artifacts in their places,
// reads output parameters, and creates, reads and deletes objects.
type Executor struct {
	Store *api.Store
}

// Inside returns what stands in for a container of Argo's executor.
func (e Executor) Inside(_ *corev1.Pod, c *corev1.Container) kubelet.Inside {
	switch {
	case c.Image != ExecutorImage:
		return nil
	case c.Name == common.InitContainerName:
		return e.init
	case c.Name == common.WaitContainerName:
		return e.wait
	case c.Name == common.MainContainerName:
		return e.resource
	}
	return nil
}

// templateOf returns the template that Argo hands to a pod's init container or,
// where it has none, to its main one.
func templateOf(p *kubelet.Pod) (*wfv1.Template, error) {
	for _, c := range slices.Concat(p.Spec.InitContainers, p.Spec.Containers) {
		for _, v := range c.Env {
			if v.Name != common.EnvVarTemplate {
				continue
			}
			text := []byte(v.Value)
			if v.Value == common.EnvVarTemplateOffloaded {
				file, err := p.Path(c.Name, common.EnvConfigMountPath+"/"+common.EnvVarTemplate)
				if err != nil {
					return nil, err
				}
				if text, err = os.ReadFile(file); err != nil {
					return nil, err
				}
			}
			t := &wfv1.Template{}
			return t, json.Unmarshal(text, t)
		}
	}
	return nil, errors.New("the pod has no template")
}

// init does what "argoexec init" does.
func (e Executor) init(_ context.Context, p *kubelet.Pod) error {
	t, err := templateOf(p)
	if err != nil {
		return err
	}
	for _, a := range t.Inputs.Artifacts {
		switch {
		case a.Raw == nil && a.Optional && !a.HasLocationOrKey():
			continue
		case a.Raw == nil:
			return fmt.Errorf("artifact %s: without a cluster Argo's own artifacts do not work, but for raw ones", a.Name)
		}
		if err := placeArtifact(p, a); err != nil {
			return fmt.Errorf("artifact %s: %w", a.Name, err)
		}
	}
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	file, err := p.Path(common.InitContainerName, common.VarRunArgoPath+"/template")
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o444)
}

func placeArtifact(p *kubelet.Pod, a wfv1.Artifact) error {
	file, err := p.Path(common.MainContainerName, a.Path)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if a.Mode != nil {
		mode = os.FileMode(*a.Mode)
	}
	return os.WriteFile(file, []byte(a.Raw.Data), mode)
}

// wait does what "argoexec wait" does: it waits for the program's end, reads
// what it has left, and reports it.
func (e Executor) wait(ctx context.Context, p *kubelet.Pod) error {
	select {
	case <-p.Ended(common.MainContainerName):
	case <-ctx.Done():
		return ctx.Err()
	}
	t, err := templateOf(p)
	if err != nil {
		return err
	}
	outputs, failed := collect(p, t)
	return errors.Join(failed, e.report(p, outputs))
}

// collect reads the output parameters of a pod. Where one is missing, there are
// none.
func collect(p *kubelet.Pod, t *wfv1.Template) (*wfv1.Outputs, error) {
	outputs := t.Outputs.DeepCopy()
	outputs.Artifacts = nil
	for i := range outputs.Parameters {
		o := &outputs.Parameters[i]
		if o.ValueFrom == nil || o.ValueFrom.Path == "" {
			continue
		}
		text, err := readOutput(p, o.ValueFrom.Path)
		switch {
		case err == nil:
			o.Value = wfv1.AnyStringPtr(strings.TrimSuffix(text, "\n"))
		case o.ValueFrom.Default != nil:
			o.Value = o.ValueFrom.Default
		default:
			return nil, fmt.Errorf("output parameter %s: %w", o.Name, err)
		}
	}
	return outputs, nil
}

func readOutput(p *kubelet.Pod, path string) (string, error) {
	file, err := p.Path(common.MainContainerName, path)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(file)
	return string(text), err
}

// report hands the outputs of a pod to the controller, which waits for this
// also where there are none.
func (e Executor) report(p *kubelet.Pod, outputs *wfv1.Outputs) error {
	if len(p.OwnerReferences) == 0 {
		return errors.New("the pod belongs to no workflow")
	}
	owner := p.OwnerReferences[0]
	result := wfv1.WorkflowTaskResult{
		TypeMeta: metav1.TypeMeta{APIVersion: wfv1.SchemeGroupVersion.String(), Kind: "WorkflowTaskResult"},
		ObjectMeta: metav1.ObjectMeta{
			Name: p.Annotations[common.AnnotationKeyNodeID],
			Labels: map[string]string{
				common.LabelKeyWorkflow:               p.Labels[common.LabelKeyWorkflow],
				common.LabelKeyReportOutputsCompleted: "true",
			},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: owner.APIVersion, Kind: owner.Kind, Name: owner.Name, UID: owner.UID}},
		},
		NodeResult: wfv1.NodeResult{Outputs: outputs},
	}
	text, err := json.Marshal(result)
	if err != nil {
		return err
	}
	key := api.Key{Resource: "workflowtaskresults", Namespace: p.Namespace, Name: result.Name}
	_, err = e.Store.Create(key, text)
	if !api.IsExists(err) {
		return err
	}
	// A pod that was made again for its node, after a retry or where it was lost,
	// finds the result of the one before.
	_, err = e.Store.Update(key, func(old []byte) ([]byte, error) {
		var before wfv1.WorkflowTaskResult
		if err := json.Unmarshal(old, &before); err != nil {
			return nil, err
		}
		before.Labels, before.NodeResult = result.Labels, result.NodeResult
		return json.Marshal(before)
	})
	return err
}

// separator ends what Argo puts before a container's own command.
const separator = "--"

// Args returns what a container runs: without Argo's program before it, and
// with the arguments that Argo has put into a file.
func Args(p *kubelet.Pod, c *corev1.Container, args []string) ([]string, error) {
	if len(args) > 0 && args[0] == common.VarRunArgoPath+"/argoexec" {
		if i := slices.Index(args, separator); i >= 0 {
			args = args[i+1:]
		}
	}
	for _, v := range c.Env {
		if v.Name != common.EnvVarContainerArgsFile || v.Value == "" {
			continue
		}
		file, err := p.Path(c.Name, v.Value)
		if err != nil {
			return nil, err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		var more []string
		if err := json.Unmarshal(text, &more); err != nil {
			return nil, fmt.Errorf("arguments of container %s: %w", c.Name, err)
		}
		args = append(slices.Clone(args), more...)
	}
	return args, nil
}
