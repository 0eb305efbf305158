package placeholder

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMade makes values of parameter texts.
func TestMade(t *testing.T) {
	values := Values{Pipeline: map[string]string{JobName: "run-1"}}
	for text, want := range map[string]string{
		``:                                    ``,
		`3`:                                   `3`,
		`member ["k"] of {"k":{"b":1,"a":2}}`: `{"a":2,"b":1}`,
		`member ["k"] of member [0] of [{"k":"{\u007bx}}"}]`: `"{{x}}"`,
		`member ["k"] of `: ``,
		`fill "{\u007b$.pipeline_job_name}}: {\u007b$.inputs.parameters['n']}}" with {"n":"1e-7"}`:            `"run-1: 0.0000001"`,
		`fill ["{\u007b$.inputs.parameters['n']}}",1] with {"n":"{\"b\":\"{\\u007b$.pipeline_job_name}}\"}"}`: `["{\"b\":\"{{$.pipeline_job_name}}\"}",1]`,
		`fill "<{\u007b$.inputs.parameters['n']}}>" with {"n":""}`:                                            `"\u003c\u003e"`,
		`fill "<{\u007b$.inputs.parameters['n']}}>" with {"n":"member [\"k\"] of {\"k\":true}"}`:              `"\u003ctrue\u003e"`,
		`member ["k"] of fill {"k":"{\u007b$.pipeline_job_name}}"} with {}`:                                   `"run-1"`,
	} {
		got, err := values.Made(text)
		require.NoError(t, err, text)
		require.Equal(t, want, string(got), text)
	}
	for text, want := range map[string]string{
		`!why`:                 "why",
		`member ["k"] of !why`: "why",
		`member ["k"] of x`:    "not JSON: invalid character 'x' looking for beginning of value",
		`fill "{\u007b$.inputs.parameters['n']}}" with {}`:                        `it mentions input "n", which has no value`,
		`fill "{\u007b$.inputs.parameters['n']}}" with {"n":"member [0] of [] "}`: `it mentions input "n": the value it is taken from has no member [0]`,
	} {
		_, err := values.Made(text)
		require.EqualError(t, err, want, text)
	}
}
