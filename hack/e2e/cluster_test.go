//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"testing"
	"time"

	argo "github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// The namespaces of the test cluster: one as clusters come, and one that
// enforces restricted Pod Security.
const (
	namespace           = "kfp"
	restrictedNamespace = "kfp-restricted"
)

// storeSecret is the Secret with the store's credentials in both namespaces.
const storeSecret = "kfp-s3"

// cluster is the cluster that the tests run on.
type cluster struct {
	kubernetes kubernetes.Interface
	workflows  argo.Interface
	objects    *minio.Client
	endpoint   string
	bucket     string
}

// connect connects to the cluster that the environment names.
func connect(t *testing.T) cluster {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", variable(t, "KUBECONFIG"))
	require.NoError(t, err)
	config.QPS, config.Burst = 100, 200
	kube, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	workflows, err := argo.NewForConfig(config)
	require.NoError(t, err)
	c := cluster{
		kubernetes: kube,
		workflows:  workflows,
		endpoint:   variable(t, "KFP2ARGO_S3_ENDPOINT"),
		bucket:     variable(t, "KFP2ARGO_S3_BUCKET"),
	}
	c.objects = connectStore(t, c.endpoint)
	return c
}

func connectStore(t *testing.T, endpoint string) *minio.Client {
	t.Helper()
	host, secure := hostOf(endpoint)
	client, err := minio.New(host, &minio.Options{
		Creds:        credentials.NewStaticV4(variable(t, "KFP2ARGO_S3_ACCESS_KEY"), variable(t, "KFP2ARGO_S3_SECRET_KEY"), ""),
		Secure:       secure,
		BucketLookup: minio.BucketLookupPath,
	})
	require.NoError(t, err)
	return client
}

func variable(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	require.NotEmpty(t, value, "%s is not set; run the tests with `make e2e`", name)
	return value
}

// session names this run of the tests, so that its tasks are not cached by
// earlier ones.
var session = time.Now().UTC().Format("20060102T150405")

// root is the pipeline root of one test.
func (c cluster) root(t *testing.T) string {
	return fmt.Sprintf("s3://%s/e2e/%s/%s?endpoint=%s&region=us-east-1&s3ForcePathStyle=true", c.bucket, session, t.Name(), c.endpoint)
}
