package live

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// Metrics returns the metrics that the tasks of a run have made, in the order of the
// tasks, as far as the Workflow holds them: it does for all but those with very much
// metadata.
func Metrics(w *wfv1.Workflow) ([]runs.Metric, error) {
	run, err := Read(w)
	if err != nil || len(run.Tasks) == 0 {
		return nil, err
	}
	nodes, err := progress.Nodes(w)
	if err != nil {
		return nil, err
	}
	var all []runs.Metric
	run.Walk(func(t *progress.Task, _ int) {
		if len(t.Inside) == 0 {
			all = append(all, metricsOf(nodes, t)...)
		}
	})
	return all, nil
}

func metricsOf(nodes map[string]wfv1.NodeStatus, t *progress.Task) []runs.Metric {
	node := nodeOf(nodes, t)
	if node.Outputs == nil {
		return nil
	}
	names, made := outputNames(documentOf(nodes, t)), runs.Values{}
	for _, p := range node.Outputs.Parameters {
		if p.Value == nil {
			continue
		}
		list, err := contract.DecodeArtifacts(p.Value.String())
		if err != nil || !areArtifacts(list.Artifacts) {
			continue
		}
		name := p.Name
		if known, ok := names[p.Name]; ok {
			name = known.kfp
		}
		made[name] = runs.Value{Artifacts: list.Artifacts}
	}
	return runs.MetricsOf(t.Path, made)
}

// MetricText is the value of a metric for people.
func MetricText(m runs.Metric) string { return strconv.FormatFloat(m.Value, 'g', 6, 64) }

// mostMetrics is how many metrics are shown at the end of a run.
const mostMetrics = 20

// metricLines are the metrics of a run, a line each, as far as they are shown: the
// task, and the metric with its value.
func metricLines(all []runs.Metric) [][2]string {
	var lines [][2]string
	for _, m := range all[:min(len(all), mostMetrics)] {
		lines = append(lines, [2]string{m.Task, m.Name + " " + MetricText(m)})
	}
	if more := len(all) - mostMetrics; more > 0 {
		lines = append(lines, [2]string{"", fmt.Sprintf("%d more metrics", more)})
	}
	return lines
}

// Metrics are those among the artifacts of a value.
func (v Value) Metrics() []runs.Metric {
	return runs.MetricsOf("", runs.Values{"": {Artifacts: v.Artifacts}})
}

// Type names the types of artifacts as the SDK does, such as Dataset. It is empty
// for parameters.
func (v Value) Type() string {
	var all []string
	for _, a := range v.Artifacts {
		title := strings.TrimPrefix(a.Type.SchemaTitle, "system.")
		if title != "" && !slices.Contains(all, title) {
			all = append(all, title)
		}
	}
	return strings.Join(all, ", ")
}
