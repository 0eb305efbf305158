package contract

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFindings writes findings as the driver does, among other lines, and reads
// them as they are in the log of its pod.
func TestFindings(t *testing.T) {
	all := []Finding{
		{Check: "store: put", Status: StatusOK},
		{Check: "store: delete", Status: StatusWarning, Found: "the store said \"no\"\nand more", Advice: "allow it"},
		{Check: "store: clock", Status: StatusFailure, Found: "an hour late"},
	}
	requireGolden(t, "Findings.json", all)
	var log bytes.Buffer
	for _, f := range all {
		require.NoError(t, f.Write(&log))
		log.WriteString("kfp2argo: warning: something\n\n{\"level\": \"info\"}\n")
	}
	require.Equal(t, 3*3, strings.Count(log.String(), "\n")-len(all))
	found, others, err := ReadFindings(&log)
	require.NoError(t, err)
	require.Equal(t, all, found)
	require.Len(t, others, 6)
}
