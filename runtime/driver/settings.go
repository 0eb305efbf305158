package driver

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// checkSettings reports the pod settings that the pod was made without because
// Kubernetes would refuse their values.
func checkSettings(task *contract.Task) error {
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(task.Component.Settings)) {
		problems = append(problems, task.Component.Settings[name].Check(task.Inputs[name]))
	}
	return errors.Join(problems...)
}

// presence lists what the launcher must find before the program starts.
func presence(task *contract.Task) []contract.Presence {
	var all []contract.Presence
	for _, r := range task.Component.Required {
		name := r.Name(task.Inputs)
		if name == "" {
			continue
		}
		from := task.Component.Settings[r.Input].From
		missing := fmt.Sprintf("the %s %q, named by %s, does not exist or is empty", r.Kind, name, from)
		if r.Key != "" {
			missing = fmt.Sprintf("the %s %q, named by %s, does not exist or has no key %q", r.Kind, name, from, r.Key)
		}
		all = append(all, contract.Presence{Env: r.Env, Path: r.Path, Missing: missing})
	}
	return all
}
