package contract

import (
	"encoding/json"
	"errors"
)

// Keys are the credentials of the store by the names of their variables. The
// driver passes them to the launcher at [KeysFile], as main has none of these
// variables.
type Keys map[string]string

// KeysOf returns the variables of the store's credentials that are set: those
// that all pods have, and those of the places of a [StoreConfig].
func KeysOf(config *StoreConfig, getenv func(string) string) Keys {
	names := []string{AccessKeyVariable, SecretKeyVariable, StoreSecretVariable}
	for _, p := range config.Places {
		if c := p.Credentials; c != nil {
			for _, key := range []*StoreKey{c.AccessKey, c.SecretKey, c.SessionToken, c.Key} {
				if key != nil {
					names = append(names, key.Env)
				}
			}
		}
	}
	keys := Keys{}
	for _, name := range names {
		if value := getenv(name); value != "" {
			keys[name] = value
		}
	}
	return keys
}

// Text returns the keys as [ParseKeys] reads them.
func (k Keys) Text() []byte {
	text, err := json.Marshal(k)
	if err != nil {
		panic(err) // texts
	}
	return text
}

// ParseKeys reads Keys. The error shows nothing of the text.
func ParseKeys(text []byte) (Keys, error) {
	var k Keys
	if err := json.Unmarshal(text, &k); err != nil {
		return nil, errors.New("the keys of the store are damaged")
	}
	return k, nil
}
