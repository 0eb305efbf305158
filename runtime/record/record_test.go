package record

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

func inputs() Inputs {
	return Inputs{
		Image:   "python:3.11",
		Command: []string{"train", "{{$.inputs.parameters['rows']}}"},
		Outputs: contract.ComponentOutputs{
			Parameters: map[string]contract.OutputParameterSpec{"loss": {Type: contract.NumberDouble}},
			Artifacts:  map[string]contract.OutputArtifact{"model": {Type: contract.ArtifactType{SchemaTitle: "system.Model"}}},
		},
		Parameters: map[string]json.RawMessage{"rows": json.RawMessage("10")},
		Artifacts:  map[string][]Artifact{"data": {{URI: "s3://bucket/data", Content: "v1"}}},
		Settings:   map[string]string{"pvc": `"claim"`},
	}
}

// TestKey compares keys with those of earlier versions: if one changes, all
// results under it are lost.
func TestKey(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*Inputs)
		want   string
	}{
		"all":     {func(*Inputs) {}, "3d925c10767540c24f3c86c584a426f549e7a89aa042c79ff711114f6f354fc3"},
		"nothing": {func(i *Inputs) { *i = Inputs{} }, "1a900f71ee7edfc0edebe40b4632d21d1281fbae8a7729694622468d58337a08"},
	} {
		t.Run(name, func(t *testing.T) {
			i := inputs()
			tc.change(&i)
			key, err := i.Key()
			require.NoError(t, err)
			require.Equal(t, tc.want, key)
		})
	}
}

// TestKeyOfChanges changes one thing at a time: each but what only Argo cares about
// gives another key.
func TestKeyOfChanges(t *testing.T) {
	same, err := inputs().Key()
	require.NoError(t, err)
	for name, change := range map[string]func(*Inputs){
		"image":     func(i *Inputs) { i.Image = "python:3.12" },
		"command":   func(i *Inputs) { i.Command[0] = "test" },
		"argument":  func(i *Inputs) { i.Command = append(i.Command, "") },
		"output":    func(i *Inputs) { i.Outputs.Parameters["loss"] = contract.OutputParameterSpec{Type: contract.String} },
		"parameter": func(i *Inputs) { i.Parameters["rows"] = json.RawMessage(`"10"`) },
		"no value":  func(i *Inputs) { delete(i.Parameters, "rows") },
		"uri":       func(i *Inputs) { i.Artifacts["data"][0].URI = "s3://bucket/other" },
		"content":   func(i *Inputs) { i.Artifacts["data"][0].Content = "v2" },
		"metadata": func(i *Inputs) {
			i.Artifacts["data"][0].Metadata = map[string]json.RawMessage{"a": json.RawMessage("1")}
		},
		"claim":       func(i *Inputs) { i.Settings["pvc"] = `"other"` },
		"fixed claim": func(i *Inputs) { i.Claims = []string{"claim"} },
	} {
		i := inputs()
		change(&i)
		key, err := i.Key()
		require.NoError(t, err)
		require.NotEqual(t, same, key, name)
	}
	i := inputs()
	i.Outputs.Parameters["loss"] = contract.OutputParameterSpec{Type: contract.NumberDouble, Argo: "a-loss", Inline: true}
	i.Parameters["rows"] = json.RawMessage("1e1")
	key, err := i.Key()
	require.NoError(t, err)
	require.Equal(t, same, key)
}

// TestOldRecord reads a record of a release that did not keep phases, and one of a
// later release.
func TestOldRecord(t *testing.T) {
	old := `{"version": 1, "pipeline": "p", "run": "r", "uid": "u", "task": "t", "started": "2026-11-30T12:00:00Z", "finished": "2026-11-30T12:01:00Z"}`
	r, err := Parse([]byte(old))
	require.NoError(t, err)
	require.Equal(t, Phases{}, r.Phases)
	require.Equal(t, time.Minute, r.Finished.Sub(r.Started))
	text, err := json.Marshal(r)
	require.NoError(t, err)
	require.NotContains(t, string(text), "0001-01-01", "what is not known is not written")

	r, err = Parse([]byte(`{"version": 1, "fetched": "2026-11-30T12:00:02Z", "began": "2026-11-30T12:00:03Z", "ended": "2026-11-30T12:00:50Z", "drawn": true}`))
	require.NoError(t, err)
	at := func(seconds int) time.Time { return time.Date(2026, 11, 30, 12, 0, seconds, 0, time.UTC) }
	require.Equal(t, Phases{Fetched: at(2), Began: at(3), Ended: at(50)}, r.Phases)
}
