package live

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	argo "github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned/typed/workflow/v1alpha1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	core "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/internal/argoserver"
	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// Cluster is a namespace of a cluster.
type Cluster struct {
	// Namespace is that of everything here.
	Namespace string
	// Environment is what the command has for the stores of its runs.
	Environment Environment
	// ArgoServer has the nodes that Argo keeps in its database. It may be nil.
	ArgoServer *argoserver.Server
	argo       rest.Interface
	workflows  argo.WorkflowInterface
	pods       core.PodInterface
	objects    core.CoreV1Interface
}

// Store is the store of a run.
func (c *Cluster) Store(w *wfv1.Workflow) *Store { return OpenStore(w, c.Environment) }

// Connection says which cluster is meant, as kubectl's flags do. What is empty
// is taken from where kubectl takes it.
type Connection struct{ Kubeconfig, Context, Namespace string }

// ErrNoCluster is the error where nothing says which cluster is meant.
var ErrNoCluster = errors.New("no cluster: set KUBECONFIG, give --kubeconfig FILE, or log in as for kubectl")

// Load returns what clients of the cluster need, and the namespace. The error is
// that of package clientcmd.
func (c Connection) Load() (config *rest.Config, namespace string, err error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = c.Kubeconfig
	overrides := &clientcmd.ConfigOverrides{CurrentContext: c.Context}
	overrides.Context.Namespace = c.Namespace
	loaded := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, overrides)
	if config, err = loaded.ClientConfig(); err != nil {
		return nil, "", err
	}
	namespace, _, err = loaded.Namespace()
	return config, namespace, err
}

// Contexts returns the contexts that there are, each with its namespace, which may
// be empty. A kubeconfig that cannot be read has none.
func (c Connection) Contexts() map[string]string {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = c.Kubeconfig
	loaded, err := rules.Load()
	if err != nil {
		return nil
	}
	found := map[string]string{}
	for name, context := range loaded.Contexts {
		found[name] = context.Namespace
	}
	return found
}

// Connect opens a namespace of a cluster. It asks the cluster nothing.
func Connect(c Connection) (*Cluster, error) {
	config, namespace, err := c.Load()
	if clientcmd.IsEmptyConfig(err) {
		return nil, ErrNoCluster
	}
	if err != nil {
		return nil, fmt.Errorf("finding the cluster: %w", err)
	}
	return NewCluster(config, namespace)
}

// NewCluster opens a namespace of the cluster that a configuration names. Of the
// stores of its runs nothing can be seen until the caller says so.
func NewCluster(config *rest.Config, namespace string) (*Cluster, error) {
	config = rest.CopyConfig(config)
	config.QPS, config.Burst = 50, 100 // a run may have hundreds of logs
	workflows, err := argo.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	pods, err := core.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("connecting to the cluster: %w", err)
	}
	return &Cluster{
		Namespace: namespace,
		argo:      workflows.RESTClient(),
		workflows: workflows.Workflows(namespace),
		pods:      pods.Pods(namespace),
		objects:   pods,
	}, nil
}

// answerTime is how long a single answer of the API server may take.
const answerTime = 30 * time.Second

// Submit creates the Workflow that a YAML document holds and returns it as the
// cluster has it. The API server gets the document as it is, in JSON as from
// kubectl: written again from Argo's types, it would have fields that were not
// there, such as a creationTimestamp, which an API server with Argo's full
// definitions refuses.
func (c *Cluster) Submit(ctx context.Context, document []byte) (*wfv1.Workflow, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	body, err := yaml.YAMLToJSON(document)
	if err != nil {
		return nil, fmt.Errorf("reading the Workflow: %w", err)
	}
	created := &wfv1.Workflow{}
	err = c.argo.Post().
		Namespace(c.Namespace).
		Resource("workflows").
		Param("fieldValidation", metav1.FieldValidationStrict).
		SetHeader("Content-Type", runtime.ContentTypeJSON).
		Body(body).
		Do(ctx).
		Into(created)
	if err != nil {
		return nil, fmt.Errorf("submitting to namespace %s: %w", c.Namespace, err)
	}
	return created, nil
}

