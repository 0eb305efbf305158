package gs

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

// Settings are those that only Google Cloud Storage has.
type Settings struct {
	Anonymous bool
	Universe  string // the domain of another cloud than Google's own
}

// Set takes one setting under its name in the URLs of gocloud.dev.
func Set(common *backend.Settings, own *Settings, name, value string) (err error) {
	switch name {
	case "endpoint":
		common.Endpoint = value
	case "universe_domain":
		own.Universe = value
	case "anonymous":
		own.Anonymous, err = backend.Boolean(name, value)
	default:
		return fmt.Errorf("unknown setting %q; known are anonymous, universe_domain and endpoint", name)
	}
	return err
}

// emulatorVariable has the address of an emulator, which takes no credentials.
const emulatorVariable = "STORAGE_EMULATOR_HOST"

// orEmulator returns the settings with the emulator of the environment, if there
// is one, where they name no endpoint.
func orEmulator(common backend.Settings, own Settings, getenv func(string) string) (backend.Settings, Settings) {
	emulator := getenv(emulatorVariable)
	if common.Endpoint != "" || emulator == "" {
		return common, own
	}
	if !strings.Contains(emulator, "://") {
		emulator = "http://" + emulator
	}
	return backend.Settings{Endpoint: emulator}, Settings{Anonymous: true}
}

// address returns the URL of the store.
func address(endpoint, universe string) (string, error) {
	switch {
	case endpoint != "":
		u, err := url.Parse(endpoint)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return "", fmt.Errorf("the endpoint %s of Google Cloud Storage: expected http://HOST:PORT", endpoint)
		}
		return strings.TrimSuffix(endpoint, "/"), nil
	case universe != "":
		return "https://storage." + universe, nil
	}
	return "https://storage.googleapis.com", nil
}
