package storetest

import (
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// GCS is a running server that stands for Google Cloud Storage.
type GCS struct {
	// Address is its host and port.
	Address string
}

// StartGCS starts fake-gcs-server for the test. Go builds it at first use, as
// it does the S3 server.
func StartGCS(t testing.TB) GCS {
	t.Helper()
	address := freeAddress(t)
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	startProcess(t, exec.Command(buildTool(t, "fake-gcs-server"),
		"-scheme", "http", "-backend", "memory", "-host", host, "-port", port,
		"-external-url", "http://"+address, "-public-host", address, "-log-level", "warn"), address)
	return GCS{Address: address}
}

// MakeBucket makes a bucket.
func (g GCS) MakeBucket(t testing.TB, name string) {
	t.Helper()
	response, err := http.Post("http://"+g.Address+"/storage/v1/b", "application/json", strings.NewReader(`{"name":"`+name+`"}`))
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
}

// Getenv is the environment of a pod that uses the server.
func (g GCS) Getenv(name string) string {
	if name == "STORAGE_EMULATOR_HOST" {
		return g.Address
	}
	return ""
}
