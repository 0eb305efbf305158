package translate

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/translate/check"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/pipeline"
)

// checkOptions reports options that Kubernetes or Argo would not take as they
// are meant. They have no place in the pipeline.
func checkOptions(o Options, report *diag.Report) {
	bad := func(format string, args ...any) { report.Errorf(diag.BadSetting, diag.Span{}, format, args...) }
	for _, v := range o.Env {
		problems := validation.IsEnvVarName(v.Name)
		switch {
		case len(problems) > 0:
			bad("the environment variable %q for all pods: %s", v.Name, check.Short(problems[0]))
		case strings.HasPrefix(v.Name, contract.VariablePrefix):
			bad("the environment variable %q for all pods: names that begin so are kfp2argo's own", v.Name)
		case strings.Contains(v.Value, "{{"):
			bad("the environment variable %q for all pods: Argo would read the {{ in its value", v.Name)
		}
	}
	checkVolume(o.StoreVolume, bad)
	if b := o.CABundle; b.ConfigMap != "" {
		if problems := validation.IsDNS1123Subdomain(b.ConfigMap); len(problems) > 0 {
			bad("the ConfigMap %q of certificates: %s", b.ConfigMap, check.Short(problems[0]))
		}
		if problems := validation.IsConfigMapKey(b.Key); b.Key != "" && len(problems) > 0 {
			bad("the key %q of certificates: %s", b.Key, check.Short(problems[0]))
		}
	}
}

// checkReference reports an argument that would not arrive as it is meant: how
// the template reads an empty text was decided when that was translated.
func checkReference(p *pipeline.Pipeline, o Options, report *diag.Report) {
	for _, input := range p.Root.Parameters {
		text, given := o.Arguments[input.Name]
		if given && text == "" && input.Type == contract.String && input.MayBeAbsent() {
			report.Errorf(diag.BadSetting, diag.Span{}, "the template takes an empty argument for input %q as none", input.Name).
				Hintf("leave it out, or give it to the template")
		}
	}
}
