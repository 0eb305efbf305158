package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/hack/cluster/kubeapi"
)

// manifest is an object of the cluster: where it is in the API and what it
// says, both templates over the values of objects.
type manifest struct {
	path, yaml string
}

// objects returns what the API server must hold before a workflow can run, in
// an order in which it can be created. With Postgres, Argo keeps nodes there.
func objects(made secrets, postgres bool) ([]kubeapi.Object, error) {
	manifests, values := clusterManifests(), map[string]string{"Postgres": ""}
	if postgres {
		manifests = append(manifests, postgresManifests()...)
		values = map[string]string{"Postgres": strconv.Itoa(portPostgres), "Password": made.Database}
	}
	all, err := render(manifests, values)
	if err != nil {
		return nil, err
	}
	for _, ns := range namespaces() {
		rendered, err := render(namespaceManifests(), map[string]string{
			"Namespace": ns.Name, "PodSecurity": ns.PodSecurity,
			"AccessKey": made.AccessKey, "SecretKey": made.SecretKey,
		})
		if err != nil {
			return nil, err
		}
		all = append(all, rendered...)
	}
	return all, nil
}

// definitions returns the custom resource definitions in dir and the paths
// that answer when the API server knows them.
func definitions(dir string) (crds []kubeapi.Object, served []string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "argoproj.io_*.json"))
	if err != nil {
		return nil, nil, err
	}
	slices.Sort(files)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, nil, fmt.Errorf("reading a resource definition: %w", err)
		}
		plural := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "argoproj.io_"), ".json")
		crds = append(crds, kubeapi.Object{
			Path:     "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/" + plural + ".argoproj.io",
			Manifest: data,
		})
		served = append(served, "/apis/argoproj.io/v1alpha1/"+plural)
	}
	if len(crds) == 0 {
		return nil, nil, fmt.Errorf("no resource definitions in %s", dir)
	}
	return crds, served, nil
}

func render(manifests []manifest, values map[string]string) ([]kubeapi.Object, error) {
	var all []kubeapi.Object
	for _, m := range manifests {
		path, err := fill(m.path, values)
		if err != nil {
			return nil, err
		}
		text, err := fill(m.yaml, values)
		if err != nil {
			return nil, err
		}
		data, err := yaml.YAMLToJSON(text)
		if err != nil {
			return nil, fmt.Errorf("reading a manifest: %w", err)
		}
		all = append(all, kubeapi.Object{Path: string(path), Manifest: data})
	}
	return all, nil
}

func fill(text string, values map[string]string) ([]byte, error) {
	parsed, err := template.New("manifest").Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, fmt.Errorf("reading a manifest: %w", err)
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, values); err != nil {
		return nil, fmt.Errorf("filling in a manifest: %w", err)
	}
	return out.Bytes(), nil
}

func clusterManifests() []manifest {
	return []manifest{
		{"/api/v1/namespaces/argo", `
apiVersion: v1
kind: Namespace
metadata:
  name: argo
`},
		{"/api/v1/namespaces/argo/configmaps/workflow-controller-configmap", `
apiVersion: v1
kind: ConfigMap
metadata:
  name: workflow-controller-configmap
  namespace: argo
data:
  config: |
    metricsConfig:
      enabled: false
    telemetryConfig:
      enabled: false
    executor:
      resources:
        requests:
          cpu: 1m
          memory: 16Mi
      securityContext:
        allowPrivilegeEscalation: false
        capabilities:
          drop: [ALL]
{{- with .Postgres}}
    persistence:
      nodeStatusOffLoad: true
      postgresql:
        host: 127.0.0.1
        port: {{.}}
        database: postgres
        tableName: argo_workflows
        userNameSecret: {name: ` + databaseSecret + `, key: username}
        passwordSecret: {name: ` + databaseSecret + `, key: password}
        ssl: true
        sslMode: disable
{{- end}}
`},
		{"/apis/scheduling.k8s.io/v1/priorityclasses/workflow-controller", `
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata:
  name: workflow-controller
value: 1000000
`},
		{"/apis/storage.k8s.io/v1/storageclasses/standard", `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: standard
  annotations:
    storageclass.kubernetes.io/is-default-class: "true"
provisioner: kubernetes.io/host-path
reclaimPolicy: Delete
volumeBindingMode: Immediate
`},
	}
}

func namespaceManifests() []manifest {
	return []manifest{
		{"/api/v1/namespaces/{{.Namespace}}", `
apiVersion: v1
kind: Namespace
metadata:
  name: {{.Namespace}}
  labels:
    pod-security.kubernetes.io/enforce: {{.PodSecurity}}
`},
		{"/api/v1/namespaces/{{.Namespace}}/serviceaccounts/kfp", `
apiVersion: v1
kind: ServiceAccount
metadata:
  name: kfp
  namespace: {{.Namespace}}
`},
		{"/apis/rbac.authorization.k8s.io/v1/namespaces/{{.Namespace}}/roles/executor", `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: executor
  namespace: {{.Namespace}}
rules:
- apiGroups: [argoproj.io]
  resources: [workflowtaskresults]
  verbs: [create, patch]
`},
		{"/apis/rbac.authorization.k8s.io/v1/namespaces/{{.Namespace}}/rolebindings/executor", `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: executor
  namespace: {{.Namespace}}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: executor
subjects:
- kind: ServiceAccount
  name: kfp
  namespace: {{.Namespace}}
- kind: ServiceAccount
  name: default
  namespace: {{.Namespace}}
`},
		{"/api/v1/namespaces/{{.Namespace}}/secrets/kfp-s3", `
apiVersion: v1
kind: Secret
metadata:
  name: kfp-s3
  namespace: {{.Namespace}}
stringData:
  accesskey: {{.AccessKey}}
  secretkey: {{.SecretKey}}
`},
	}
}
