//go:build e2e

package e2e

import (
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kfp2argo/kfp2argo/translate"
)

// TestFirstHour is the first hour of two teams that share a cluster. An
// administrator gives each a namespace, a service account and the keys of the
// store, and all of that is in a profile. One team runs a pipeline and looks at it;
// the other one runs a pipeline on a schedule, sees it fire, and stops it.
func TestFirstHour(t *testing.T) {
	t.Parallel()
	c := connect(t)
	namespaces := map[string]string{"team-a": c.makeTeam(t, "team-a"), "team-b": c.makeTeam(t, "team-b")}
	p := buildProgram(t)
	p.env = []string{"KFP2ARGO_CONFIG=" + writeProfiles(t, p.root, namespaces), "KFP2ARGO_PROFILE="}
	require.Regexp(t, `(?m)^Profile: +team-a$`, p.good("config"))

	// The other team's schedule is soon to fire.
	cron := p.good(examples+"hello.yaml", "--profile", "team-b", "--name", "greeting",
		"--kind", "CronWorkflow", "--schedule", "@every 10s", "--concurrency-policy", "Forbid", "-p", "recipient=team B")
	kubectl(t, []byte(cron), "create", "-f", "-")

	// Meanwhile a run. What follows means the latest one.
	require.Contains(t, p.good("run", examples+"artifacts.yaml", "-p", "rows=25"), "3 tasks: 3 succeeded\n")
	require.Regexp(t, `(?m)^train +succeeded .*slope 2`, p.good("get"))
	require.Contains(t, p.good("outputs"), "/team-a/")
	model := filepath.Join(t.TempDir(), "model.json")
	p.good("get", "/train/model", model)
	text, err := os.ReadFile(model)
	require.NoError(t, err)
	require.JSONEq(t, `{"slope": 2.0}`, string(text))
	picture := filepath.Join(t.TempDir(), "run.svg")
	p.good("graph", examples+"artifacts.yaml", "-O", picture, "--run")
	require.FileExists(t, picture)
	require.NotContains(t, p.good("runs"), "greeting", "a team sees its own runs")

	c.requireSchedule(t, p, namespaces["team-b"])
}

// requireSchedule waits for a run that the schedule has started, looks at it, and
// stops the schedule. The run stays.
func (c cluster) requireSchedule(t *testing.T, p program, namespace string) {
	t.Helper()
	cron, err := c.workflows.ArgoprojV1alpha1().CronWorkflows(namespace).Get(t.Context(), "greeting", metav1.GetOptions{})
	require.NoError(t, err)
	run := c.firstRun(t, cron).Name
	kubectl(t, nil, "-n", namespace, "delete", "cronworkflow", "greeting", "--cascade=orphan")
	require.Contains(t, p.good("watch", run, "--profile", "team-b"), "2 tasks: 2 succeeded\n")
	require.Equal(t, "HELLO, TEAM B!\n", p.good("get", run+"/shout/Output", "--profile", "team-b"))
	require.NotEmpty(t, p.good("logs", run, "--profile", "team-b"))
	var runs []struct{ Name, State string }
	require.NoError(t, json.Unmarshal([]byte(p.good("runs", "--profile", "team-b", "-o", "json")), &runs))
	require.NotEmpty(t, runs)
	for _, r := range runs {
		require.True(t, strings.HasPrefix(r.Name, "greeting-"), r.Name)
	}
}

// makeTeam makes what a team needs on a cluster, until the test ends, and returns
// the name of its namespace.
func (c cluster) makeTeam(t *testing.T, team string) string {
	t.Helper()
	namespace := strings.ReplaceAll(unique(team), ".", "-")
	kubectl(t, nil, "create", "namespace", namespace)
	t.Cleanup(func() { kubectl(t, nil, "delete", "namespace", namespace, "--wait=false") })
	kubectl(t, nil, "-n", namespace, "apply", "-f", "../../docs/rbac.yaml")
	_, err := c.kubernetes.CoreV1().Secrets(namespace).Create(t.Context(), &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Name: "store"},
		StringData: map[string]string{
			"accesskey": variable(t, "KFP2ARGO_S3_ACCESS_KEY"), "secretkey": variable(t, "KFP2ARGO_S3_SECRET_KEY"),
		},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	return namespace
}

// writeProfiles writes a file of settings with a profile of each team, whose
// artifacts lie below the root of all; the first team's is the usual one.
func writeProfiles(t *testing.T, root string, namespaces map[string]string) string {
	t.Helper()
	text := "profile: team-a\nprofiles:\n"
	for team, namespace := range namespaces {
		image := cmp.Or(os.Getenv("KFP2ARGO_IMAGE"), translate.DefaultImage())
		text += "  " + team + ":\n    namespace: " + namespace + "\n    service-account: kfp2argo\n    image: " + image +
			"\n    store-secret: store\n    pipeline-root: '" + strings.Replace(root, "?", "/"+team+"?", 1) + "'\n"
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}
