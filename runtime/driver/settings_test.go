package driver

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// settled is a task with settings that the run decides.
func settled(inputs map[string]string) *contract.Task {
	return &contract.Task{
		Run: contract.Run{Pipeline: "hello", Name: "w", UID: "uid-1", Node: "w.train"},
		Component: contract.Component{
			Inputs: contract.ComponentInputs{Parameters: map[string]contract.InputParameter{
				"rows": {Type: contract.NumberInteger},
			}},
			Settings: map[string]contract.Setting{
				"secret":       {Kind: contract.NameSetting, What: "the name of a Secret", From: `input "secret" of the pipeline`},
				"secret-2":     {Kind: contract.NameSetting, What: "the name of a Secret", From: `output "name" of task "make"`},
				"memory-limit": {Kind: contract.QuantitySetting, What: "the memory limit", From: `output "memory" of task "plan"`},
				"pvc":          {Kind: contract.NameSetting, What: "the name of a PersistentVolumeClaim", From: "a constant", Needed: true},
			},
			Required: []contract.Required{
				{Input: "secret", Kind: "Secret", Key: "token", Env: "TOKEN"},
				{Input: "secret", Kind: "Secret", Path: "/keys"},
				{Input: "secret-2", Kind: "ConfigMap", Key: "mode", Env: "MODE"},
			},
		},
		Inputs: inputs,
	}
}

// TestSettings reports all settings with which there is something wrong, by
// what they are and where their values come from.
func TestSettings(t *testing.T) {
	_, err := resolve(settled(map[string]string{
		"rows": "many", "secret": `"My Secret"`, "secret-2": `"mine"`, "memory-limit": `"sixteen"`, "pvc": "null",
	}), Options{})
	require.EqualError(t, err, `the memory limit, from output "memory" of task "plan": "sixteen" is not one that Kubernetes takes
the name of a PersistentVolumeClaim, from a constant: it has no value
the name of a Secret, from input "secret" of the pipeline: "My Secret" is not one that Kubernetes takes`)

	_, err = resolve(settled(map[string]string{"rows": "3"}), Options{})
	require.EqualError(t, err, "the name of a PersistentVolumeClaim, from a constant: it has no value")

	_, err = resolve(settled(map[string]string{"rows": "3", "pvc": `{{=tasks['make'].outputs.parameters['name']}}`}), Options{})
	require.EqualError(t, err, "the name of a PersistentVolumeClaim, from a constant: Argo could not evaluate the expression for its value")
}

// TestPresence says what the launcher must find of objects that the run names;
// the program sees nothing of it.
func TestPresence(t *testing.T) {
	plan, err := resolve(settled(map[string]string{
		"rows": "3", "secret": `"mine"`, "secret-2": `"theirs"`, "memory-limit": `"1Gi"`, "pvc": `"data"`,
	}), Options{})
	require.NoError(t, err)
	require.Equal(t, []contract.Presence{
		{Env: "TOKEN", Missing: `the Secret "mine", named by input "secret" of the pipeline, does not exist or has no key "token"`},
		{Path: "/keys", Missing: `the Secret "mine", named by input "secret" of the pipeline, does not exist or is empty`},
		{Env: "MODE", Missing: `the ConfigMap "theirs", named by output "name" of task "make", does not exist or has no key "mode"`},
	}, plan.Present)
	require.Len(t, plan.ExecutorInput.Inputs.ParameterValues, 1)
	require.Equal(t, []string{"rows"}, plan.Given)

	plan, err = resolve(settled(map[string]string{"rows": "3", "secret": "null", "secret-2": "", "pvc": `"data"`}), Options{})
	require.NoError(t, err)
	require.Empty(t, plan.Present)
}
