package bench_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/hack/bench"
)

const (
	engines = "## Runs on this machine and on a cluster\n"
	scale   = "## Large runs\n"
)

// TestReplace changes one section of a page and leaves all others.
func TestReplace(t *testing.T) {
	page := "# P\n\ntext\n"
	one := bench.Replace(page, engines+"\none\n")
	require.Equal(t, page+"\n"+engines+"\none\n", one)
	require.Equal(t, page+"\n"+engines+"\ntwo\n", bench.Replace(one, engines+"\ntwo\n"))
	require.Equal(t, page+"\n"+engines+"\ntwo\n\n## Z\n\nz\n", bench.Replace(one+"\n## Z\n\nz\n", engines+"\ntwo\n"))
}

// TestKeep writes a page anew with the sections that other programs have written.
func TestKeep(t *testing.T) {
	page := "# P\n\ntext\n"
	both := bench.Replace(bench.Replace(page, engines+"\none\n"), scale+"\nrows\n")
	require.Equal(t, "# New\n\n"+engines+"\none\n\n"+scale+"\nrows\n", bench.Keep("# New\n", both))
	require.Equal(t, "# New\n\n"+scale+"\nrows\n", bench.Keep("# New\n", bench.Replace(page, scale+"\nrows\n")))
	require.Equal(t, "# New\n", bench.Keep("# New\n", page))
}

func TestWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "page.md")
	require.Error(t, bench.Write(scale, file), "it is a part of a page")
	require.NoError(t, os.WriteFile(file, []byte("# P\n"), 0o600))
	require.NoError(t, bench.Write(scale, file))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "# P\n\n"+scale, string(text))
}
