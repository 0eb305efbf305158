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

// unshielded takes the shields off all variables: the kubelet makes some of
// others.
func unshielded(environ []string, shielded bool) []string {
	if !shielded {
		return environ
	}
	plain := make([]string, len(environ))
	for i, v := range environ {
		plain[i] = placeholder.UnshieldText(v)
	}
	return plain
}
