// Package apicalls finds programs that call the API server of their cluster: by
// what stands in their command lines, where lightweight components have their whole
// source, and by their images. What a program in an image does stays unseen.
package apicalls

import (
	"regexp"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// Call is how a program calls the API server.
type Call struct {
	// How completes a sentence: "reads the token of its service account".
	How string
	// In is the text that shows it, from Offset on, Width bytes.
	In            document.Text
	Offset, Width int
	// Rights are those that the service account may need, such as "create jobs", as
	// far as the text tells.
	Rights []string
}

// sign is what a call looks like.
type sign struct {
	// words are texts of which one stands in each text that has the sign: most texts
	// have none, and are not searched further.
	words   []string
	pattern *regexp.Regexp
	how     string
}

// signs lists what calls look like, the most telling first.
var signs = []sign{ //nolint:gochecknoglobals // compiled once, and nothing changes it
	{
		[]string{"serviceaccount"}, regexp.MustCompile(`/run/secrets/kubernetes\.io/serviceaccount`),
		"reads the token of its service account, or what lies beside it",
	},
	anyOf("loads the configuration of the cluster", `\b`, "load_incluster_config", "InClusterConfig", "inClusterConfiguration", "loadFromCluster", "incluster_config"),
	{
		[]string{"config.load_config"}, regexp.MustCompile(`\bkubernetes(_asyncio)?\.config\.load_config\b|\bconfig\.load_config\(\)`),
		"loads the configuration of the cluster",
	},
	anyOf("asks for the address of the API server", `\b`, "KUBERNETES_SERVICE_HOST"),
	anyOf("makes a client of Kubernetes", `\b`, "DefaultKubernetesClient", "KubernetesClientBuilder"),
	anyOf("makes a client of Kubeflow, which loads the configuration of the cluster", `\(`,
		"TrainingClient", "TrainerClient", "PyTorchJobClient", "TFJobClient", "KatibClient", "KServeClient"),
	{
		[]string{"Client("}, regexp.MustCompile(`\bkfp\.(client\.)?Client\(`),
		"makes a client of KFP, which reads the token of its service account",
	},
	anyOf("runs kubectl", `\b`, "kubectl"),
	{
		[]string{`oc"`, "oc'", "oc,", "oc ", "oc\t", "oc\r", "oc\f", "oc\n"}, regexp.MustCompile(`(?:^|[\s;&|("'` + "`" + `])oc["',\s]+(?:-n\s+\S+\s+)?(?:` + strings.Join(verbs(), "|") + `|login|project|process|adm|new-app)\b`),
		"runs oc",
	},
}

// anyOf is the sign that one of these words stands in a text, and behind it what
// the pattern end matches.
func anyOf(how, end string, words ...string) sign {
	return sign{words, regexp.MustCompile(`\b(` + strings.Join(words, "|") + `)` + end), how}
}

// Of returns the first sign that a program calls the API server.
func Of(c *pipeline.Container) (Call, bool) {
	texts := slices.Concat(c.Spec.Command, c.Spec.Args)
	for _, s := range signs {
		for _, t := range texts {
			if at := s.find(t.Value); at != nil {
				return Call{How: s.how, In: t, Offset: at[0], Width: at[1] - at[0], Rights: rights(texts)}, true
			}
		}
	}
	if image := c.Spec.Image; cli.MatchString(image.Value) {
		return Call{How: "runs kubectl", In: image, Width: len(image.Value), Rights: rights(texts)}, true
	}
	return Call{}, false
}

// cli matches images whose program is kubectl or oc.
var cli = regexp.MustCompile(`(^|/)(kubectl|origin-cli|ose-cli(-rhel\d+)?)([:@]|$)`)

// find returns where a text has the sign, but for comments.
func (s sign) find(text string) []int {
	if !slices.ContainsFunc(s.words, func(word string) bool { return strings.Contains(text, word) }) {
		return nil
	}
	start := 0
	for line := range strings.Lines(text) {
		at := s.pattern.FindStringIndex(line)
		if at != nil && !strings.HasPrefix(strings.TrimSpace(line), "#") {
			return []int{start + at[0], start + at[1]}
		}
		start += len(line)
	}
	return nil
}

var (
	// method matches a method of Kubernetes' client in Python.
	method = regexp.MustCompile(`\.(create|read|list|patch|replace|delete|watch)_(?:namespaced|cluster)_([a-z0-9_]+?)(?:_for_all_namespaces)?\(`)
	// plural matches the argument that names custom resources.
	plural = regexp.MustCompile(`\bplural\s*=\s*["']([a-z0-9.]+)["']`)
	// command matches a command of kubectl or oc, on a line or as a list.
	command = regexp.MustCompile(`\b(?:kubectl|oc)["',\s]+(?:-n["',\s]+\S+\s+)?(` + strings.Join(verbs(), "|") + `)\b(?:["',\s]+([a-z][a-z0-9.]*)(?:["'\s,/]|$))?`)
)

// verbs lists the commands of kubectl that need a right, as both tools have them.
func verbs() []string {
	return []string{
		"apply", "create", "get", "delete", "patch", "replace", "wait", "describe", "logs", "exec", "scale", "rollout", "run", "expose", "label", "annotate",
	}
}

// rights lists the rights that texts tell of, each once, in order.
func rights(texts []document.Text) []string {
	var all []string
	add := func(right string) {
		if !slices.Contains(all, right) {
			all = append(all, right)
		}
	}
	for _, t := range texts {
		custom := "custom resources"
		if m := plural.FindStringSubmatch(t.Value); m != nil {
			custom = m[1]
		}
		for _, m := range method.FindAllStringSubmatch(t.Value, -1) {
			add(verbOf(m[1]) + " " + resourceOf(m[2], custom))
		}
		for _, m := range command.FindAllStringSubmatch(t.Value, -1) {
			add(commandRight(m[1], m[2]))
		}
	}
	slices.Sort(all)
	return all
}

// verbOf is the verb of Kubernetes behind a method of the client.
func verbOf(method string) string {
	switch method {
	case "read":
		return "get"
	case "replace":
		return "update"
	}
	return method
}

// resourceOf is the resource that a method is about: of create_namespaced_config_map,
// configmaps.
func resourceOf(name, custom string) string {
	if strings.HasPrefix(name, "custom_object") {
		return custom
	}
	if base, ok := strings.CutSuffix(name, "_log"); ok {
		return resourceOf(base, custom) + "/log"
	}
	name = strings.ReplaceAll(name, "_", "")
	switch {
	case strings.HasSuffix(name, "ss"):
		return name + "es"
	case strings.HasSuffix(name, "y"):
		return strings.TrimSuffix(name, "y") + "ies"
	case strings.HasSuffix(name, "s"):
		return name
	}
	return name + "s"
}

// commandRight is what a command of kubectl needs.
func commandRight(verb, of string) string {
	switch verb {
	case "logs":
		return "get pods/log"
	case "exec":
		return "create pods/exec"
	case "run":
		return "create pods"
	case "apply":
		return "get, create and patch what it applies"
	case "wait", "describe":
		verb = "get"
	case "rollout":
		return "get and patch what it rolls out"
	case "scale", "label", "annotate":
		verb = "patch"
	case "expose":
		return "create services"
	}
	if of == "" {
		of = "what it names"
	}
	return verb + " " + of
}
