package rest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/kfp2argo/kfp2argo/serve/execution"
	"github.com/kfp2argo/kfp2argo/serve/listing"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// nativeArtifact is an artifact. A metric is one of its own, with its number.
type nativeArtifact struct {
	ArtifactID  string                     `json:"artifact_id"`
	Name        string                     `json:"name"`
	Type        string                     `json:"type"`
	URI         string                     `json:"uri,omitempty"`
	Metadata    map[string]json.RawMessage `json:"metadata,omitempty"`
	NumberValue *float64                   `json:"number_value,omitempty"`
	CreatedAt   *time.Time                 `json:"created_at,omitempty"`
	Namespace   string                     `json:"namespace,omitempty"`
}

// artifactTask says that a task has an artifact.
type artifactTask struct {
	ID         string          `json:"id"`
	ArtifactID string          `json:"artifact_id"`
	RunID      string          `json:"run_id"`
	TaskID     string          `json:"task_id"`
	Type       string          `json:"type"`
	Key        string          `json:"key"`
	Producer   *nativeProducer `json:"producer,omitempty"`
}

// nativeProducer is the task that has made an artifact.
type nativeProducer struct {
	TaskName  string `json:"task_name"`
	Iteration *Int64 `json:"iteration,omitempty"`
}

// artifacts are what an artifact of a task is told as: itself, or a metric for
// each number in its metadata.
func (n natives) artifacts(a *execution.Artifact) []nativeArtifact {
	one := nativeArtifact{
		ArtifactID: a.ID, Name: a.Name, Type: nativeArtifactType(a.Type.SchemaTitle), URI: a.URI, Metadata: a.Metadata, Namespace: n.run.Namespace,
	}
	if a.Maker != nil {
		one.CreatedAt = moment(a.Maker.Finished)
	}
	if one.Type != metricType {
		return []nativeArtifact{one}
	}
	var metrics []nativeArtifact
	for _, name := range slices.Sorted(maps.Keys(a.Metadata)) {
		metric := one
		if json.Unmarshal(a.Metadata[name], &metric.NumberValue) != nil || metric.NumberValue == nil {
			continue
		}
		metric.ArtifactID = execution.ArtifactID(n.run.ID, a.URI+"#"+name)
		metric.Name, metric.URI, metric.Metadata = name, "", nil
		metrics = append(metrics, metric)
	}
	if metrics == nil {
		return []nativeArtifact{one}
	}
	return metrics
}

const metricType = "Metric"

// nativeArtifactType is a type in the words of the new API.
func nativeArtifactType(schema string) string {
	switch schema {
	case "system.Model":
		return "Model"
	case "system.Dataset":
		return "Dataset"
	case "system.HTML":
		return "HTML"
	case "system.Markdown":
		return "Markdown"
	case "system.Metrics":
		return metricType
	case "system.ClassificationMetrics":
		return "ClassificationMetric"
	case "system.SlicedClassificationMetrics":
		return "SlicedClassificationMetric"
	}
	return "Artifact"
}

func artifactFields() listing.Fields[nativeArtifact] {
	type a = nativeArtifact
	id := func(a a) string { return a.ArtifactID }
	return listing.Fields[a]{
		ID: id, Default: "created_at",
		Texts: map[string]func(a) string{
			"artifact_id": id, "id": id,
			"name":      func(a a) string { return a.Name },
			"type":      func(a a) string { return a.Type },
			"uri":       func(a a) string { return a.URI },
			"namespace": func(a a) string { return a.Namespace },
		},
		Times: map[string]func(a) listing.Value{"created_at": func(a a) listing.Value {
			if a.CreatedAt == nil {
				return listing.Time(time.Time{})
			}
			return listing.Time(*a.CreatedAt)
		}},
	}
}

