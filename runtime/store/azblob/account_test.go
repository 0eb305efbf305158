package azblob

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/store/backend"
)

func TestAzureAddress(t *testing.T) {
	for want, s := range map[string]account{
		"https://a.blob.core.windows.net/c":       {Settings: Settings{Account: "a"}},
		"https://a.blob.core.chinacloudapi.cn/c":  {Settings: Settings{Account: "a", Domain: "blob.core.chinacloudapi.cn"}},
		"http://127.0.0.1:10000/a/c":              {Settings: Settings{Account: "a", Emulator: true}},
		"http://azurite:10000/a/c":                {Settings: Settings{Account: "a", Emulator: true, Domain: "azurite:10000"}},
		"https://localhost:1/a/c":                 {Settings: Settings{Account: "a", Domain: "localhost:1"}},
		"http://a.blob.storage.azurestack.test/c": {Settings: Settings{Account: "a", Domain: "blob.storage.azurestack.test", Protocol: "http"}},
		"https://x.example.test/c":                {endpoint: "https://x.example.test/"},
	} {
		address, err := s.address("c")
		require.NoError(t, err)
		require.Equal(t, want, address)
	}
}

// TestAzureCredentials holds that a credential is sent to its own account only.
func TestAzureCredentials(t *testing.T) {
	getenv := func(name string) string {
		return map[string]string{"AZURE_STORAGE_ACCOUNT": "a", "AZURE_STORAGE_KEY": "k"}[name]
	}
	of := func(name string) account {
		return account{Settings: Settings{Account: name}}
	}
	with := func(a account, key, sas string) account {
		a.key, a.sas = key, sas
		return a
	}
	require.Equal(t, with(of("a"), "k", ""), account{}.or(getenv))
	require.Equal(t, with(of("a"), "k", ""), of("a").or(getenv))
	require.Equal(t, of("other"), of("other").or(getenv))
	require.Equal(t, with(of("other"), "", "s"), with(of("other"), "", "s").or(getenv))
}

// TestAzureAccount reads the endpoints of places.
func TestAzureAccount(t *testing.T) {
	getenv := func(name string) string {
		return map[string]string{"K": "k", "AZURE_STORAGE_CONNECTION_STRING": "of another"}[name]
	}
	for endpoint, want := range map[string]string{
		"https://team.blob.core.windows.net":  "team",
		"https://team.blob.core.windows.net/": "team",
		"http://azurite:10000/dev":            "dev",
	} {
		a, err := accountOf(backend.Settings{Endpoint: endpoint, Credentials: backend.Credentials{Key: backend.Secret{Variable: "K", From: "s/k"}}}, Settings{}, getenv)
		require.NoError(t, err)
		require.Equal(t, account{Settings: Settings{Account: want}, endpoint: endpoint, key: "k"}, a)
		a, err = accountOf(backend.Settings{Endpoint: endpoint}, Settings{}, getenv)
		require.NoError(t, err)
		require.Empty(t, a.connection, "it is of another account")
	}
	_, err := accountOf(backend.Settings{Endpoint: "https://a", Credentials: backend.Credentials{Key: backend.Secret{Variable: "GONE", From: "s/k"}}}, Settings{}, getenv)
	require.EqualError(t, err, "no credentials: the namespace has no Secret and key s/k, or it is empty")
}

func TestBlockIDs(t *testing.T) {
	ids := blockIDs(50000)
	require.Len(t, map[string]bool{ids[0]: true, ids[1]: true, ids[49999]: true}, 3)
	require.Len(t, ids[49999], len(ids[0]), "Azure wants block names of one length")
	require.NotEqual(t, ids, blockIDs(50000))
}
