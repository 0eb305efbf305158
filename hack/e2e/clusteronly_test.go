//go:build e2e

package e2e

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// clusterOnly returns the tests that the engine of this machine cannot run, each
// with what it lacks for that. All others run on it, too.
func clusterOnly() map[string]string {
	return map[string]string{
		"TestArgumentsPostponed":   "needs limits of runs of a namespace",
		"TestClaimsNeedRights":     "needs RBAC",
		"TestClusterChoosesUser":   "needs admission webhooks",
		"TestDoctor":               "needs RBAC and Pod Security admission",
		"TestEmbeddedLauncher":     "needs the image of examples/embedding",
		"TestFirstHour":            "needs RBAC, and namespaces that are made",
		"TestLogsStay":             "the engine itself keeps the logs of pods that are gone",
		"TestNoEmbeddedLauncher":   "needs an image without the launcher",
		"TestOutOfMemory":          "needs limits of memory",
		"TestOverlay":              "needs the admission of priority classes",
		"TestPodDeleted":           "the pod is deleted in its first ten seconds here, and Argo makes it again",
		"TestPodFixed":             "needs volumes in memory, of a size",
		"TestPodFlags":             "needs tokens of service accounts",
		"TestControllerHangs":      "stops Argo's controller for a while",
		"TestHangs":                "stops the API server and Argo's controller for a while",
		"TestNodeRestarts":         "restarts a node with all its containers",
		"TestRestarts":             "restarts a node's kubelet and Argo's controller",
		"TestRunCommandGivesUp":    "needs images that cannot be pulled",
		"TestServeHeader":          "needs RBAC",
		"TestServeInstalled":       "needs Deployments, Services and the image of the server",
		"TestServeInstalledHeader": "needs Deployments, Services and the image of the server",
		"TestServeInstalledToken":  "needs Deployments, Services and the image of the server",
		"TestServeKFPObjects":      "needs resource definitions",
		"TestServeLeavesNothing":   "needs service accounts, their tokens and RBAC",
		"TestServeRevoked":         "needs service accounts, their tokens and RBAC",
		"TestServeTokens":          "needs service accounts, their tokens and RBAC",
		"TestTokenOfTask":          "needs tokens of service accounts",
		"TestVolumeFull":           "needs volumes in memory, of a size",
	}
}

// engineOnly returns the tests that start an engine of their own on this machine,
// whatever else is there, or whose subject is the store alone. hack/e2e/local runs
// them; with a cluster they would only be done twice.
func engineOnly() []string {
	return []string{
		"TestEngineKilled", "TestEnginesAtOnce", "TestLife", "TestOpen", "TestServeLocal", "TestServeLocalAgain", "TestStoreWrong",
		"TestTerminalClosed",
	}
}

// forms returns, for each form of a Workflow and of a request that an Argo could
// take otherwise than the one before, the test that has it. CI runs these on the
// other Argo.
func forms() map[string]string {
	return map[string]string{
		"when":                                     "TestConditions",
		"a value of the branch that has run":       "TestOneOf",
		"loops in loops":                           "TestLoopNested",
		"what a loop has collected":                "TestCollected",
		"onExit":                                   "TestExitHandler",
		"exit tasks after a stop":                  "TestExitAfterStop",
		"continueOn and failFast":                  "TestFailurePolicies",
		"retryStrategy":                            "TestRetries",
		"activeDeadlineSeconds":                    "TestDeadline",
		"ttlStrategy":                              "TestTTL",
		"importers":                                "TestImporters",
		"WorkflowTemplates and CronWorkflows":      "TestKinds",
		"podSpecPatch that the run fills in":       "TestPodOpen",
		"podSpecPatch of a user":                   "TestOverlay",
		"the cache, and pods that are not needed":  "TestCaching",
		"synchronization by mutex":                 "TestMutex",
		"synchronization by semaphore":             "TestSemaphore",
		"volumeClaimTemplates":                     "TestWorkspace",
		"arguments with tags":                      "TestArgumentsWithTags",
		"retry of a run that has ended":            "TestServeRetry",
		"termination":                              "TestServeRetryTerminated",
		"expressions, of each source and consumer": "TestTable",
	}
}

// TestPlaces requires that each test that only the cluster or only the engine
// runs, or the other Argo too, is there, and has a reason.
func TestPlaces(t *testing.T) {
	tests := testNames(t)
	for _, name := range slices.Concat(engineOnly(), slices.Collect(maps.Values(forms()))) {
		require.True(t, tests[name], "there is no test %s", name)
	}
	for name, reason := range clusterOnly() {
		require.True(t, tests[name], "there is no test %s", name)
		require.NotEmpty(t, reason, name)
	}
}

// testNames returns the names of all functions of the tests.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	packages, err := parser.ParseDir(token.NewFileSet(), ".", func(f fs.FileInfo) bool { return strings.HasSuffix(f.Name(), "_test.go") }, 0)
	require.NoError(t, err)
	for _, p := range packages {
		ast.Inspect(p, func(n ast.Node) bool {
			if f, ok := n.(*ast.FuncDecl); ok && f.Recv == nil {
				tests[f.Name.Name] = true
			}
			return true
		})
	}
	return tests
}
