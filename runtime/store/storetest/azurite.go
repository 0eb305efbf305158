package storetest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
	"github.com/stretchr/testify/require"
)

// azuriteVersion is the last one that runs on Node 20.
const azuriteVersion = "3.35.0"

// Azurite is a running server that stands for Azure Blob Storage.
type Azurite struct {
	// Address is its host and port.
	Address string
}

// The account that every Azurite has.
const (
	AzureAccount = "devstoreaccount1"
	AzureKey     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// StartAzurite starts Azurite for the test, with the arguments that a test has
// to add. It needs Node and npm, which installs it at first use into the cache
// of built programs, $KFP2ARGO_CACHE.
func StartAzurite(t testing.TB, arguments ...string) Azurite {
	t.Helper()
	require.NoError(t, findNode(exec.LookPath))
	script := installAzurite(t)
	address := freeAddress(t)
	host, port, _ := strings.Cut(address, ":")
	command := exec.Command("node", append([]string{script,
		"--blobHost", host, "--blobPort", port, "--inMemoryPersistence",
		"--silent", "--disableTelemetry", "--skipApiVersionCheck",
	}, arguments...)...)
	startProcess(t, command, address)
	return Azurite{Address: address}
}

// findNode makes sure that there is what Azurite needs.
func findNode(look func(string) (string, error)) error {
	for _, program := range []string{"node", "npm"} {
		if _, err := look(program); err != nil {
			return fmt.Errorf("the tests of Azure's store run Azurite, which needs Node.js 20 or later with npm: install both: %w", err)
		}
	}
	return nil
}

// installAzurite returns the path of the program.
func installAzurite(t testing.TB) string {
	t.Helper()
	cache := os.Getenv("KFP2ARGO_CACHE")
	if cache == "" {
		home, err := os.UserHomeDir()
		require.NoError(t, err)
		cache = filepath.Join(home, ".cache", "kfp2argo")
	}
	require.NoError(t, os.MkdirAll(cache, 0o777))
	defer lock(t, filepath.Join(cache, "azurite.lock"))()
	dir := filepath.Join(cache, "azurite-"+azuriteVersion)
	script := filepath.Join(dir, "node_modules", "azurite", "dist", "src", "blob", "main.js")
	if _, err := os.Stat(script); err == nil {
		return script
	}
	temp, err := os.MkdirTemp(cache, "azurite-*") //nolint:usetesting // it becomes the directory in the cache
	require.NoError(t, err)
	defer os.RemoveAll(temp)
	install := exec.CommandContext(t.Context(), "npm", "install", "--no-audit", "--no-fund", "--no-save",
		"--ignore-scripts", "--prefix", temp, "azurite@"+azuriteVersion)
	output, err := install.CombinedOutput()
	require.NoError(t, err, "installing Azurite: %s", output)
	require.NoError(t, os.Rename(temp, dir))
	return script
}

// lock waits until no other process has the lock, and returns what gives it
// back.
func lock(t testing.TB, path string) (unlock func()) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o666)
	require.NoError(t, err)
	require.NoError(t, syscall.Flock(int(file.Fd()), syscall.LOCK_EX))
	return func() { _ = file.Close() }
}

// Getenv is the environment of a pod that uses the server.
func (a Azurite) Getenv(name string) string {
	if name == "AZURE_STORAGE_KEY" {
		return AzureKey
	}
	return ""
}

// ConnectionString is the text that Azure's tools take.
func (a Azurite) ConnectionString() string {
	return fmt.Sprintf("DefaultEndpointsProtocol=http;AccountName=%s;AccountKey=%s;BlobEndpoint=http://%s/%s;",
		AzureAccount, AzureKey, a.Address, AzureAccount)
}

// Root returns the pipeline root for a place in a container.
func (a Azurite) Root(place string) string {
	return fmt.Sprintf("azblob://%s?protocol=http&domain=%s&localemu=true&storage_account=%s", place, a.Address, AzureAccount)
}

func (a Azurite) container(t testing.TB, name string) *container.Client {
	t.Helper()
	client, err := container.NewClientFromConnectionString(a.ConnectionString(), name, nil)
	require.NoError(t, err)
	return client
}

// MakeContainer makes a container, which is Azure's word for a bucket.
func (a Azurite) MakeContainer(t testing.TB, name string) {
	t.Helper()
	_, err := a.container(t, name).Create(t.Context(), nil)
	require.NoError(t, err)
}

// Signature returns a signature that lets who has it do anything with a
// container for an hour.
func (a Azurite) Signature(t testing.TB, name string) string {
	t.Helper()
	all := sas.ContainerPermissions{Read: true, Create: true, Write: true, Delete: true, List: true}
	signed, err := a.container(t, name).GetSASURL(all, time.Now().Add(time.Hour), nil)
	require.NoError(t, err)
	_, query, _ := strings.Cut(signed, "?")
	return query
}