func listArtifacts(c *call) (any, error) {
	q, err := query(c, artifactFields())
	if err != nil {
		return nil, err
	}
	namespace, err := c.view.Namespace(c, c.query.Get("namespace"))
	if err != nil {
		return nil, err
	}
	newest, err := execution.Newest(c, c.view, namespace)
	if err != nil {
		return nil, err
	}
	var all []nativeArtifact
	for _, r := range newest {
		for _, a := range r.Artifacts {
			all = append(all, natives{r}.artifacts(a)...)
		}
	}
	var out struct {
		Artifacts []nativeArtifact `json:"artifacts"`
		page
	}
	out.Artifacts, out.page = wired(q.Page(all), func(a nativeArtifact) nativeArtifact { return a })
	return out, nil
}

func getArtifact(c *call) (any, error) {
	id := c.vars["artifact_id"]
	all, err := c.runsOf([]string{id})
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		for _, a := range r.Artifacts {
			for _, one := range (natives{r}).artifacts(a) {
				if one.ArtifactID == id {
					return one, nil
				}
			}
		}
	}
	return nil, &registry.NotFoundError{Kind: "Artifact", ID: id}
}

// maxIDs is how many IDs a list can be asked for.
const maxIDs = 100

// runsOf returns the runs that IDs of tasks or artifacts belong to.
func (c *call) runsOf(ids []string) ([]*execution.Run, error) {
	var numbers []uint32
	for _, id := range ids {
		if number, ok := execution.RunOfID(id); ok {
			numbers = append(numbers, number)
		}
	}
	return execution.ByNumbers(c, c.view, numbers)
}

func listArtifactTasks(c *call) (any, error) {
	ofRuns, tasks, artifacts := c.query["run_ids"], c.query["task_ids"], c.query["artifact_ids"]
	given := slices.Concat(ofRuns, tasks, artifacts)
	if len(given) == 0 || len(given) > maxIDs {
		return nil, bad("give run_ids, task_ids or artifact_ids, at most %d of them", maxIDs)
	}
	kind := c.query.Get("type")
	if kind != "" && kind != inputKind && kind != outputKind {
		return nil, bad("type is %q; it can be %s or %s", kind, inputKind, outputKind)
	}
	all, err := c.runsGiven(ofRuns, slices.Concat(tasks, artifacts))
	if err != nil {
		return nil, err
	}
	out := struct {
		ArtifactTasks []artifactTask `json:"artifact_tasks"`
		TotalSize     int            `json:"total_size"`
	}{ArtifactTasks: []artifactTask{}}
	for _, r := range all {
		for _, one := range artifactTasks(r) {
			if among(tasks, one.TaskID) && among(artifacts, one.ArtifactID) && (kind == "" || kind == one.Type) {
				out.ArtifactTasks = append(out.ArtifactTasks, one)
			}
		}
	}
	out.TotalSize = len(out.ArtifactTasks)
	return out, nil
}

// runsGiven reads the runs of these IDs, or, without any, those of tasks and
// artifacts.
func (c *call) runsGiven(ids, within []string) ([]*execution.Run, error) {
	if len(ids) == 0 {
		return c.runsOf(within)
	}
	var all []*execution.Run
	for _, id := range ids {
		r, err := execution.Read(c, c.view, id)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// among reports whether an ID is one of those that are asked for, if any are.
func among(asked []string, id string) bool { return len(asked) == 0 || slices.Contains(asked, id) }

func artifactTasks(r *execution.Run) []artifactTask {
	var all []artifactTask
	for _, l := range r.Links {
		kind := inputKind
		if l.Output {
			kind = outputKind
		}
		for _, a := range (natives{r}).artifacts(l.Artifact) {
			all = append(all, artifactTask{
				ID:         execution.ArtifactID(l.Task.ID, fmt.Sprint(kind, " ", l.Key, " ", l.At, " ", a.ArtifactID)),
				ArtifactID: a.ArtifactID, RunID: r.ID, TaskID: l.Task.ID, Type: kind, Key: l.Key, Producer: producerOf(l.Artifact),
			})
		}
	}
	return all
}

func producerOf(a *execution.Artifact) *nativeProducer {
	if a.Maker == nil {
		return nil
	}
	p := &nativeProducer{TaskName: a.Maker.Key}
	if around := a.Maker.Parent; around != nil && around.Iteration >= 0 {
		index := Int64(around.Iteration)
		p.Iteration = &index
	}
	return p
}
