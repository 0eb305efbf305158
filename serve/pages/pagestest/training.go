package pagestest

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/runs"
	"github.com/kfp2argo/kfp2argo/serve/registry"
)

// Training is a run of examples/training.yaml that only the store remembers: run
// number n, on day n, a little better than the one before.
func (w *World) Training(n int) *runs.Run {
	at := func(seconds int) time.Time {
		return Began().Add(time.Duration(n) * 3 * time.Hour).Add(time.Duration(seconds) * time.Second)
	}
	done := func(from, to int) runs.Status {
		return runs.Status{State: runs.Succeeded, Started: at(from), Finished: at(to)}
	}
	name := fmt.Sprintf("training-%04d", n)
	pod := func(path, key string, s runs.Status, outputs runs.Values) *runs.Task {
		return &runs.Task{
			Path: path, Key: key, Kind: runs.Pod, Status: s, Outputs: outputs,
			Attempts: []runs.Attempt{{Status: s, Node: name + "." + path, NodeID: name + "-" + key, Pod: name + "-" + key, Host: "machine-1"}},
		}
	}
	raw := artifact("splits", "system.Dataset", w.Bytes(name+"/splits", "id,label\n1,cat\n2,dog\n3,\"a, b\"\n"), nil)
	ingest := pod("exit-handler-1.ingest", "ingest", done(1, 35), runs.Values{"Output": {Parameter: json.RawMessage(`["train","validate","test"]`)}, "splits": {Artifacts: []contract.RuntimeArtifact{raw}}})
	ingest.Inputs = runs.Values{"source": {Parameter: json.RawMessage(`"s3://ml-data/latest/"`)}}
	loop := &runs.Task{Path: "exit-handler-1.for-loop-2", Key: "for-loop-2", Kind: runs.Loop, Status: done(36, 110)}
	for i := range 3 {
		path := fmt.Sprintf("exit-handler-1.for-loop-2-%d", i)
		clean := pod(path+".preprocess", "preprocess", done(36+i*20, 70+i*20), nil)
		clean.Cached = i == 0
		loop.Inside = append(loop.Inside, &runs.Task{Path: path, Key: "for-loop-2", Kind: runs.Group, Status: clean.Status, Inside: []*runs.Task{clean}})
	}
	train := pod("exit-handler-1.train", "train", done(112, 300), w.trained(name, n))
	train.Inputs = runs.Values{"learning_rate": {Parameter: json.RawMessage("0.01")}, "data": {Artifacts: []contract.RuntimeArtifact{raw}}}
	failed := runs.Attempt{Status: runs.Status{State: runs.Failed, Started: at(112), Finished: at(150), Message: "main: Error (exit code 137)"}, Node: name + ".old", Pod: name + "-train-0", ExitCode: "137"}
	train.Attempts[0].Started = at(155)
	train.Attempts = append([]runs.Attempt{failed}, train.Attempts...)
	evaluate := pod("exit-handler-1.model-quality-gate.evaluate", "evaluate", done(302, 330), nil)
	deploy := pod("exit-handler-1.model-quality-gate.condition-4.deploy", "deploy", done(332, 360), nil)
	inner := &runs.Task{Path: "exit-handler-1.model-quality-gate.condition-4", Key: "condition-4", Kind: runs.Group, Status: deploy.Status, Inside: []*runs.Task{deploy}}
	gate := &runs.Task{Path: "exit-handler-1.model-quality-gate", Key: "condition-3", Kind: runs.Group, Status: done(302, 360), Inside: []*runs.Task{evaluate, inner}}
	body := &runs.Task{Path: "exit-handler-1", Key: "exit-handler-1", Kind: runs.Group, Status: done(1, 360), Inside: []*runs.Task{ingest, loop, train, gate}}
	return &runs.Run{
		Summary: runs.Summary{
			Identity: runs.Identity{Pipeline: "training", Name: name, Namespace: Namespace, UID: ID(name), Created: at(0)}, Status: done(0, 375),
			Annotations: map[string]string{registry.TitleAnnotation: fmt.Sprintf("Nightly training %d", n)},
		},
		Arguments: map[string]string{"source": fmt.Sprintf("s3://ml-data/day-%d/", n), "threshold": "0.85", "deploy_to_prod": "true"},
		Outputs:   runs.Values{"accuracy": {Parameter: json.RawMessage("0.9")}},
		Tasks:     []*runs.Task{body, pod("clean-up", "clean-up", done(362, 374), nil)},
	}
}

