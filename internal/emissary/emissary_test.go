package emissary_test

import (
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/emissary"
)

const (
	argo3 = `time="2026-11-24T15:31:59.000Z" level=info msg="sub-process exited" argo=true error="<nil>"`
	argo4 = `time=2026-11-24T15:31:59.000Z level=INFO msg="sub-process exited" argo=true error=<nil>`
)

func TestWithout(t *testing.T) {
	long := strings.Repeat("x", 40_000)
	for text, want := range map[string]string{
		"":                                       "",
		"one\ntwo":                               "one\ntwo",
		"one\n" + argo3 + "\n":                   "one\n",
		argo4 + "\none\n" + argo4:                "one\n",
		long + "\n" + argo3 + "\n":               long + "\n",
		long + argo3 + "\n":                      long + argo3 + "\n", // it goes on with the program's line
		`time=now level=WARN msg="x" argo=true`:  `time=now level=WARN msg="x" argo=true`,
		`time=now level=INFO msg="mine" other=1`: `time=now level=INFO msg="mine" other=1`,
		"\n\n" + argo3 + "\n\n":                  "\n\n\n",
	} {
		for name, from := range map[string]io.Reader{
			"whole": strings.NewReader(text), "by bytes": iotest.OneByteReader(strings.NewReader(text)),
		} {
			got, err := io.ReadAll(emissary.Without(io.NopCloser(from)))
			require.NoError(t, err)
			require.Equal(t, want, string(got), name)
		}
	}
}

// TestBroken: what had come of a line is there, and then the error.
func TestBroken(t *testing.T) {
	from := io.MultiReader(strings.NewReader("one\ntw"), iotest.ErrReader(io.ErrUnexpectedEOF))
	got, err := io.ReadAll(emissary.Without(io.NopCloser(from)))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Equal(t, "one\ntw", string(got))
}
