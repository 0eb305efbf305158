package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/argoproj/argo-workflows/v3/pkg/apis/workflow"
	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"
)

// hollowNode is a node that runs no programs, as those of Kubernetes' kubemark: a
// pod on it is said to run, and a second later to have succeeded, with what Argo's
// wait container reports of a task without outputs. So a cluster whose machine
// could never run thousands of pods has its API server and Argo's controller deal
// with them.
type hollowNode struct {
	kubernetes kubernetes.Interface
	workflows  versioned.Interface
	namespace  string
}

// newHollowNode connects to a cluster with a client of its own, fast enough for all
// of its pods.
func newHollowNode(config *rest.Config, namespace string) (h hollowNode, err error) {
	config = rest.CopyConfig(config)
	config.QPS, config.Burst = 500, 1000
	h.namespace = namespace
	if h.kubernetes, err = kubernetes.NewForConfig(config); err == nil {
		h.workflows, err = versioned.NewForConfig(config)
	}
	return h, err
}

// What Argo writes on pods: the node, and the Workflow.
const (
	nodeAnnotation = "workflows.argoproj.io/node-id"
	workflowLabel  = "workflows.argoproj.io/workflow"
)

const (
	hollowName = "hollow"
	// runTime is how long a pod of a hollow node runs.
	runTime = time.Second
	// leaseTime is how often a kubelet says that it is there.
	leaseTime = 10 * time.Second
)

// toHollowNode has the pods of a Workflow run on the hollow node, which takes no
// others.
func toHollowNode(w *wfv1.Workflow) {
	w.Spec.NodeSelector = map[string]string{corev1.LabelHostname: hollowName}
	w.Spec.Tolerations = append(w.Spec.Tolerations, corev1.Toleration{Key: corev1.LabelHostname, Value: hollowName, Effect: corev1.TaintEffectNoSchedule})
}

// start adds the node to the cluster. Its pods end until the context does; what is
// returned removes it.
func (h hollowNode) start(ctx context.Context) (remove func() error, err error) {
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: hollowName, Labels: map[string]string{corev1.LabelHostname: hollowName}},
		Spec:       corev1.NodeSpec{Taints: []corev1.Taint{{Key: corev1.LabelHostname, Value: hollowName, Effect: corev1.TaintEffectNoSchedule}}},
	}
	// The last run may have been killed.
	if _, err := h.kubernetes.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return nil, fmt.Errorf("adding a hollow node: %w", err)
	}
	status := corev1.NodeStatus{
		Capacity: corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse("1000"), corev1.ResourceMemory: resource.MustParse("1Ti"),
			corev1.ResourceEphemeralStorage: resource.MustParse("1Ti"), corev1.ResourcePods: resource.MustParse("10000"),
		},
		Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now()}},
	}
	status.Allocatable = status.Capacity
	text, err := json.Marshal(corev1.Node{Status: status})
	if err != nil {
		return nil, err
	}
	if _, err := h.kubernetes.CoreV1().Nodes().Patch(ctx, hollowName, types.StrategicMergePatchType, text, metav1.PatchOptions{}, "status"); err != nil {
		return nil, fmt.Errorf("adding a hollow node: %w", err)
	}
	if err := h.watch(ctx); err != nil {
		return nil, err
	}
	go h.renew(ctx)
	return func() error {
		return h.kubernetes.CoreV1().Nodes().Delete(context.WithoutCancel(ctx), hollowName, metav1.DeleteOptions{})
	}, nil
}

// watch takes care of the pods of the node, each once.
func (h hollowNode) watch(ctx context.Context) error {
	factory := informers.NewSharedInformerFactoryWithOptions(h.kubernetes, 0, informers.WithNamespace(h.namespace),
		informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.FieldSelector = "spec.nodeName=" + hollowName }))
	informer := factory.Core().V1().Pods().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) {
			if pod, ok := object.(*corev1.Pod); ok && pod.Status.Phase == corev1.PodPending {
				go h.run(ctx, pod)
			}
		},
	})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		return errors.New("listing the pods of the hollow node")
	}
	return nil
}

