package pod_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
)

// withSecret is a component whose pod has a Secret that the run names.
func withSecret() contract.Component {
	return contract.Component{
		Settings: map[string]contract.Setting{
			"secret":    {Kind: contract.NameSetting, What: "the name of a Secret", From: `input "secret" of the pipeline`},
			"cpu-limit": {Kind: contract.QuantitySetting, What: "the CPU limit", From: `output "cpu" of task "plan"`},
		},
		Required: []contract.Required{
			{Input: "secret", Kind: "Secret", Key: "token", Env: "TOKEN"},
			{Input: "secret", Kind: "Secret", Path: "/keys"},
		},
		ShieldedEnv: true,
	}
}

// TestWrongSettings: the pod was made without them, and must not run so.
func TestWrongSettings(t *testing.T) {
	p := newTask(t, t.TempDir(), withSecret())
	p.give("secret", `"My Secret"`)
	p.give("cpu-limit", `"lots"`)
	r := p.drive()
	require.Equal(t, 1, r.code)
	require.Equal(t, `the CPU limit, from output "cpu" of task "plan": "lots" is not one that Kubernetes takes; `+
		`the name of a Secret, from input "secret" of the pipeline: "My Secret" is not one that Kubernetes takes`, r.lastWords)
	require.NoFileExists(t, p.root.Path(contract.PlanFile))
}

// TestMissingSecret: Kubernetes has started the pod without a Secret that the
// program needs.
func TestMissingSecret(t *testing.T) {
	p := newTask(t, t.TempDir(), withSecret())
	p.give("secret", `"mine"`)
	r := p.drive()
	require.Zero(t, r.code, r.stderr)
	r = p.launch("touch", p.root.Path("/ran"))
	require.Equal(t, 1, r.code)
	require.Equal(t, `the Secret "mine", named by input "secret" of the pipeline, does not exist or has no key "token"; `+
		`the Secret "mine", named by input "secret" of the pipeline, does not exist or is empty`, r.lastWords)
	require.NoFileExists(t, p.root.Path("/ran"))
}

// TestSecret: it is there, and so are variables whose values Argo did not read.
func TestSecret(t *testing.T) {
	p := newTask(t, t.TempDir(), withSecret())
	p.give("secret", `"mine"`)
	require.NoError(t, os.Mkdir(p.root.Path("/keys"), 0o777))
	require.NoError(t, os.WriteFile(p.root.Path("/keys/token"), []byte("very secret"), 0o666))
	p.environ = append(p.environ, "TOKEN=very secret", "TEMPLATE="+placeholder.ShieldText("{{ user }}"))
	r := p.mustRun("sh", "-c", `echo "$TOKEN, $TEMPLATE"`)
	require.Equal(t, "very secret, {{ user }}\n", r.stdout)
}

// TestNoSecret: the run has named none, and nothing is missed.
func TestNoSecret(t *testing.T) {
	p := newTask(t, t.TempDir(), withSecret())
	p.give("secret", "null")
	r := p.mustRun("echo", "ran")
	require.Equal(t, "ran\n", r.stdout)
}
