package doctor

import (
	"fmt"
	"time"

	argo "github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// requestTime bounds each request to the API server.
const requestTime = 30 * time.Second

// Connect returns clients for the cluster that kubectl would talk to, and its
// namespace. Where kubeconfig or context are empty they are as kubectl has them.
func Connect(kubeconfig, context string) (clients Clients, namespace string, err error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{CurrentContext: context})
	config, err := loader.ClientConfig()
	if err != nil {
		return Clients{}, "", fmt.Errorf("finding the cluster: %w", err)
	}
	config.Timeout = requestTime
	config.WarningHandler = rest.NoWarnings{} // findings say it better
	if namespace, _, err = loader.Namespace(); err != nil {
		return Clients{}, "", fmt.Errorf("finding the namespace: %w", err)
	}
	if clients.Kubernetes, err = kubernetes.NewForConfig(config); err != nil {
		return Clients{}, "", fmt.Errorf("connecting to the cluster: %w", err)
	}
	if clients.Workflows, err = argo.NewForConfig(config); err != nil {
		return Clients{}, "", fmt.Errorf("connecting to the cluster: %w", err)
	}
	return clients, namespace, nil
}
