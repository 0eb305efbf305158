package references_test

import (
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/internal/references"
)

const workflow = `
spec:
  volumes:
  - name: all
    projected:
      sources:
      - secret: {name: tls, items: [{key: a, path: a}]}
      - configMap: {name: ca, optional: true}
      - serviceAccountToken: {path: token}
  templateDefaults:
    initContainers:
    - {name: driver, envFrom: [{configMapRef: {name: settings}}]}
  templates:
  - name: fit
    container:
      env:
      - {name: KEY, valueFrom: {secretKeyRef: {name: store, key: access, optional: true}}}
      - {name: MODE, valueFrom: {configMapKeyRef: {name: modes, key: m}}}
      - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
      - {name: PLAIN, value: x}
    sidecars:
    - {name: proxy, envFrom: [{secretRef: {name: proxy}}]}
    volumes:
    - {name: s, secret: {secretName: files}}
    - {name: c, configMap: {name: more, items: [{key: k, path: p}]}}
    - {name: p, persistentVolumeClaim: {claimName: data}}
    - {name: e, emptyDir: {}}
`

func TestOf(t *testing.T) {
	var w wfv1.Workflow
	require.NoError(t, yaml.UnmarshalStrict([]byte(workflow), &w))
	require.Equal(t, []references.Reference{
		{Kind: references.Secret, Name: "tls", Keys: []string{"a"}},
		{Kind: references.ConfigMap, Name: "ca", Optional: true},
		{Kind: references.ConfigMap, Name: "settings"},
		{Kind: references.Secret, Name: "files", Template: "fit"},
		{Kind: references.ConfigMap, Name: "more", Keys: []string{"k"}, Template: "fit"},
		{Kind: references.Claim, Name: "data", Template: "fit"},
		{Kind: references.Secret, Name: "store", Keys: []string{"access"}, Optional: true, Template: "fit", Variable: "KEY"},
		{Kind: references.ConfigMap, Name: "modes", Keys: []string{"m"}, Template: "fit", Variable: "MODE"},
		{Kind: references.Secret, Name: "proxy", Template: "fit"},
	}, references.Of(&w))
}
