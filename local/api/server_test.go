package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	argo "github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/kfp2argo/kfp2argo/local/api"
)

const patience = 20 * time.Second

// deaf has no pods.
type deaf struct{ commands chan []string }

func (deaf) Log(w http.ResponseWriter, _ *http.Request, pod api.Key, container string) error {
	_, err := w.Write([]byte(pod.Name + "/" + container))
	return err
}

func (d deaf) Exec(_ api.Key, _ string, command []string) error {
	d.commands <- command
	return nil
}

// serve serves a store and returns clients of it.
func serve(t *testing.T, store *api.Store) (*rest.Config, *kubernetes.Clientset) {
	t.Helper()
	server := httptest.NewTLSServer(&api.Server{Store: store, Pods: deaf{make(chan []string, 1)}, Tokens: []string{"secret"}})
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	config := &rest.Config{Host: server.URL, BearerToken: "secret", QPS: -1, TLSClientConfig: rest.TLSClientConfig{Insecure: true}}
	client, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	return config, client
}

func configMap(name string, labels map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}, Data: map[string]string{"k": "v"}}
}

func TestTypedClients(t *testing.T) {
	config, client := serve(t, api.NewStore(100))
	maps := client.CoreV1().ConfigMaps("team")
	created, err := maps.Create(t.Context(), configMap("one", nil), metav1.CreateOptions{})
	require.NoError(t, err)
	require.NotEmpty(t, created.UID)
	require.Equal(t, "team", created.Namespace)

	_, err = maps.Create(t.Context(), configMap("one", nil), metav1.CreateOptions{})
	require.True(t, apierrors.IsAlreadyExists(err), "%v", err)
	_, err = maps.Get(t.Context(), "two", metav1.GetOptions{})
	require.True(t, apierrors.IsNotFound(err), "%v", err)

	created.Data["k"] = "w"
	updated, err := maps.Update(t.Context(), created, metav1.UpdateOptions{})
	require.NoError(t, err)
	require.NotEqual(t, created.ResourceVersion, updated.ResourceVersion)
	_, err = maps.Update(t.Context(), created, metav1.UpdateOptions{})
	require.True(t, apierrors.IsConflict(err), "%v", err)

	patched, err := maps.Patch(t.Context(), "one", types.MergePatchType, []byte(`{"data":{"k":null,"l":"x"}}`), metav1.PatchOptions{})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"l": "x"}, patched.Data)
	patched, err = maps.Patch(t.Context(), "one", types.JSONPatchType, []byte(`[{"op":"add","path":"/data/m","value":"y"}]`), metav1.PatchOptions{})
	require.NoError(t, err)
	require.Equal(t, map[string]string{"l": "x", "m": "y"}, patched.Data)
	_, err = maps.Patch(t.Context(), "one", types.JSONPatchType, []byte(`[{"op":"test","path":"/data/m","value":"z"}]`), metav1.PatchOptions{})
	require.True(t, apierrors.IsInvalid(err), "%v", err)

	workflows, err := argo.NewForConfig(config)
	require.NoError(t, err)
	made, err := workflows.ArgoprojV1alpha1().Workflows("team").Create(t.Context(),
		&wfv1.Workflow{ObjectMeta: metav1.ObjectMeta{GenerateName: "hello-"}}, metav1.CreateOptions{})
	require.NoError(t, err)
	require.Regexp(t, `^hello-[a-z0-9]{5}$`, made.Name)

	require.NoError(t, maps.Delete(t.Context(), "one", metav1.DeleteOptions{}))
	_, err = maps.Get(t.Context(), "one", metav1.GetOptions{})
	require.True(t, apierrors.IsNotFound(err), "%v", err)
}

func TestProtobufAndStringData(t *testing.T) {
	config, _ := serve(t, api.NewStore(100))
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/json"
	client, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	secret, err := client.CoreV1().Secrets("team").Create(t.Context(),
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "s"}, StringData: map[string]string{"key": "word"}}, metav1.CreateOptions{})
	require.NoError(t, err)
	require.Equal(t, "word", string(secret.Data["key"]))
	require.Empty(t, secret.StringData)
}

func TestServerSideApply(t *testing.T) {
	_, client := serve(t, api.NewStore(100))
	maps := client.CoreV1().ConfigMaps("team")
	apply := func(text string) *corev1.ConfigMap {
		m, err := maps.Patch(t.Context(), "one", types.ApplyPatchType, []byte(text), metav1.PatchOptions{FieldManager: "kubectl"})
		require.NoError(t, err)
		return m
	}
	require.Equal(t, map[string]string{"a": "1"}, apply("kind: ConfigMap\napiVersion: v1\nmetadata: {name: one}\ndata: {a: '1'}\n").Data)
	require.Equal(t, map[string]string{"a": "2", "b": "3"}, apply("kind: ConfigMap\napiVersion: v1\nmetadata: {name: one}\ndata: {a: '2', b: '3'}\n").Data)
}