// renew keeps the node's lease, without which Kubernetes takes it for lost.
func (h hollowNode) renew(ctx context.Context) {
	leases := h.kubernetes.CoordinationV1().Leases(corev1.NamespaceNodeLease)
	ticks := time.NewTicker(leaseTime)
	defer ticks.Stop()
	for {
		lease := &coordinationv1.Lease{
			ObjectMeta: metav1.ObjectMeta{Name: hollowName, Namespace: corev1.NamespaceNodeLease},
			Spec: coordinationv1.LeaseSpec{
				HolderIdentity: ptr.To(hollowName), LeaseDurationSeconds: ptr.To[int32](40), RenewTime: &metav1.MicroTime{Time: time.Now()},
			},
		}
		text, err := json.Marshal(lease)
		if err == nil {
			_, err = leases.Patch(ctx, hollowName, types.MergePatchType, text, metav1.PatchOptions{})
		}
		if apierrors.IsNotFound(err) {
			_, err = leases.Create(ctx, lease, metav1.CreateOptions{})
		}
		if err != nil && ctx.Err() == nil {
			fmt.Fprintf(os.Stderr, "hollow node: its lease: %v\n", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

// run has a pod begin and end. A pod that is deleted meanwhile is gone: the API
// server keeps none that has ended.
func (h hollowNode) run(ctx context.Context, pod *corev1.Pod) {
	began := metav1.Now()
	h.patch(ctx, pod, running(pod, began))
	select {
	case <-ctx.Done():
	case <-time.After(runTime):
	}
	ctx = context.WithoutCancel(ctx)
	if err := h.report(ctx, pod); err != nil {
		fmt.Fprintf(os.Stderr, "hollow node: the result of %s: %v\n", pod.Name, err)
	}
	h.patch(ctx, pod, succeeded(pod, began))
}

// report makes the result that Argo's wait container makes of a task without
// outputs.
func (h hollowNode) report(ctx context.Context, pod *corev1.Pod) error {
	result := &wfv1.WorkflowTaskResult{
		TypeMeta: metav1.TypeMeta{APIVersion: workflow.APIVersion, Kind: workflow.WorkflowTaskResultKind},
		ObjectMeta: metav1.ObjectMeta{
			Name: pod.Annotations[nodeAnnotation],
			Labels: map[string]string{
				workflowLabel: pod.Labels[workflowLabel],
				"workflows.argoproj.io/report-outputs-completed": "true",
			},
			OwnerReferences: pod.OwnerReferences,
		},
	}
	_, err := h.workflows.ArgoprojV1alpha1().WorkflowTaskResults(pod.Namespace).Create(ctx, result, metav1.CreateOptions{})
	return err
}

func (h hollowNode) patch(ctx context.Context, pod *corev1.Pod, status corev1.PodStatus) {
	text, err := json.Marshal(corev1.Pod{Status: status})
	if err == nil {
		_, err = h.kubernetes.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.StrategicMergePatchType, text, metav1.PatchOptions{}, "status")
	}
	if err != nil && !apierrors.IsNotFound(err) {
		fmt.Fprintf(os.Stderr, "hollow node: the status of %s: %v\n", pod.Name, err)
	}
}

// running is the status of a pod whose init containers have ended and whose others
// have begun.
func running(pod *corev1.Pod, began metav1.Time) corev1.PodStatus {
	return corev1.PodStatus{
		Phase: corev1.PodRunning, StartTime: &began,
		InitContainerStatuses: statuses(pod.Spec.InitContainers, ended(began, began)),
		ContainerStatuses:     statuses(pod.Spec.Containers, corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: began}}),
	}
}

// succeeded is the status of a pod whose containers have ended now.
func succeeded(pod *corev1.Pod, began metav1.Time) corev1.PodStatus {
	s := running(pod, began)
	s.Phase, s.ContainerStatuses = corev1.PodSucceeded, statuses(pod.Spec.Containers, ended(began, metav1.Now()))
	return s
}

func ended(began, now metav1.Time) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Completed", StartedAt: began, FinishedAt: now}}
}

func statuses(specs []corev1.Container, state corev1.ContainerState) []corev1.ContainerStatus {
	all := make([]corev1.ContainerStatus, len(specs))
	for i, c := range specs {
		all[i] = corev1.ContainerStatus{Name: c.Name, Image: c.Image, State: state, Ready: state.Running != nil, Started: ptr.To(state.Running != nil)}
	}
	return all
}
