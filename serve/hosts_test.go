package serve

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHosts refuses names that a page elsewhere may have made lead here.
func TestHosts(t *testing.T) {
	known := append(serviceHosts(service, "kfp"), "laptop.example.com")
	for host, want := range map[string]bool{
		"localhost:8888":                         true,
		"127.0.0.1:8888":                         true,
		"[::1]:8888":                             true,
		"10.1.2.3":                               true,
		"ml-pipeline.kfp.svc.cluster.local:8888": true,
		"ML-Pipeline:8888":                       true,
		"laptop.example.com":                     true,
		"evil.example.com:8888":                  false,
		"localhost.example.com":                  false,
		"127.0.0.1.example.com":                  false,
		"ml-pipeline.other.svc.cluster.local":    false,
		"":                                       false,
	} {
		err := known.check(&http.Request{Host: host})
		require.Equal(t, want, err == nil, "%q: %v", host, err)
	}
}