// An informer that selects by a label sees an object come, change and go, also
// where it goes by losing the label.
func TestInformer(t *testing.T) {
	_, client := serve(t, api.NewStore(100))
	maps := client.CoreV1().ConfigMaps("team")
	_, err := maps.Create(t.Context(), configMap("first", map[string]string{"seen": "yes"}), metav1.CreateOptions{})
	require.NoError(t, err)

	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace("team"),
		informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.LabelSelector = "seen=yes" }))
	seen := make(chan string, 20)
	informer := factory.Core().V1().ConfigMaps().Informer()
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { seen <- "added " + o.(*corev1.ConfigMap).Name },
		UpdateFunc: func(_, o any) { seen <- "changed " + o.(*corev1.ConfigMap).Name },
		DeleteFunc: func(o any) { seen <- "deleted " + o.(*corev1.ConfigMap).Name },
	})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	defer factory.Shutdown()
	defer stop()
	factory.Start(ctx.Done())
	require.True(t, cache.WaitForCacheSync(ctx.Done(), informer.HasSynced))
	requireNext(t, seen, "added first")

	_, err = maps.Create(t.Context(), configMap("other", nil), metav1.CreateOptions{})
	require.NoError(t, err)
	_, err = maps.Create(t.Context(), configMap("second", map[string]string{"seen": "yes"}), metav1.CreateOptions{})
	require.NoError(t, err)
	requireNext(t, seen, "added second")
	_, err = maps.Patch(t.Context(), "first", types.MergePatchType, []byte(`{"data":{"k":"w"}}`), metav1.PatchOptions{})
	require.NoError(t, err)
	requireNext(t, seen, "changed first")
	_, err = maps.Patch(t.Context(), "first", types.MergePatchType, []byte(`{"metadata":{"labels":{"seen":"no"}}}`), metav1.PatchOptions{})
	require.NoError(t, err)
	requireNext(t, seen, "deleted first")
	_, err = maps.Patch(t.Context(), "other", types.MergePatchType, []byte(`{"metadata":{"labels":{"seen":"yes"}}}`), metav1.PatchOptions{})
	require.NoError(t, err)
	requireNext(t, seen, "added other")
	require.NoError(t, maps.Delete(t.Context(), "second", metav1.DeleteOptions{}))
	requireNext(t, seen, "deleted second")
}

func requireNext(t *testing.T, seen <-chan string, want string) {
	t.Helper()
	select {
	case got := <-seen:
		require.Equal(t, want, got)
	case <-time.After(patience):
		require.Fail(t, "nothing happened", "expected %s", want)
	}
}

func TestWatchThatLagsBehind(t *testing.T) {
	_, client := serve(t, api.NewStore(4))
	maps := client.CoreV1().ConfigMaps("team")
	first, err := maps.Create(t.Context(), configMap("one", nil), metav1.CreateOptions{})
	require.NoError(t, err)
	for range 20 {
		_, err := maps.Patch(t.Context(), "one", types.MergePatchType, []byte(`{"data":{"k":"w"}}`), metav1.PatchOptions{})
		require.NoError(t, err)
	}
	w, err := maps.Watch(t.Context(), metav1.ListOptions{ResourceVersion: first.ResourceVersion})
	require.NoError(t, err)
	defer w.Stop()
	event := <-w.ResultChan()
	require.Equal(t, watch.Error, event.Type)
	require.True(t, apierrors.IsResourceExpired(apierrors.FromObject(event.Object)), "%v", event.Object)
}

func TestWatchOfOneName(t *testing.T) {
	_, client := serve(t, api.NewStore(100))
	maps := client.CoreV1().ConfigMaps("team")
	w, err := maps.Watch(t.Context(), metav1.ListOptions{FieldSelector: "metadata.name=two"})
	require.NoError(t, err)
	defer w.Stop()
	for _, name := range []string{"one", "two"} {
		_, err := maps.Create(t.Context(), configMap(name, nil), metav1.CreateOptions{})
		require.NoError(t, err)
	}
	event := <-w.ResultChan()
	require.Equal(t, "two", event.Object.(*corev1.ConfigMap).Name)
	_, err = maps.List(t.Context(), metav1.ListOptions{FieldSelector: "data.k=v"})
	require.True(t, apierrors.IsBadRequest(err), "%v", err)
}

func TestWatchWithInitialEvents(t *testing.T) {
	_, client := serve(t, api.NewStore(100))
	maps := client.CoreV1().ConfigMaps("team")
	_, err := maps.Create(t.Context(), configMap("one", nil), metav1.CreateOptions{})
	require.NoError(t, err)
	yes := true
	w, err := maps.Watch(t.Context(), metav1.ListOptions{SendInitialEvents: &yes, AllowWatchBookmarks: true, ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan})
	require.NoError(t, err)
	defer w.Stop()
	require.Equal(t, watch.Added, (<-w.ResultChan()).Type)
	end := <-w.ResultChan()
	require.Equal(t, watch.Bookmark, end.Type)
	require.Equal(t, "true", end.Object.(*corev1.ConfigMap).Annotations[metav1.InitialEventsAnnotationKey])
}

func TestWhoMayAsk(t *testing.T) {
	config, _ := serve(t, api.NewStore(100))
	config.BearerToken = "other"
	client, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	_, err = client.CoreV1().Pods("team").List(t.Context(), metav1.ListOptions{})
	require.True(t, apierrors.IsUnauthorized(err), "%v", err)
}

func TestDiscovery(t *testing.T) {
	_, client := serve(t, api.NewStore(100))
	_, lists, err := client.Discovery().ServerGroupsAndResources()
	require.NoError(t, err)
	var names []string
	for _, list := range lists {
		for _, r := range list.APIResources {
			names = append(names, list.GroupVersion+"/"+r.Name)
		}
	}
	require.Subset(t, names, []string{"v1/pods", "argoproj.io/v1alpha1/workflows", "policy/v1/poddisruptionbudgets"})
	_, err = client.Discovery().ServerVersion()
	require.NoError(t, err)
}

func TestLog(t *testing.T) {
	_, client := serve(t, api.NewStore(100))
	text, err := client.CoreV1().Pods("team").GetLogs("p", &corev1.PodLogOptions{Container: "main"}).DoRaw(t.Context())
	require.NoError(t, err)
	require.Equal(t, "p/main", string(text))
}
