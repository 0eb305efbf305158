package launcher

import (
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/pod"
)

// lookup returns the value of a variable in an environment. The last one
// counts, as for a program that starts with it.
func lookup(environ []string, name string) string {
	for i := len(environ) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(environ[i], name+"="); ok {
			return value
		}
	}
	return ""
}

// storeEnvironment returns the environment with what the driver has handed over
// to open the store with. All of it begins with [contract.VariablePrefix].
func storeEnvironment(plan *contract.Plan, options Options) ([]string, error) {
	environ := slices.Clone(options.Environ)
	if plan.Store != "" {
		environ = append(environ, contract.StoreVariable+"="+plan.Store)
	}
	if !plan.Keys {
		return environ, nil
	}
	keys, err := pod.TakeKeys(options.Root)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		environ = append(environ, name+"="+keys[name])
	}
	return environ, nil
}

// programEnvironment returns the environment of the user's program: without
// what is ours alone, the store's credentials above all, and with a home that
// can be written to.
func programEnvironment(environ []string, root contract.Root) ([]string, error) {
	var own []string
	for _, variable := range environ {
		if !strings.HasPrefix(variable, contract.VariablePrefix) {
			own = append(own, variable)
		}
	}
	if isHome(lookup(own, "HOME")) {
		return own, nil
	}
	// Images that run as an arbitrary user have / for a home, or one that is
	// read-only; pip, for one, then fails.
	home := root.Path(contract.HomeDir)
	if err := os.MkdirAll(home, 0o777); err != nil {
		return nil, err
	}
	return append(own, "HOME="+home), nil
}

func isHome(dir string) bool {
	const writable = 2 // W_OK
	return dir != "" && dir != "/" && syscall.Access(dir, writable) == nil
}
