package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// workflow is what the tests read of a workflow of GitHub's.
type workflow struct {
	Jobs map[string]struct {
		Steps []struct{ Uses, Run string }
	}
}

func readWorkflow(t *testing.T, path string) workflow {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var w workflow
	require.NoError(t, yaml.Unmarshal(text, &w))
	require.NotEmpty(t, w.Jobs)
	return w
}

// ciStep is a step of .ci/run that tests something.
var ciStep = regexp.MustCompile(`(?m)^\s*step (?:env )?((?:make|hack/|KFP2ARGO_).*)$`)

// TestCI makes sure that GitHub runs what .ci/run does.
func TestCI(t *testing.T) {
	text, err := os.ReadFile(repository + "/.ci/run")
	require.NoError(t, err)
	var run []string
	for _, job := range readWorkflow(t, repository+"/.github/workflows/ci.yaml").Jobs {
		for _, step := range job.Steps {
			run = append(run, strings.TrimSpace(step.Run))
		}
	}
	steps := ciStep.FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(steps), 5)
	for _, step := range steps {
		require.True(t, slices.Contains(run, step[1]), "ci.yaml has no step %q", step[1])
	}
}

// TestActionsArePinned makes sure that each Action of others is named by a commit,
// which nobody can move.
func TestActionsArePinned(t *testing.T) {
	files, err := filepath.Glob(repository + "/.github/workflows/*.yaml")
	require.NoError(t, err)
	pinned := 0
	for _, file := range files {
		for name, job := range readWorkflow(t, file).Jobs {
			for _, step := range job.Steps {
				if step.Uses != "" {
					pinned++
					require.Regexp(t, `^[a-z-]+/[a-z-]+@[0-9a-f]{40}$`, step.Uses, "%s: %s", file, name)
				}
			}
		}
	}
	require.Greater(t, pinned, 10)
}
