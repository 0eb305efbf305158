package naming

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTemplate(t *testing.T) {
	for text, want := range map[string]string{
		"train":                        "train",
		"Train_Model.v2":               "train-model-v2",
		"  spaced out ":                "spaced-out",
		"a--b":                         "a--b",
		"-a-":                          "a",
		"2fast":                        "t-2fast",
		"42":                           "t-42",
		"":                             "t",
		"---":                          "t",
		"日本":                           "t",
		"naïve":                        "na-ve",
		"not":                          "t-not",
		"In":                           "t-in",
		"startsWith":                   "t-startswith",
		"nothing":                      "nothing",
		"TRUE":                         "t-true",
		"a\nb":                         "a-b",
		strings.Repeat("x", 60):        strings.Repeat("x", 60),
		strings.Repeat("x", 61):        strings.Repeat("x", 60),
		strings.Repeat("x", 59) + "_y": strings.Repeat("x", 59),
		"1" + strings.Repeat("x", 80):  "t-1" + strings.Repeat("x", 59),
	} {
		require.Equal(t, want, Template(text), "%q", text)
	}
}

func TestParameter(t *testing.T) {
	for text, want := range map[string]string{
		"rows":                        "rows",
		"pipelinechannel--a-Output_1": "pipelinechannel--a-Output_1",
		"with space.and/more":         "with-space-and-more",
		"Größe":                       "Gr--e",
		"":                            "p",
		"2":                           "2",
	} {
		require.Equal(t, want, Parameter(text), "%q", text)
	}
}

func TestUnique(t *testing.T) {
	taken := Names{Entry: true}
	var given []string
	for _, name := range []string{"a", "a", "a-2", "a", "entry", "b"} {
		given = append(given, taken.Unique(name))
	}
	require.Equal(t, []string{"a", "a-2", "a-2-2", "a-3", "entry-2", "b"}, given)
}

// FuzzNames holds the names against the patterns of Argo's resource
// definitions, and against what makes a `depends` unreadable.
func FuzzNames(f *testing.F) {
	for _, seed := range []string{"", "a", "A_b", "2", "-", "not", "日本", strings.Repeat("-", 70), strings.Repeat("x", 200), "\xff"} {
		f.Add(seed)
	}
	template, parameter := regexp.MustCompile(`^[a-z]([a-z0-9-]{0,60}[a-z0-9])?$`), regexp.MustCompile(`^[-a-zA-Z0-9_]+$`)
	f.Fuzz(func(t *testing.T, text string) {
		name := Template(text)
		require.Regexp(t, template, name)
		require.NotContains(t, operators(), name)
		require.Regexp(t, parameter, Parameter(text))
		require.Equal(t, Parameter(text), Parameter(Parameter(text)))
	})
}