func artifact(name, kind, uri string, metadata map[string]json.RawMessage) contract.RuntimeArtifact {
	return contract.RuntimeArtifact{Name: name, URI: uri, Type: contract.ArtifactType{SchemaTitle: kind}, Metadata: metadata}
}

// trained are outputs of all kinds that pages show.
func (w *World) trained(name string, n int) runs.Values {
	text := func(f string, args ...any) json.RawMessage { return json.RawMessage(fmt.Sprintf(f, args...)) }
	one := func(output, kind, uri string, metadata map[string]json.RawMessage) runs.Value {
		return runs.Value{Artifacts: []contract.RuntimeArtifact{artifact(output, kind, uri, metadata)}}
	}
	quality := float64(n%7) / 20
	return runs.Values{
		"Output":  {Parameter: text("%.2f", .6+quality)},
		"metrics": one("metrics", "system.Metrics", "s3://elsewhere/metrics", map[string]json.RawMessage{"accuracy": text("%.3f", .6+quality), "loss": text("%.4f", .5-quality), "epochs": text("%d", 10+n)}),
		"model":   one("model", "system.Model", w.Bytes(name+"/model", `{"learning_rate": 0.01, "layers": [64, 64, 10]}`), map[string]json.RawMessage{"framework": text(`"plain"`)}),
		"classes": one("classes", "system.ClassificationMetrics", "s3://elsewhere/classes", map[string]json.RawMessage{
			"confidenceMetrics": text(`[{"confidenceThreshold": 2, "falsePositiveRate": 0, "recall": 0}, {"confidenceThreshold": 0.8, "falsePositiveRate": 0.05, "recall": %.2f}, {"confidenceThreshold": 0.5, "falsePositiveRate": 0.2, "recall": %.2f}, {"confidenceThreshold": 0.1, "falsePositiveRate": 1, "recall": 1}]`, .5+quality, .75+quality/2),
			"confusionMatrix":   text(`{"annotationSpecs": [{"displayName": "cat"}, {"displayName": "dog"}, {"displayName": "bird"}], "rows": [{"row": [%d, 3, 1]}, {"row": [4, 40, 2]}, {"row": [0, 5, 31]}]}`, 30+n),
		}),
		"report":  one("report", "system.HTML", w.Bytes(name+"/report.html", "<h1>Report</h1><p>All is well.</p>"), nil),
		"notes":   one("notes", "system.Markdown", w.Bytes(name+"/notes.md", "# Notes\n\nThe *loss* goes down.\n\n| epoch | loss |\n|---|---|\n| 1 | 0.9 |\n| 2 | 0.5 |\n"), nil),
		"samples": one("samples", "system.Dataset", w.Bytes(name+"/samples.jsonl", "{\"id\": 1, \"text\": \"a\"}\n{\"id\": 2, \"text\": \"b\"}\n"), nil),
		"picture": one("picture", "system.Artifact", w.Bytes(name+"/picture.svg", `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="90"><rect width="160" height="90" fill="#888"/><circle cx="80" cy="45" r="30" fill="#fc0"/></svg>`), nil),
	}
}

// Loop is a run of testdata/pipelines/loop_many.yaml with so many iterations, one
// of which has failed.
func (w *World) Loop(items int) *runs.Run {
	status := runs.Status{State: runs.Succeeded, Started: Began(), Finished: Began().Add(time.Minute)}
	loop := &runs.Task{Path: "each", Key: "each", Kind: runs.Loop, Status: status}
	for i := range items {
		path := fmt.Sprintf("each-%d", i)
		s := status
		if i == items/3 {
			s.State, s.Message = runs.Failed, "main: Error (exit code 1)"
		}
		inner := &runs.Task{Path: path + ".tell", Key: "tell", Kind: runs.Pod, Status: s, Attempts: []runs.Attempt{{Status: s, Node: path, Pod: path}}}
		loop.Inside = append(loop.Inside, &runs.Task{Path: path, Key: "each", Kind: runs.Group, Status: s, Inside: []*runs.Task{inner}})
	}
	loop.State = runs.Failed
	run := status
	run.State, run.Message = runs.Failed, "child failed"
	return &runs.Run{
		Summary: runs.Summary{
			Identity:    runs.Identity{Pipeline: "loop-many", Name: "loop-many-1", Namespace: Namespace, UID: ID("loop-many-1"), Created: Began()},
			Status:      run,
			Annotations: map[string]string{registry.TitleAnnotation: "A thousand items"},
		},
		Tasks: []*runs.Task{loop},
	}
}

