package main

import (
	"context"
	"fmt"
	"os"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	argo "github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned"
	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// cluster is a namespace for the measurement alone.
type cluster struct {
	kubernetes kubernetes.Interface
	workflows  argo.Interface
	namespace  string
}

func openCluster(ctx context.Context) (*cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv(clientcmd.RecommendedConfigPathEnvVar))
	if err != nil {
		return nil, err
	}
	config.QPS = -1
	c := &cluster{}
	if c.kubernetes, err = kubernetes.NewForConfig(config); err != nil {
		return nil, err
	}
	if c.workflows, err = argo.NewForConfig(config); err != nil {
		return nil, err
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "kfp2argo-load-"}}
	made, err := c.kubernetes.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	c.namespace = made.Name
	return c, nil
}

func (c *cluster) remove(ctx context.Context) error {
	return c.kubernetes.CoreV1().Namespaces().Delete(ctx, c.namespace, metav1.DeleteOptions{})
}

// writers is how many Workflows are created at once.
const writers = 16

// fill makes runs that have ended. The label says so to Argo's controller, which
// does not look at them then.
func (c *cluster) fill(ctx context.Context, runs int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for i := range runs {
		group.Go(func() error {
			_, err := c.workflows.ArgoprojV1alpha1().Workflows(c.namespace).Create(ctx, finished(i), metav1.CreateOptions{})
			if err != nil {
				return fmt.Errorf("run %d: %w", i, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// finished is a run of two tasks that has ended.
func finished(i int) *wfv1.Workflow {
	name := fmt.Sprintf("load-%05d", i)
	started := metav1.NewTime(time.Unix(1_700_000_000+int64(i), 0))
	ended := metav1.NewTime(started.Add(time.Minute))
	phase, node := wfv1.WorkflowSucceeded, wfv1.NodeSucceeded
	if i%10 == 0 {
		phase, node = wfv1.WorkflowFailed, wfv1.NodeFailed
	}
	nodes := wfv1.Nodes{}
	for _, task := range []string{"", ".prepare", ".train"} {
		id := name + task
		nodes[id] = wfv1.NodeStatus{ID: id, Name: id, DisplayName: id, Type: wfv1.NodeTypePod, TemplateName: "t", Phase: node, StartedAt: started, FinishedAt: ended}
	}
	return &wfv1.Workflow{
		ObjectMeta: metav1.ObjectMeta{
			Name:        name,
			Labels:      map[string]string{"workflows.argoproj.io/completed": "true", "workflows.argoproj.io/phase": string(phase)},
			Annotations: map[string]string{"kfp2argo.dev/pipeline": "load", "workflows.argoproj.io/title": fmt.Sprintf("run %d of many", i)},
		},
		Spec: wfv1.WorkflowSpec{
			Entrypoint: "t",
			Arguments:  wfv1.Arguments{Parameters: []wfv1.Parameter{{Name: "rows", Value: wfv1.AnyStringPtr(i)}, {Name: "pipeline-root", Value: wfv1.AnyStringPtr("s3://bucket/pipelines")}}},
			Templates:  []wfv1.Template{{Name: "t", Container: &corev1.Container{Image: "busybox"}}},
		},
		Status: wfv1.WorkflowStatus{Phase: phase, StartedAt: started, FinishedAt: ended, Nodes: nodes},
	}
}
