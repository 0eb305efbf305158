// Package argo runs Argo's own workflow controller in this process, and does in
// it what Argo's executor does in a pod before and after the program.
package argo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned"
	"github.com/argoproj/argo-workflows/v3/workflow/common"
	"github.com/argoproj/argo-workflows/v3/workflow/controller"
	"github.com/sirupsen/logrus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"

	"github.com/kfp2argo/kfp2argo/local/api"
)

// configMap is the controller's configuration. What it measures and the events
// that it writes nobody reads here.
const configMap = "workflow-controller-configmap"

const configuration = `
metricsConfig: {enabled: false}
telemetryConfig: {enabled: false}
nodeEvents: {enabled: false}
workflowEvents: {enabled: false}
`

// ExecutorImage is the image of Argo's executor. There is none: what it does,
// [Executor] does.
const ExecutorImage = "argoexec:local"

// Prepare sets what Argo takes from the environment. It has to run before the
// controller is made, and once.
func Prepare(log io.Writer) error {
	logrus.SetOutput(log)
	logrus.SetLevel(logrus.WarnLevel)
	klog.LogToStderr(false)
	klog.SetOutput(log)
	return errors.Join(
		// How long a Workflow waits that nothing happens to, such as one whose
		// pod has ended before its result was there. On a cluster it is longer, which
		// saves requests.
		os.Setenv(common.EnvVarDefaultRequeueTime, "20ms"),
		// That watch begins at the first version, of which the history here
		// knows nothing after a while.
		os.Setenv("WATCH_CONTROLLER_SEMAPHORE_CONFIGMAPS", "false"),
	)
}

// Configure writes the controller's configuration into a store.
func Configure(store *api.Store, namespace string) error {
	m := corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Name: configMap, Namespace: namespace},
		Data:       map[string]string{"config": configuration},
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = store.Create(api.Key{Resource: "configmaps", Namespace: namespace, Name: configMap}, text)
	return err
}

// workers say how many things the controller does at once.
const (
	workflowWorkers = 4
	ttlWorkers      = 1
	cleanUpWorkers  = 4
	cronWorkers     = 1
	archiveWorkers  = 1
)

// Run runs the controller until the context ends. A process can run one.
func Run(ctx context.Context, config *rest.Config, namespace string) error {
	config = rest.CopyConfig(config)
	config.QPS = -1
	config.ContentType = "application/json"
	kube, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	workflows, err := versioned.NewForConfig(config)
	if err != nil {
		return err
	}
	c, err := controller.NewWorkflowController(ctx, config, kube, workflows, namespace, "", ExecutorImage, "", "text", configMap, false)
	if err != nil {
		return fmt.Errorf("Argo's controller: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Run(ctx, workflowWorkers, ttlWorkers, cleanUpWorkers, cronWorkers, archiveWorkers)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	// Its workers of the archive do not end with the context.
	select {
	case <-done:
	case <-time.After(time.Second):
	}
	return nil
}
