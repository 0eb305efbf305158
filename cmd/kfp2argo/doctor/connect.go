package doctor

import (
	"fmt"
	"time"

	argo "github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
)

// requestTime bounds each request to the API server.
const requestTime = 30 * time.Second

// Connect returns clients for a cluster, and the namespace.
func Connect(c live.Connection) (clients Clients, namespace string, err error) {
	config, namespace, err := c.Load()
	if err != nil {
		return Clients{}, "", fmt.Errorf("finding the cluster: %w", err)
	}
	config.Timeout = requestTime
	config.WarningHandler = rest.NoWarnings{} // findings say it better
	if clients.Kubernetes, err = kubernetes.NewForConfig(config); err != nil {
		return Clients{}, "", fmt.Errorf("connecting to the cluster: %w", err)
	}
	if clients.Workflows, err = argo.NewForConfig(config); err != nil {
		return Clients{}, "", fmt.Errorf("connecting to the cluster: %w", err)
	}
	return clients, namespace, nil
}
