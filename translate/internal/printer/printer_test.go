package printer_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
	"github.com/kfp2argo/kfp2argo/translate/internal/printer"
)

// printed prints an object that is given as JSON, in the order of its keys.
func printed(t *testing.T, object, comment string) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, printer.Print(&b, json.RawMessage(object), comment))
	return b.String()
}

// TestGoldens prints the objects in testdata, each of which shows one of the
// printer's rules.
func TestGoldens(t *testing.T) {
	objects, err := filepath.Glob("testdata/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, objects)
	for _, object := range objects {
		t.Run(filepath.Base(object), func(t *testing.T) {
			text, err := os.ReadFile(object)
			require.NoError(t, err)
			golden := strings.TrimSuffix(object, ".json") + ".yaml"
			got := printed(t, string(text), "")
			goldentest.Compare(t, golden, got)
		})
	}
}

func TestComment(t *testing.T) {
	require.Equal(t, "# made by hand\n#\n# twice\na: 1\n", printed(t, `{"a":1}`, "made by hand\n\ntwice"))
	require.Equal(t, "# made by hand\na: 1\n", printed(t, `{"a":1}`, "made by hand\n"))
	require.Equal(t, "a: 1\n", printed(t, `{"a":1}`, ""))
}

func TestPrintFails(t *testing.T) {
	require.ErrorContains(t, printer.Print(&strings.Builder{}, func() {}, ""), "encoding the object: ")
	require.ErrorIs(t, printer.Print(broken{}, map[string]int{"a": 1}, "comment"), errBroken)
	require.ErrorContains(t, printer.Print(broken{}, map[string]int{"a": 1}, ""), errBroken.Error())
}

var errBroken = errors.New("the disk is full")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

// TestQuotes tells the words that some reader of YAML takes for something else
// than text from those that only look like it.
func TestQuotes(t *testing.T) {
	for _, word := range []string{
		"y", "N", "no", "On", "off", "true", "FALSE", "null", "~", "", "1", "-1", "007", "0o7", "0x1F", "1_000", "1:30", "1.5", ".5",
		"1e3", "-1.5e-3", ".inf", "-.INF", ".NaN", "2001-01-01", "=", "<", "<<", "-", "- a", "a: b", "a:", "a #b", "#a", "&a", "*a", "!a",
		"|", ">", "%a", "@a", "`a", `"a"`, "[a", "{a", "? a", "---", "...", " a", "a ",
	} {
		require.Equal(t, "value: '"+word+"'\n", printed(t, object(t, word), ""))
	}
	for _, word := range []string{
		"yes please", "nope", "trueish", "nullable", "1Gi", "500m", "v1", "--rows=3", "-c", "a:b", "s3://bucket/key", "a#b", "it's",
		`say "hi"`, "python:3.12", "/bin/sh", "a, b", "a]", "é", "日本", "<b>", "=1", "a=b", "~/x", "infinity",
	} {
		require.Equal(t, "value: "+word+"\n", printed(t, object(t, word), ""))
	}
}

func object(t *testing.T, value string) string {
	t.Helper()
	text, err := json.Marshal(map[string]string{"value": value})
	require.NoError(t, err)
	return string(text)
}
