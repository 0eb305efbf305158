package overlay_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/overlay"
)

// read reads a patch and returns what is reported, a problem on a line.
func read(text string) string {
	var report diag.Report
	overlay.Read([]diag.Source{{Text: []byte(text)}}, &report)
	return lines(report.Diagnostics())
}

func lines(found []diag.Diagnostic) string {
	var b strings.Builder
	for _, d := range found {
		fmt.Fprintf(&b, "%d:%d+%d: %s [%s]", d.Span.Line, d.Span.Column, d.Span.Width, d.Message, d.Code)
		if d.Hint != "" {
			fmt.Fprintf(&b, " (%s)", d.Hint)
		}
		b.WriteByte('\n')
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func TestReadTakes(t *testing.T) {
	for _, text := range []string{
		"",
		"# nothing\n",
		"{}",
		"workflow:\ntasks:\n",
		"tasks: {a: }",
		"workflow: {spec: {activeDeadlineSeconds: 60, suspend: true, hooks: {exit: {templateRef: {name: a, template: b}}}}}",
		"workflow: {spec: {templateDefaults: {container: {imagePullPolicy: Always}, timeout: 1h}}}",
		"workflow: {metadata: {labels: {a: null}, finalizers: [x]}}",
		"workflow: {spec: {artifactGC: {strategy: Never, podSpecPatch: {nodeSelector: {a: b}}}}}",
		"workflow: {spec: {metrics: {prometheus: [{name: a, help: b, histogram: {value: '1', buckets: [1, 2.5]}}]}}}",
		"tasks: {a: {activeDeadlineSeconds: 60}, b: {activeDeadlineSeconds: '{{inputs.parameters.x}}'}}",
		"tasks: {a: {container: {resources: {limits: {cpu: 2, memory: 1Gi, nvidia.com/gpu: '1'}}}}}",
		"tasks: {a: {container: {imagePullPolicy: '{{workflow.parameters.p}}', env: [{name: A, value: '{{=1}}'}]}}}",
		"tasks: {a: {container: {securityContext: null, env: [{$patch: replace}, {name: A}]}}}",
		"tasks: {a: {container: {livenessProbe: {httpGet: {port: http}, periodSeconds: 3}, ports: [{containerPort: 80}]}}}",
		"tasks: {a: {tolerations: [{operator: Exists}, {key: a, effect: NoSchedule}, {key: a, effect: NoExecute}]}}",
		"tasks: {a: {volumes: [{name: a, emptyDir: {sizeLimit: 1Gi}}], sidecars: [{name: s, image: i, mirrorVolumeMounts: true}]}}",
		"tasks: {a: {podSpecPatch: {containers: [{name: main, resources: {limits: {cpu: '1'}}}], tolerations: null}}}",
		"tasks: {a: {podSpecPatch: 'hostNetwork: true'}}",
		"tasks: {a: {podSpecPatch: '{{=toJson(x)}}'}}",
		"tasks: {a: {retryStrategy: {limit: '3', retryPolicy: OnError, backoff: {duration: 10s, factor: 2}}, memoize: {key: k, maxAge: 1h, cache: {configMap: {name: c}}}}}",
		"x: &x {nodeSelector: {a: b}}\ntasks: {a: *x}",
	} {
		found := read(text)
		if strings.HasPrefix(text, "x:") {
			require.Equal(t, `1:1+1: unknown field "x" at the top of the patch [unknown-field] (a patch has the keys workflow and tasks)`, found)
			continue
		}
		require.Empty(t, found, text)
	}
}

func TestReadRefuses(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		// The file.
		{"[]", `1:1+1: a patch must be a mapping, found a list [wrong-type] (its keys are workflow and tasks)`},
		{"tasks: []", `1:8+1: tasks must be a mapping from names of tasks to patches, found a list [wrong-type]`},
		{"workflow: 3", `1:11+1: workflow must be a mapping, found the number 3 [wrong-type]`},
		{"tasks: {a: b}", `1:12+1: a must be a mapping, found the text "b" [wrong-type]`},
		{"task: {}", `1:1+4: unknown field "task" at the top of the patch [unknown-field] (did you mean "tasks"?)`},
		{"spec: {}", `1:1+4: unknown field "spec" at the top of the patch [unknown-field] (fields of the Workflow stand under workflow)`},
		{"train: {}", `1:1+5: unknown field "train" at the top of the patch [unknown-field] (a patch has the keys workflow and tasks)`},
		{"tasks: {a: {}}\n---\ntasks: {}", `3:1+9: this is a second document; the first starts on line 1 [duplicate-document] (write one document into a file, without a line ---)`},
		{"tasks: {a: {timeout: 1h}, a: {}}", `1:27+1: the key "a" stands here already, on line 1 [duplicate-key] (remove or rename one of the two)`},
		{"tasks: [", `1:1+8: this is not YAML: did not find expected node content [syntax-error] (check the indentation here, and for a quote or bracket that is not closed or closed too soon)`},

		// Unknown fields.
		{"workflow: {spec: {podGc: {}}}", `1:19+5: unknown field "podGc" in workflow.spec [unknown-field] (did you mean "podGC"?)`},
		{"workflow: {ttlStrategy: {}}", `1:12+11: unknown field "ttlStrategy" in workflow [unknown-field] (it belongs under spec)`},
		{"workflow: {labels: {}}", `1:12+6: unknown field "labels" in workflow [unknown-field] (it belongs under metadata)`},
		{"tasks: {a: {env: []}}", `1:13+3: unknown field "env" in tasks.a [unknown-field] (it belongs under container)`},
		{"tasks: {a: {hostNetwork: true}}", `1:13+11: unknown field "hostNetwork" in tasks.a [unknown-field] (Argo has it only in podSpecPatch: {hostNetwork: …})`},
		{"tasks: {a: {container: {env: [{name: A, valu: b}]}}}", `1:41+4: unknown field "valu" in tasks.a.container.env[0] [unknown-field] (did you mean "value"?)`},
		{"tasks: {a: {nodeSelector: {x: y}, priority: 3}}", `1:35+8: unknown field "priority" in tasks.a [unknown-field] (Argo has it only in podSpecPatch: {priority: …})`},
		{"tasks: {a b.c: {volumes: [{name: v, hostpath: {}}]}}", `1:37+8: unknown field "hostpath" in tasks["a b.c"].volumes[0] [unknown-field] (did you mean "hostPath"?)`},
		{"tasks: {a: {metadata: {generation: 1}}}", `1:24+10: unknown field "generation" in tasks.a.metadata [unknown-field] (the fields here are annotations, labels)`},
		{"tasks: {a: {podSpecPatch: {container: []}}}", `1:28+9: unknown field "container" in tasks.a.podSpecPatch [unknown-field] (did you mean "containers"?)`},
		{"tasks: {a: {podSpecPatch: 'hostnetwork: true'}}", `1:27+19: unknown field "hostnetwork" in tasks.a.podSpecPatch [unknown-field] (did you mean "hostNetwork"?)`},
		{"tasks: {a: {podSpecPatch: '['}}", `1:27+3: this is not YAML: did not find expected node content [syntax-error] (check the indentation here, and for a quote or bracket that is not closed or closed too soon)`},
		{"workflow: {spec: {templateDefaults: {contaner: {}}}}", `1:38+8: unknown field "contaner" in workflow.spec.templateDefaults [unknown-field] (did you mean "container"?)`},
		{"tasks: {a: {synchronization: {mutex: {name: m}}}}", `1:31+5: Argo 4 no longer has the field "mutex" in tasks.a.synchronization [unknown-field] (write mutexes, which is a list)`},

		// Wrong types.
		{"tasks: {a: {timeout: 60}}", `1:22+2: timeout must be text, found the number 60 [wrong-type] (put it in quotes)`},
		{"tasks: {a: {timeout: [60]}}", `1:22+1: timeout must be text, found a list [wrong-type]`},
		{"tasks: {a: {metadata: {labels: {x: true}}}}", `1:36+4: x must be text, found the boolean true [wrong-type] (put it in quotes)`},
		{"tasks: {a: {nodeSelector: [x]}}", `1:27+1: nodeSelector must be a mapping, found a list [wrong-type]`},
		{"tasks: {a: {automountServiceAccountToken: 'yes'}}", `1:43+5: automountServiceAccountToken must be a boolean, found the text "yes" [wrong-type] (write true or false, without quotes)`},
		{"tasks: {a: {container: {env: {A: b}}}}", `1:30+1: env must be a list, found a mapping [wrong-type]`},
		{"tasks: {a: {container: {env: [A]}}}", `1:31+1: env[0] must be a mapping, found the text "A" [wrong-type]`},
		{"tasks: {a: {container: {env: [null]}}}", `1:31+4: env[0] is empty [wrong-type] (give it a value or remove it)`},
		{"tasks: {a: {container: {env: [{value: b}]}}}", `1:31+1: env[0] has no name, by which the items of this list are merged [wrong-type]`},
		{"tasks: {a: {container: {env: [{name: A}, {name: A}]}}}", `1:42+1: env[1] has the same name as the item on line 1 [duplicate-key] (remove one of the two)`},
		{"tasks: {a: {container: {resources: {limits: {cpu: a lot}}}}}", `1:51+5: cpu is the text "a lot", which is not a quantity that Kubernetes knows [bad-quantity] (such as 500m, 2, 512Mi or 4G)`},
		{"tasks: {a: {activeDeadlineSeconds: [1]}}", `1:36+1: activeDeadlineSeconds must be of Kubernetes' or Argo's type IntOrString, found a list [wrong-type]`},
		{"tasks: {a: {metrics: {prometheus: [{histogram: {buckets: [x]}}]}}}", `1:59+1: buckets[0] must be a number, found the text "x" [wrong-type]`},
		{"workflow: {spec: {parallelism: 1.5}}", `1:32+3: parallelism must be a whole number of at most 53 bits, found the number 1.5 [invalid-number]`},
		{"workflow: {spec: {parallelism: '1'}}", `1:32+3: parallelism must be a whole number, found the text "1" [wrong-type]`},
		{"workflow: {spec: {priority: 3000000000}}", `1:29+10: priority must be a whole number of at most 32 bits, found the number 3000000000 [invalid-number]`},
		{"workflow: {spec: {securityContext: {runAsUser: 9007199254740993}}}", `1:48+16: runAsUser must be a whole number of at most 53 bits, found the number 9007199254740993 [invalid-number]`},
		{"workflow: {spec: {podGC: {strategy: OnPodSucces}}}", `1:37+11: strategy cannot be the text "OnPodSucces" [invalid-enum] (it is one of OnPodCompletion, OnPodSuccess, OnWorkflowCompletion, OnWorkflowSuccess)`},
		{"tasks: {a: {container: {$patch: replace}}}", `1:25+6: $patch means something only in an item of a list that is merged by a key [unknown-field] (null removes a field; a further patch can set it anew)`},
		{"tasks: {a: {nodeSelector: {$patch: replace}}}", `1:28+6: $patch means something only in an item of a list that is merged by a key [unknown-field] (null removes a field; a further patch can set it anew)`},
		{"tasks: {a: {container: {envFrom: [{$patch: replace}]}}}", `1:36+6: $patch means something only in an item of a list that is merged by a key [unknown-field] (null removes a field; a further patch can set it anew)`},
		{"tasks: {a: {volumes: [{name: a, $patch: remove}]}}", `1:23+1: volumes[0] does not say what becomes of the items that are there [wrong-type] ({name: …, $patch: delete} deletes one, {$patch: replace} all)`},
		{"tasks: {a: {volumes: [{$patch: delete}]}}", `1:23+1: volumes[0] does not say what becomes of the items that are there [wrong-type] ({name: …, $patch: delete} deletes one, {$patch: replace} all)`},
		{"tasks: {a: {volumes: [{name: a, $patch: replace}]}}", `1:23+1: volumes[0] does not say what becomes of the items that are there [wrong-type] ({name: …, $patch: delete} deletes one, {$patch: replace} all)`},
		{"tasks: {a: {volumes: [{name: 3, $patch: delete}]}}", `1:30+1: volumes[0] must be text, found the number 3 [wrong-type] (put it in quotes)`},
		{"tasks: {a: {volumes: [{name: a, emptyDir: {sizeLimit: .nan}}]}}", `1:55+4: sizeLimit is the number .nan, which JSON cannot hold [invalid-number] (write a finite number, or quote it to make it text)`},

		// Fields that are not for patches.
		{"tasks: {a: {container: {command: [x]}}}", `1:25+7: "command" in tasks.a.container is not for patches [reserved-field] (the launcher runs the component's program: change the component, or set an environment variable)`},
		{"workflow: {spec: {entrypoint: x}}", `1:19+10: "entrypoint" in workflow.spec is not for patches [reserved-field] (the Workflow starts with the pipeline)`},
		{"workflow: {spec: {templateDefaults: {container: {args: []}}}}", `1:50+4: "args" in workflow.spec.templateDefaults.container is not for patches [reserved-field] (the launcher runs the component's program: change the component, or set an environment variable)`},
		{"workflow: {metadata: {uid: x}}", `1:23+3: "uid" in workflow.metadata is not for patches [reserved-field] (the API server sets it)`},
	} {
		found := read(tc.text)
		require.Equal(t, tc.want, found, tc.text)
	}
}

// TestReservedFields goes through all fields that no patch may have: they are
// fields of Argo's, and they are refused whatever their value is.
func TestReservedFields(t *testing.T) {
	for _, text := range []string{
		"tasks: {a: {%s: x}}", "workflow: {spec: {templateDefaults: {%s: x}}}",
	} {
		for _, field := range []string{
			"name", "inputs", "outputs", "dag", "steps", "script", "resource", "suspend", "containerSet", "data", "http",
			"plugin", "daemon", "failFast",
		} {
			found := read(fmt.Sprintf(text, field))
			require.Contains(t, found, "[reserved-field]", field)
		}
	}
	for _, field := range []string{"apiVersion", "kind", "status"} {
		found := read(fmt.Sprintf("workflow: {%s: x}", field))
		require.Contains(t, found, "[reserved-field]", field)
	}
	for _, field := range []string{"templates", "entrypoint", "arguments", "onExit", "workflowTemplateRef"} {
		found := read(fmt.Sprintf("workflow: {spec: {%s: null}}", field))
		require.Contains(t, found, "[reserved-field]", field)
	}
}

// TestReadCountsSources reads the same mistake from two files.
func TestReadCountsSources(t *testing.T) {
	var report diag.Report
	overlay.Read([]diag.Source{{Text: []byte("a: 1")}, {Text: []byte("# fine")}, {Text: []byte("a: 1")}}, &report)
	found := report.Diagnostics()
	require.Len(t, found, 2)
	require.Equal(t, 1, found[0].Source)
	require.Equal(t, 3, found[1].Source)
}