// Hostile is text that is to do no harm wherever it stands.
const Hostile = `"'><img src=x onerror=alert(1)><script>alert(2)</script>{{.}}</textarea></title>`

// Attack is a run in which all that a person or a program can write is hostile.
func (w *World) Attack() *runs.Run {
	r := w.Training(900)
	r.Name, r.UID = "attack-1", ID("attack-1")
	r.Annotations = map[string]string{registry.TitleAnnotation: Hostile, registry.DescriptionAnnotation: Hostile}
	r.Arguments = map[string]string{Hostile: Hostile}
	r.State, r.Message = runs.Failed, Hostile
	train := r.Task("exit-handler-1.train")
	train.State, train.Message = runs.Failed, Hostile
	train.Attempts[1].State, train.Attempts[1].Message, train.Attempts[1].Host = runs.Failed, Hostile, Hostile
	quoted, err := json.Marshal(Hostile)
	if err != nil {
		panic(err)
	}
	script := `<html><body><h1>hostile</h1><script>parent.document.title = "broken"; document.title = "ran"</script><img src="/runs" onerror="alert(1)"><form action="/logout" method="post"><button>x</button></form></body></html>`
	one := func(name, kind, text string) runs.Value {
		return runs.Value{Artifacts: []contract.RuntimeArtifact{artifact(name, kind, w.Bytes("attack/"+name, text), map[string]json.RawMessage{Hostile: quoted})}}
	}
	train.Inputs = runs.Values{Hostile: {Parameter: quoted}}
	train.Outputs = runs.Values{
		Hostile:    {Parameter: quoted},
		"html":     one("html", "system.HTML", script),
		"markdown": one("markdown", "system.Markdown", "# x\n\n<script>alert(1)</script>\n\n[click](javascript:alert(1)) ![i](javascript:alert(1)) <img src=x onerror=alert(1)>\n\n[a](https://example.com \"\\\" onmouseover=alert(1)\")"),
		"csv":      one("csv", "system.Dataset", "=cmd|' /C calc'!A0,<script>alert(1)</script>\n"+`"<b>x</b>",2`+"\n"),
		"svg":      one("svg", "system.Artifact", `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><script>alert(1)</script><rect width="40" height="40" fill="red" onclick="alert(1)"/></svg>`),
		"text":     one("text", "system.Artifact", Hostile),
		"elsewhere": {Artifacts: []contract.RuntimeArtifact{
			artifact("elsewhere", "system.Artifact", "file:///etc/passwd", nil), artifact("address", "system.Artifact", "javascript:alert(1)", nil),
		}},
	}
	w.Log("training-0900-train", "plain <script>alert(1)</script>\n\x1b[31mred\x1b[0m \x1b]0;title\a\x1b[2Jand \u202Eturned\n\x1b]8;;javascript:alert(1)\x1b\\link\x1b]8;;\x1b\\\n10%\r100%\n")
	return r
}

// Fill puts everything that pages show into the world.
func (w *World) Fill() {
	w.t.Helper()
	pipeline := w.Pipeline("examples/training.yaml")
	for n := range 6 {
		w.Record(w.Training(n), pipeline)
	}
	w.left(w.Training(3), w.Training(2))
	w.Record(w.Attack(), pipeline)
	w.Record(w.Loop(1000), w.Pipeline("testdata/pipelines/loop_many.yaml"))
	w.Run(w.Outcomes(), "outcomes-ended", "Several outcomes")
	w.Run(At(w.Outcomes(), 12), "outcomes-live", "Several outcomes, on its way")
	w.pipelines()
	w.Log("outcomes-live-prepare-3377111721", "\x1b[32mready\x1b[0m\nprepared 3 items\n")
	w.Log("outcomes-ended-fit-2231432124", "Traceback\n\x1b[1;31mValueError\x1b[0m: no\n")
}

// Many puts so many runs more into the store, which is a longer list.
func (w *World) Many(runs int) {
	w.t.Helper()
	pipeline := w.Pipeline("examples/training.yaml")
	for n := range runs {
		w.Record(w.Training(100+n), pipeline)
	}
}
