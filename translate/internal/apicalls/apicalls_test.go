package apicalls_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/apicalls"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

func program(image string, texts ...string) *pipeline.Container {
	spec := &document.ContainerSpec{Image: document.Text{Value: image}}
	for _, t := range texts {
		spec.Args = append(spec.Args, document.Text{Value: t})
	}
	return &pipeline.Container{Spec: spec}
}

func TestOf(t *testing.T) {
	for text, want := range map[string]struct{ how, shown, rights string }{
		"def f():\n    with open('/var/run/secrets/kubernetes.io/serviceaccount/token') as f: pass": {
			"reads the token", "/run/secrets/kubernetes.io/serviceaccount", "",
		},
		"ns = open('/run/secrets/kubernetes.io/serviceaccount/namespace').read()": {
			"reads the token", "/run/secrets/kubernetes.io/serviceaccount", "",
		},
		"from kubernetes import client, config\nconfig.load_incluster_config()\nclient.BatchV1Api().create_namespaced_job(ns, job)\nclient.CoreV1Api().read_namespaced_pod_log(p, ns)\n" +
			"client.CustomObjectsApi().replace_namespaced_custom_object(group='g', plural='inferenceservices', body=b)\nv1.list_namespaced_network_policy(ns)": {
			"loads the configuration", "load_incluster_config", "create jobs; get pods/log; list networkpolicies; update inferenceservices",
		},
		"cfg, err := rest.InClusterConfig()":                   {"loads the configuration", "InClusterConfig", ""},
		"kc.loadFromCluster();":                                {"loads the configuration", "loadFromCluster", ""},
		"from kubernetes import config\nconfig.load_config()":  {"loads the configuration", "config.load_config()", ""},
		"host = os.environ['KUBERNETES_SERVICE_HOST']":         {"asks for the address", "KUBERNETES_SERVICE_HOST", ""},
		"TrainingClient().create_job(job)":                     {"makes a client of Kubeflow", "TrainingClient(", ""},
		"kfp.Client().list_runs()":                             {"makes a client of KFP", "kfp.Client(", ""},
		"kubectl -n team get pods && kubectl apply -f x.yaml":  {"runs kubectl", "kubectl", "get pods; get, create and patch what it applies"},
		`subprocess.run(["kubectl", "delete", "pvc", name])`:   {"runs kubectl", "kubectl", "delete pvc"},
		"set -e; oc rollout restart deployment/x":              {"runs oc", " oc rollout", "get and patch what it rolls out"},
		`run(["oc", "logs", pod])`:                             {"runs oc", `"oc", "logs`, "get pods/log"},
		"# kubectl get pods\npass":                             {},
		"print('oc is a word'); docs = 'oct get'":              {},
		"config.load_config(path)  # of the program's own":     {},
		"kfp_client = Client(host)":                            {},
		"python3 -m kfp.dsl.executor_main --executor_input $0": {},
	} {
		call, found := apicalls.Of(program("python:3.11", "sh", text))
		require.Equal(t, want.how != "", found, text)
		if !found {
			continue
		}
		require.Contains(t, call.How, want.how, text)
		require.Equal(t, want.shown, call.In.Value[call.Offset:call.Offset+call.Width], text)
		require.Equal(t, want.rights, strings.Join(call.Rights, "; "), text)
	}
}

func TestImages(t *testing.T) {
	for image, want := range map[string]bool{
		"bitnami/kubectl:1.30": true, "kubectl": true, "registry.redhat.io/openshift4/ose-cli-rhel9@sha256:0": true,
		"quay.io/openshift/origin-cli": true, "team/kubectl-tools:1": false, "python:3.11": false,
	} {
		_, found := apicalls.Of(program(image))
		require.Equal(t, want, found, image)
	}
}

// TestCorpus finds no calls in KFP's own pipelines, of which none makes any.
func TestCorpus(t *testing.T) {
	corpus := filepath.Join("..", "..", "..", "..", "shared", "corpus")
	if _, err := os.Stat(corpus); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("the reference material is missing: %v", err)
		}
		t.Skipf("the reference material is missing: %v", err)
	}
	looked := 0
	require.NoError(t, filepath.WalkDir(corpus, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		var report diag.Report
		source := diag.Source{Name: path, Text: text}
		resolved := pipeline.Resolve(document.Read(source, &report), source, &report)
		if resolved == nil {
			return nil
		}
		for _, c := range resolved.Components {
			if body, ok := c.Body.(*pipeline.Container); ok {
				looked++
				call, found := apicalls.Of(body)
				require.False(t, found, "%s: %s %s", path, c.Key, call.How)
			}
		}
		return nil
	}))
	require.Greater(t, looked, 200)
}
