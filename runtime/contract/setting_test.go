package contract

import (
	"bytes"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// settingTexts are the texts of one kind in testdata/settings.yaml.
type settingTexts struct {
	Good  []string
	Wrong map[string]string
}

func settingTable(t *testing.T) map[SettingKind]settingTexts {
	t.Helper()
	data, err := os.ReadFile("testdata/settings.yaml")
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	var table map[SettingKind]settingTexts
	require.NoError(t, decoder.Decode(&table))
	require.Len(t, table, 8, "a kind has no texts")
	return table
}

func TestSettingCheck(t *testing.T) {
	for kind, texts := range settingTable(t) {
		setting := Setting{Kind: kind, What: "the thing", From: `input "x" of the pipeline`}
		for _, text := range append(texts.Good, "", " ", "null", " null\n") {
			require.NoError(t, setting.Check(text), "%s: %s", kind, text)
		}
		for text, want := range texts.Wrong {
			require.EqualError(t, setting.Check(text), `the thing, from input "x" of the pipeline: `+want, "%s: %s", kind, text)
		}
	}
}

func TestSettingNeeded(t *testing.T) {
	setting := Setting{Kind: NameSetting, What: "the name of a PersistentVolumeClaim", From: `output "name" of task "create"`, Needed: true}
	require.NoError(t, setting.Check(`"data"`))
	for _, text := range []string{"", "null"} {
		require.EqualError(t, setting.Check(text), `the name of a PersistentVolumeClaim, from output "name" of task "create": it has no value`)
	}
}

func TestRequiredName(t *testing.T) {
	r := Required{Input: "secret", Kind: "Secret", Key: "token", Env: "TOKEN"}
	for text, want := range map[string]string{`"mine"`: "mine", "": "", "null": "", "3": "", `{"a":1}`: ""} {
		require.Equal(t, want, r.Name(map[string]string{"secret": text, "other": `"x"`}), text)
	}
	require.Empty(t, r.Name(nil))
}
