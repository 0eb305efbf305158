package pod_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/kfp2argo/kfp2argo/"

// TestDependencies holds the arrows between the packages.
func TestDependencies(t *testing.T) {
	forbidden := map[string]string{
		module + "translate":       "the pods run what was translated; they do not translate",
		module + "runtime/lineage": "the pods write records; people read them",
		"github.com/argoproj/":     "Argo's types bring all of Kubernetes' into every pod",
		"k8s.io/":                  "the pods need no access to the Kubernetes API",
		"sigs.k8s.io/":             "the pods need no access to the Kubernetes API",
		"github.com/spf13/cobra":   "the pods' program has hardly any flags",
		"github.com/stretchr":      "it is for tests",
		"github.com/apache/":       "azblob from 1.8 on brings all of Arrow, three megabytes",
		"google.golang.org/grpc":   "the stores speak HTTP",
	}
	for _, dependency := range dependencies(t, module+"cmd/kfp2argo-pod") {
		for prefix, reason := range forbidden {
			require.False(t, strings.HasPrefix(dependency, prefix), "%s must not be there: %s", dependency, reason)
		}
	}
}

// TestLeaves holds what the translator imports down to what it needs.
func TestLeaves(t *testing.T) {
	for leaf, allowed := range map[string]string{
		module + "runtime/contract":    module + "runtime/contract",
		module + "runtime/nodename":    module + "runtime/nodename",
		module + "runtime/place":       module + "runtime/place",
		module + "runtime/placeholder": module + "runtime/contract," + module + "runtime/placeholder",
	} {
		for _, dependency := range dependencies(t, leaf) {
			if strings.Contains(strings.Split(dependency, "/")[0], ".") {
				require.Contains(t, strings.Split(allowed, ","), dependency, "%s is a leaf: both sides import it", leaf)
			}
		}
	}
}

// dependencies returns all packages that packages need, without their tests.
func dependencies(t *testing.T, packages ...string) []string {
	t.Helper()
	output, err := exec.Command("go", append([]string{"list", "-deps"}, packages...)...).Output()
	require.NoError(t, err)
	return strings.Fields(string(output))
}
