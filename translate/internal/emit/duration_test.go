package emit

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 90 * time.Second: "1m30s", time.Minute: "1m", time.Hour: "1h", time.Hour + 5*time.Second: "1h0m5s",
		10 * time.Minute: "10m", 20 * time.Hour: "20h", time.Hour + 10*time.Minute: "1h10m", 1500 * time.Millisecond: "1.5s",
	} {
		require.Equal(t, want, short(d))
		again, err := time.ParseDuration(short(d))
		require.NoError(t, err)
		require.Equal(t, d, again)
	}
}