// Get returns a Workflow with its nodes, as far as there is who can read them.
func (c *Cluster) Get(ctx context.Context, name string) (*wfv1.Workflow, error) {
	w, err := c.read(ctx, name)
	if err == nil {
		err = c.ArgoServer.Complete(ctx, w)
	}
	return w, err
}

// read returns a Workflow as the cluster has it.
func (c *Cluster) read(ctx context.Context, name string) (*wfv1.Workflow, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	w, err := c.workflows.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading the run from namespace %s: %w", c.Namespace, err)
	}
	return w, nil
}

// watch returns what happens to a Workflow after one of its versions.
func (c *Cluster) watch(ctx context.Context, name, version string) (watch.Interface, error) {
	return c.workflows.Watch(ctx, metav1.ListOptions{
		FieldSelector:       "metadata.name=" + name,
		ResourceVersion:     version,
		AllowWatchBookmarks: true,
	})
}

// Shutdown asks Argo to end a run.
func (c *Cluster) Shutdown(ctx context.Context, name string, how wfv1.ShutdownStrategy) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	patch := fmt.Appendf(nil, `{"spec":{"shutdown":%q}}`, how)
	if _, err := c.workflows.Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return fmt.Errorf("asking Argo to end the run: %w", err)
	}
	return nil
}

// nudgedAnnotation is when Argo was told to look at a run.
const nudgedAnnotation = "kfp2argo.dev/nudged"

// nudge has Argo look at a run: it does whenever a Workflow changes.
func (c *Cluster) nudge(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	patch := fmt.Appendf(nil, `{"metadata":{"annotations":{%q:%q}}}`, nudgedAnnotation, time.Now().UTC().Format(time.RFC3339))
	_, err := c.workflows.Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

// log opens the log of a container.
func (c *Cluster) log(ctx context.Context, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
	return c.pods.GetLogs(pod, o).Stream(ctx)
}

// List returns the Workflows of the namespace that are runs of pipelines.
func (c *Cluster) List(ctx context.Context) ([]wfv1.Workflow, error) {
	const page = 200
	var all []wfv1.Workflow
	for options := (metav1.ListOptions{Limit: page}); ; {
		part, err := c.list(ctx, options)
		if err != nil {
			return nil, fmt.Errorf("listing the runs of namespace %s: %w", c.Namespace, err)
		}
		for _, w := range part.Items {
			if progress.Pipeline(&w) != "" {
				all = append(all, w)
			}
		}
		if options.Continue = part.Continue; options.Continue == "" {
			return all, nil
		}
	}
}

// metadataOnly asks the API server for the metadata of objects, and not for all
// that they hold. A server that does not know it sends them whole.
const metadataOnly = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"

// Latest returns the name of the run of a pipeline that was created last.
func (c *Cluster) Latest(ctx context.Context) (string, error) {
	const page = "500"
	var last *metav1.PartialObjectMetadata
	for next := ""; ; {
		var part metav1.PartialObjectMetadataList
		if err := c.metadata(ctx, page, next, &part); err != nil {
			return "", fmt.Errorf("listing the runs of namespace %s: %w", c.Namespace, err)
		}
		for i := range part.Items {
			w := &part.Items[i]
			if w.Annotations[contract.PipelineAnnotation] == "" {
				continue
			}
			if last == nil || cmp.Or(w.CreationTimestamp.Compare(last.CreationTimestamp.Time), cmp.Compare(last.UID, w.UID)) > 0 {
				last = w
			}
		}
		if next = part.Continue; next == "" {
			break
		}
	}
	if last == nil {
		return "", fmt.Errorf("namespace %s has no runs of pipelines", c.Namespace)
	}
	return last.Name, nil
}

// metadata reads a page of the Workflows of the namespace.
func (c *Cluster) metadata(ctx context.Context, limit, next string, into *metav1.PartialObjectMetadataList) error {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	answer := c.argo.Get().Namespace(c.Namespace).Resource("workflows").
		Param("limit", limit).Param("continue", next).SetHeader("Accept", metadataOnly).Do(ctx)
	if err := answer.Error(); err != nil {
		return err
	}
	text, err := answer.Raw()
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

func (c *Cluster) list(ctx context.Context, options metav1.ListOptions) (*wfv1.WorkflowList, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	return c.workflows.List(ctx, options)
}
