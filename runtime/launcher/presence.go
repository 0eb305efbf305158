package launcher

import (
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
)

// requirePresence makes sure that Kubernetes has put into the container what
// the program needs and the run has named.
func requirePresence(required []contract.Presence, options Options) error {
	var missing []error
	for _, r := range required {
		if !present(r, options) {
			missing = append(missing, errors.New(r.Missing))
		}
	}
	return errors.Join(missing...)
}

func present(r contract.Presence, options Options) bool {
	if r.Env != "" {
		return slices.ContainsFunc(options.Environ, func(v string) bool { return strings.HasPrefix(v, r.Env+"=") })
	}
	entries, err := os.ReadDir(options.Root.Path(r.Path))
	return err == nil && len(entries) > 0
}

// unshielded takes the shields off the values of some variables.
func unshielded(environ, names []string) []string {
	if len(names) == 0 {
		return environ
	}
	plain := slices.Clone(environ)
	for i, v := range plain {
		if name, value, ok := strings.Cut(v, "="); ok && slices.Contains(names, name) {
			plain[i] = name + "=" + placeholder.UnshieldText(value)
		}
	}
	return plain
}
