package contract

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestArgument(t *testing.T) {
	for text, escaped := range map[string]string{
		"":           "",
		"a {{ b }}":  `a {\u007b b }}`,
		"{{{":        `{\u007b{`,
		"{{{{":       `{\u007b{\u007b`,
		`{"a":{}}`:   `{"a":{}}`,
		"{ { \u007b": "{ { {",
	} {
		require.Equal(t, escaped, EscapeArgument(text))
		require.Equal(t, text, PlainArgument(escaped))
		require.True(t, IsArgument(text))
	}
	require.False(t, IsArgument(`a {\u007b b`))
}

func TestParseComponent(t *testing.T) {
	for document, want := range map[string]bool{
		`{"version": 1, "component": {"inner": true}}`: true,
		"{\n\"version\": 1, \"run\": {\"uid\": \"{{workflow.uid}}\", \"pipelineRoot\": {{=toJson(workflow.parameters['pipeline-root'])}}},\n" +
			"\"component\": {\"inner\": true}, \"lookUp\": {\"image\": {{=x}}}, \"inputs\": {{=toJson(inputs.parameters)}}\n}\n": true,
		`{"version": 1, "run": {"pipeline": "\"component\": {{ \\"}, "component": {"inner": true}}`: true,
		`{"version": 1, "component": {"inner": false}}`:                                             false,
	} {
		c := ParseComponent(document)
		require.NotNil(t, c, document)
		require.Equal(t, want, c.Inner, document)
	}
	for _, document := range []string{"", "{", "{}", "{{=x}}", "{{", `{"component": {}}`, `"component": {}`, `[1]`, `{"version": 1, "component": {{`} {
		require.Nil(t, ParseComponent(document), document)
	}
}
