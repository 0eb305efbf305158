package refcheck_test

import (
	"os"
	"strings"
	"testing"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/translate/internal/refcheck"
)

// TestMutations breaks sound Workflows in every way that the checker promises
// to see.
func TestMutations(t *testing.T) {
	for _, m := range []struct{ golden, from, to, want string }{
		{"hello", "- {name: recipient}", "- {name: other}", "reads input recipient, which is not declared"},
		{"hello", "depends: greet.Succeeded", "depends: ''", "reads an output of task greet, which has not succeeded before"},
		{"hello", "depends: greet.Succeeded", "depends: hello.Succeeded", "depends on hello, which does not exist"},
		{"hello", "tasks['greet'].outputs.parameters['Output']", "tasks['greet'].outputs.parameters['Outputs']", "has no such output"},
		{"hello", "tasks['shout'].outputs", "tasks['shouts'].outputs", "reads an output of task shouts"},
		{"hello", "workflow.parameters['recipient']", "workflow.parameters['sender']", "reads argument sender, which is not declared"},
		{"hello", "template: shout", "template: whisper", `runs template "whisper", which does not exist`},
		{"hello", "entrypoint: entry", "entrypoint: exit", `the entrypoint "exit" does not exist`},
		{"hello", "{default: '', path", "{default: 'x', path", "has no empty default"},
		{"hello", "- {name: text, value: ", "- {name: texts, value: ", "template shout has no input texts"},
		{"hello", "- {name: text, value: ", "- {name: texts, value: ", "gives no value to input text"},
		{"hello", "{{node.name}}", "{{item}}", "the tag {{item}} is not allowed"},
		{"hello", "{{=inputs.parameters['recipient']}}", "{{=inputs.parameters['recipient'}}", "unexpected token"},
		{"hello", "{{=inputs.parameters['recipient']}}", "{{=workflow.labels['x']}}", "is not a known reference"},
		{"hello", "{{=inputs.parameters['recipient']}}", "{{=toJson(item)}}", "item stands alone"},
		{"hello", "{{=inputs.parameters['recipient']}}", "{{inputs.parameters.recipient}}", "is not allowed"},
		{"conditions", "when: \"{{=fromJSON(inputs.parameters['rate']) < 0.25}}\"",
			"when: \"{{=fromJSON(inputs.parameters['rates']) < 0.25}}\"", "when: reads input rates, which is not declared"},
		{"loops", "toJson(map(fromJSON(inputs.parameters['names']), #index))",
			"toJson(map(fromJSON(inputs.parameters['name']), #index))", "withParam: reads input name, which is not declared"},
		{"exit_handler", "onExit: on-stop", "onExit: never", `the exit handler "never" does not exist`},
		{"exit_handler", "(exit-handler-1.Succeeded || exit-handler-1.Failed", "(exit-handler-1.Succeeded && exit-handler-1.Failed",
			"reads the status of task exit-handler-1, which has not ended before"},
		{"ignore_failure", "tasks['break'].status != '' && ", "", "takes task break for one without outputs as long as it has not run"},
		{"importers", "'{\"name\":\"artifact\"", "workflow.name + '{\"name\":\"artifact\"", "which the outputs of a DAG do not see"},
		{"claims", `"metadata": {`, `"metadata": `, "template createpvc: the manifest is not JSON"},
		{"claims", `{{=toJson(pod.name + '-data')}}`, `"{{=pod.name}}-data"`, "template createpvc: the manifest is not JSON"},
		{"claims", `pod.name`, `pod.namespace`, "template createpvc: reads pod.namespace, which is not a known reference"},
		{"claims", "when: \"{{=", "when: \"{{=pod.name + ", "when: reads pod.name, which is not a known reference"},
		{"claims", `'"{.metadata.name}"'`, "'{.metadata.name}'", "template createpvc: output name is not JSON"},
		{"claims", "  templateDefaults:\n", "  templateDefaults:\n    initContainers: [{name: driver}]\n", "template createpvc: the pod has init containers"},
	} {
		text, err := os.ReadFile("../../../testdata/workflows/" + m.golden + ".yaml")
		require.NoError(t, err)
		require.Empty(t, refcheck.Problems(parse(t, string(text))), m.golden)
		require.Contains(t, string(text), m.from, m.golden)
		problems := refcheck.Problems(parse(t, strings.Replace(string(text), m.from, m.to, 1)))
		require.Contains(t, strings.Join(problems, "\n"), m.want, "%s: %s", m.golden, m.to)
	}
}

func parse(t *testing.T, text string) *wfv1.Workflow {
	t.Helper()
	var w wfv1.Workflow
	require.NoError(t, yaml.Unmarshal([]byte(text), &w))
	return &w
}
