package engine

import (
	"bufio"
	"encoding/json"
	"os"
	"runtime"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kfp2argo/kfp2argo/local/api"
	"github.com/kfp2argo/kfp2argo/local/kubelet"
)

// capacity returns what the machine has.
func capacity(gpus int64) corev1.ResourceList {
	all := corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewQuantity(int64(runtime.NumCPU()), resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(memory(), resource.BinarySI),
	}
	if gpus > 0 {
		all["nvidia.com/gpu"] = *resource.NewQuantity(gpus, resource.DecimalSI)
	}
	return all
}

// assumedMemory is what a machine is taken to have that does not say, in bytes.
const assumedMemory = 8 << 30

// memory returns how much memory the machine has, in bytes.
func memory() int64 {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return assumedMemory
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) < 2 || words[0] != "MemTotal:" {
			continue
		}
		if n, err := strconv.ParseInt(words[1], 10, 64); err == nil {
			return n << 10
		}
	}
	return assumedMemory
}

func createNode(store *api.Store, capacity corev1.ResourceList) error {
	node := corev1.Node{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Node"},
		ObjectMeta: metav1.ObjectMeta{Name: kubelet.NodeName, Labels: map[string]string{corev1.LabelHostname: kubelet.NodeName}},
		Status: corev1.NodeStatus{
			Capacity: capacity, Allocatable: capacity,
			Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady"}},
		},
	}
	text, err := json.Marshal(node)
	if err != nil {
		return err
	}
	_, err = store.Create(api.Key{Resource: "nodes", Name: node.Name}, text)
	return err
}

// writeKubeconfig writes what clients need to know.
func writeKubeconfig(name string, s *server, namespace string) error {
	const local = "local"
	config := s.config(s.token)
	text, err := clientcmd.Write(clientcmdapi.Config{
		Clusters:       map[string]*clientcmdapi.Cluster{local: {Server: config.Host, CertificateAuthorityData: config.CAData}},
		AuthInfos:      map[string]*clientcmdapi.AuthInfo{local: {Token: config.BearerToken}},
		Contexts:       map[string]*clientcmdapi.Context{local: {Cluster: local, AuthInfo: local, Namespace: namespace}},
		CurrentContext: local,
	})
	if err != nil {
		return err
	}
	return replaceFile(name, text)
}
