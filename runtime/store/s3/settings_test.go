package s3

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAddress(t *testing.T) {
	for endpoint, want := range map[string]struct {
		host   string
		secure bool
	}{
		"":                        {"s3.amazonaws.com", true},
		"h:9000":                  {"h:9000", true},
		"http://h:9000":           {"h:9000", false},
		"https://h/":              {"h", true},
		"http://[::1]:80":         {"[::1]:80", false},
		"https://s3.example.test": {"s3.example.test", true},
	} {
		host, secure, err := address(endpoint, false)
		require.NoError(t, err, endpoint)
		require.Equal(t, want.host, host, endpoint)
		require.Equal(t, want.secure, secure, endpoint)
	}
	for _, endpoint := range []string{"ftp://h", "http://h/path", "http://", "http://%zz"} {
		_, _, err := address(endpoint, false)
		require.ErrorContains(t, err, "S3 endpoint", endpoint)
	}
}
