package launcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// outputArtifact is one artifact that the task made.
type outputArtifact struct {
	name   string
	record contract.RuntimeArtifact
}

// outputArtifacts returns the declared artifacts by name, with what the program
// reported of them over what was provisioned.
func outputArtifacts(plan *contract.Plan, reported *contract.ExecutorOutput) []outputArtifact {
	var artifacts []outputArtifact
	provisioned := plan.ExecutorInput.Outputs.Artifacts
	for _, name := range slices.Sorted(maps.Keys(provisioned)) {
		a := outputArtifact{name: name, record: provisioned[name].Artifacts[0]}
		a.record.Metadata = maps.Clone(a.record.Metadata)
		if a.record.Metadata == nil {
			a.record.Metadata = map[string]json.RawMessage{}
		}
		if list := reported.Artifacts[name].Artifacts; len(list) > 0 {
			a.overlay(list[0])
		}
		if _, ok := a.record.Metadata[displayName]; !ok {
			a.record.Metadata[displayName] = contract.QuoteText(name)
		}
		artifacts = append(artifacts, a)
	}
	return artifacts
}

// displayName is the metadata by which KFP's consumers know an artifact.
const displayName = "display_name"

func (a *outputArtifact) overlay(reported contract.RuntimeArtifact) {
	if reported.URI != "" {
		a.record.URI = contract.Unalias(reported.URI)
	}
	maps.Copy(a.record.Metadata, reported.Metadata)
	a.record.CustomPath = reported.CustomPath
}

// upload stores one artifact.
type upload struct {
	artifact outputArtifact
	root     store.URI
	options  Options
}

// run stores the artifact unless there is nothing to store: a program may have
// made no file, or name data that lies elsewhere. The artifact is recorded all
// the same, as in KFP. It returns whether anything was stored.
func (u upload) run(ctx context.Context, s *store.Store) (bool, error) {
	record := u.artifact.record
	log := u.options.Log.With("output", u.artifact.name, "uri", record.URI)
	local, ok := u.options.Root.LocalPathOf(record)
	if record.CustomPath != "" {
		local = record.CustomPath
	}
	if !ok || contract.IsReadOnly(record.URI) {
		log.Info("not stored: its URI is of a kind that is only recorded")
		return false, nil
	}
	_, err := os.Stat(local)
	if errors.Is(err, fs.ErrNotExist) && isMetadata(record.Type) {
		return false, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		log.Warn("not stored: the program left no file at " + local)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	target, err := store.ParseURI(record.URI)
	if err != nil {
		return false, err
	}
	if !target.Within(u.root) {
		return false, fmt.Errorf("the program made %s its URI, which is not under the pipeline root %s", target, u.root)
	}
	return true, s.Upload(ctx, local, target)
}

// isMetadata reports whether all that is in an artifact of a type is its metadata:
// the SDK's methods for metrics write no file.
func isMetadata(t contract.ArtifactType) bool {
	switch t.SchemaTitle {
	case "system.Metrics", "system.ClassificationMetrics", "system.SlicedClassificationMetrics":
		return true
	}
	return false
}
