package plan

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSide(t *testing.T) {
	s := newSide([]string{"data", "a b", "a.b", "pipeline-root"}, []string{"data", "a-b", "model"}, "pipeline-root")
	require.Equal(t, side{
		parameters: map[string]string{"data": "data", "a b": "a-b", "a.b": "a-b-2", "pipeline-root": "pipeline-root-2"},
		artifacts:  map[string]string{"data": "data-2", "a-b": "a-b-3", "model": "model"},
	}, s)
}

func TestInnerSide(t *testing.T) {
	s := innerSide(
		[]string{"pipelinechannel--names", "pipelinechannel--text", "pipelinechannel--data", "pipelinechannel--rows", "pipelinechannel--a b", "rows", "pipelinechannel--"},
		[]string{"data", "pipelinechannel--names", "a-b"})
	require.Equal(t, side{
		parameters: map[string]string{
			"pipelinechannel--names": "pipelinechannel--names", "pipelinechannel--text": "text", "pipelinechannel--data": "pipelinechannel--data", "pipelinechannel--rows": "pipelinechannel--rows",
			"pipelinechannel--a b": "pipelinechannel--a-b", "rows": "rows", "pipelinechannel--": "pipelinechannel--",
		},
		artifacts: map[string]string{"data": "data", "pipelinechannel--names": "pipelinechannel--names-2", "a-b": "a-b"},
	}, s)
	require.Equal(t, "other", s.undeclared("pipelinechannel--other"))
	require.Equal(t, "pipelinechannel--text", s.undeclared("pipelinechannel--text"))
}
