package check

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/placeholder"
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
	"github.com/kfp2argo/kfp2argo/translate/internal/pipeline"
)

// messages holds the text of everything that this pass reports.
type messages struct {
	source diag.Source
	report *diag.Report
}

// place is where a placeholder is in a text, or the whole text where that
// cannot be told.
func (m messages) place(text document.Text, p placeholder.Part) diag.Span {
	offset, width := placeholder.Find(text.Value, p)
	if width == 0 {
		return text.Span
	}
	return m.source.Within(text.Span, text.Value, offset, width)
}

func (m messages) unsupported(span diag.Span, what string) {
	m.report.Errorf(diag.Unsupported, span, "%s is not supported yet", what)
}

func (m messages) rootNotDAG(root *pipeline.Component) {
	m.report.Errorf(diag.Unsupported, root.Spec.Span, "the root of the pipeline is not a DAG")
}

func (m messages) emptyDAG(c *pipeline.Component) {
	m.report.Errorf(diag.EmptyDAG, c.Spec.DAG.Span, "this DAG has no tasks")
}

func (m messages) tooMany(c *pipeline.Component, found int, what string, most int) {
	m.report.Errorf(diag.TooLarge, c.Spec.Span, "this component has %d %s; Argo takes %d at most", found, what, most).
		Hintf("move some of them into a pipeline of their own")
}

func (m messages) missingInput(t *pipeline.Task, input, kind string) {
	m.report.Errorf(diag.MissingInput, t.Span, "task %q gives no value to input %q (%s), which needs one", t.Key, input, kind)
}

func (m messages) comparesNone(t *pipeline.Task, input string) {
	text := t.Spec.TriggerPolicy.Condition
	at, read := text.Span, "inputs.parameter_values['"+input+"']"
	if offset := strings.Index(text.Value, read); offset >= 0 {
		at = m.source.Within(text.Span, text.Value, offset, len(read))
	}
	m.report.Warnf(diag.BadCondition, at, "input %q may have no value, which fails task %q when its condition is evaluated", pipeline.PlainName(input), t.Key).
		Hintf("give the input a default")
}

func (m messages) configOfNobody(p *pipeline.Parameter) {
	m.report.Errorf(diag.Unsupported, p.Span, "input %q is of type TASK_CONFIG, but its component has no pod whose settings it could be", p.Name)
}

func (m messages) wrongDefault(p *pipeline.Parameter, err error) {
	m.report.Errorf(diag.WrongType, p.Span, "the default of input %q does not fit: %v", p.Name, err)
}

func (m messages) wrongConstant(t *pipeline.Task, b *pipeline.Binding, err error) {
	m.report.Errorf(diag.WrongType, b.Span, "task %q gives input %q a value that does not fit: %v", t.Key, b.Input, err)
}

func (m messages) notLiteral(t *pipeline.Task, b *pipeline.Binding, declared *pipeline.Parameter) {
	m.report.Errorf(diag.NotALiteral, b.Span, "task %q gives input %q a value that the component does not allow", t.Key, b.Input).
		Hintf("it allows: %s", join(declared.Literals))
}

func (m messages) unknownPlaceholderInput(t *pipeline.Task, b *pipeline.Binding, p placeholder.InputParameter) {
	m.report.Errorf(diag.UnknownPlaceholder, m.inConstant(t, b, p), "input %q of task %q has a placeholder for input %q, which the task does not have", b.Input, t.Key, p.Name)
}

func (m messages) nestedPlaceholder(t *pipeline.Task, b *pipeline.Binding, p placeholder.InputParameter) {
	m.report.Errorf(diag.NestedPlaceholder, m.inConstant(t, b, p), "input %q of task %q has a placeholder for input %q, which is made of placeholders itself", b.Input, t.Key, p.Name).
		Hintf("KFP expands a text once; write the inner text out")
}

func (m messages) placeholderInConstant(t *pipeline.Task, b *pipeline.Binding, p placeholder.Part) {
	m.report.Errorf(diag.MisplacedPlaceholder, m.inConstant(t, b, p), "input %q of task %q has a placeholder that has no meaning there", b.Input, t.Key).
		Hintf("only a component's own command line knows its pod and its artifacts")
}

// inConstant is where a placeholder is in the constant that a task gives to
// an input, or the name of the input where that cannot be told.
func (m messages) inConstant(t *pipeline.Task, b *pipeline.Binding, p placeholder.Part) diag.Span {
	spec, ok := t.Spec.Inputs.Parameters.Get(b.Input)
	if !ok || spec.RuntimeValue == nil {
		return b.Span
	}
	given := spec.RuntimeValue.Constant
	text, err := contract.Text(given.JSON)
	if err != nil || contract.KindOf(given.JSON) != contract.KindString {
		return b.Span
	}
	return m.place(document.Text{Value: text, Span: given.Span}, p)
}

func (m messages) noImage(c *pipeline.Component, span diag.Span) {
	m.report.Errorf(diag.NoImage, span, "component %q has no image", c.Key)
}

func (m messages) noCommand(c *pipeline.Component, span diag.Span) {
	m.report.Errorf(diag.NoCommand, span, "component %q has neither command nor args", c.Key).
		Hintf("KFP never runs an image's own entry point: name the program")
}

func (m messages) badElement(text document.Text, err error) {
	m.report.Errorf(diag.BadPlaceholder, text.Span, "this is not a placeholder structure that KFP knows: %v", err)
}

func (m messages) unknownPlaceholder(c *pipeline.Component, at diag.Span, kind, name string) {
	m.report.Errorf(diag.UnknownPlaceholder, at, "the command line of component %q uses %s %q, which it does not declare", c.Key, kind, name)
}

// unknownCondition reports the name of an input on which an IfPresent depends.
func (m messages) unknownCondition(c *pipeline.Component, text document.Text, name string) {
	at, quoted := text.Span, string(contract.QuoteText(name))
	if begin := regexp.MustCompile(`"InputName"\s*:\s*` + regexp.QuoteMeta(quoted)).FindStringIndex(text.Value); begin != nil {
		at = m.source.Within(text.Span, text.Value, begin[1]-len(quoted), len(quoted))
	}
	m.unknownPlaceholder(c, at, "input", name)
}

func (m messages) badQuantity(q document.Text) {
	m.report.Errorf(diag.BadQuantity, q.Span, "%q is not a quantity that Kubernetes knows", q.Value).
		Hintf("such as 500m, 2, 512Mi or 4G")
}

func (m messages) badAmount(n document.Float) {
	m.report.Errorf(diag.BadQuantity, n.Span, "%v is not an amount of cores or gigabytes", n.Value)
}

func (m messages) badSetting(span diag.Span, what, value, problem string) {
	m.report.Errorf(diag.BadSetting, span, "%s %q: %s", what, value, problem)
}

func (m messages) missingSetting(span diag.Span, field string) {
	m.report.Errorf(diag.BadSetting, span, "%s is missing here", field)
}

func (m messages) badNumber(n document.Int, what string) {
	m.report.Errorf(diag.BadSetting, n.Span, "%s %d is out of Kubernetes' range", what, n.Value)
}

func (m messages) notOneOf(t document.Text, what string, allowed []string) {
	m.report.Errorf(diag.BadSetting, t.Span, "%s %q is none that Kubernetes knows", what, t.Value).
		Hintf("it is one of %s", strings.Join(allowed, ", "))
}

func (m messages) noSetting(t *pipeline.Task, s *pipeline.Setting) {
	m.report.Errorf(diag.MissingSource, s.Span, "%s for task %q has no value", s.Kind, t.Key)
}

func (m messages) wrongSetting(t *pipeline.Task, s *pipeline.Setting, err error) {
	m.report.Errorf(diag.BadSetting, s.Span, "%s for task %q does not fit: %v", s.Kind, t.Key, err)
}

func (m messages) settingPlaceholder(t *pipeline.Task, s *pipeline.Setting) {
	m.report.Errorf(diag.MisplacedPlaceholder, s.Span, "%s for task %q has a placeholder that only the pod knows, which is not there yet", s.Kind, t.Key)
}

func (m messages) unknownTextInput(t *pipeline.Task, text document.Text, p placeholder.InputParameter) {
	m.report.Errorf(diag.UnknownPlaceholder, m.place(text, p), "%q mentions input %q, which task %q does not have", text.Value, p.Name, t.Key).
		Hintf("such a text knows the inputs of the task itself")
}

func (m messages) nestedText(t *pipeline.Task, text document.Text, p placeholder.InputParameter) {
	m.report.Errorf(diag.NestedPlaceholder, m.place(text, p), "%q mentions input %q of task %q, which is made of placeholders itself", text.Value, p.Name, t.Key).
		Hintf("KFP expands a text once; write the inner text out")
}

func (m messages) itemInSetting(t *pipeline.Task, text document.Text) {
	m.report.Errorf(diag.Unsupported, text.Span, "%q takes the item of the loop of task %q itself, which is not supported", text.Value, t.Key).
		Hintf("loop over a pipeline that holds the task")
}

func (m messages) unknownClaimInput(c *pipeline.Component, span diag.Span, input string) {
	m.report.Errorf(diag.UnknownInput, span, "component %q creates or deletes a claim, for which input %q means nothing", c.Key, input)
}

func (m messages) unknownClaimOutput(c *pipeline.Component, span diag.Span, output string) {
	m.report.Errorf(diag.UnknownOutput, span, "component %q creates or deletes a claim, which has no output %q", c.Key, output)
}

func (m messages) twoClaimNames(t *pipeline.Task, suffix *pipeline.Binding) {
	m.report.Errorf(diag.BadSetting, suffix.Span, "task %q gives both pvc_name and pvc_name_suffix, which exclude each other", t.Key)
}

func (m messages) badSize(span diag.Span, text string) {
	m.report.Errorf(diag.BadQuantity, span, "%q is not the size of a claim", text).
		Hintf("such as 500Mi or 5Gi")
}

func (m messages) unknownURIInput(c *pipeline.Component, body *pipeline.Importer) {
	m.report.Errorf(diag.UnknownInput, body.Spec.ArtifactURI.Span, "importer %q takes its URI from input %q, which it does not have", c.Key, body.URIInput)
}

func (m messages) noWorkspace(span diag.Span, what string) {
	m.report.Errorf(diag.NoWorkspace, span, "%s needs a workspace, and the pipeline has none", what).
		Hintf("give the pipeline one: dsl.PipelineConfig(workspace=dsl.WorkspaceConfig(size='1Gi'))")
}

func (m messages) notFetched(c *pipeline.Component, body *pipeline.Importer) {
	m.report.Errorf(diag.BadImporter, body.Spec.ArtifactURI.Span, "importer %q cannot fetch %s into the workspace: it lies in no store", c.Key, body.URI)
}

func (m messages) importerOfNothing(c *pipeline.Component, spec *document.ImporterSpec) {
	m.report.Warnf(diag.BadImporter, spec.ArtifactURI.Constant.Span, "importer %q has an empty artifactUri: its task fails if it runs", c.Key)
}

func (m messages) imageNotModel(c *pipeline.Component, spec *document.ImporterSpec) {
	m.report.Errorf(diag.BadImporter, spec.Span, "importer %q takes an oci:// image for an artifact that is not a system.Model", c.Key)
}

func (m messages) importerInput(c *pipeline.Component, body *pipeline.Importer, p placeholder.InputParameter) {
	m.report.Errorf(diag.UnknownPlaceholder, m.inImporter(body, p), "importer %q has a placeholder for input %q, which it does not have", c.Key, p.Name)
}

func (m messages) importerMisplaced(c *pipeline.Component, body *pipeline.Importer, p placeholder.Part) {
	m.report.Errorf(diag.MisplacedPlaceholder, m.inImporter(body, p), "importer %q has a placeholder that has no meaning there", c.Key).
		Hintf("an importer runs no program: it knows its inputs and the run")
}

// inImporter is where a placeholder is in an importer's URI, or the importer
// where it is in the metadata.
func (m messages) inImporter(body *pipeline.Importer, p placeholder.Part) diag.Span {
	if _, width := placeholder.Find(body.URI, p); width == 0 {
		return body.Spec.Span
	}
	return m.place(document.Text{Value: body.URI, Span: body.Spec.ArtifactURI.Constant.Span}, p)
}

func (m messages) unknownArgument(name string, root *pipeline.Component) {
	var known []string
	for _, p := range root.Parameters {
		known = append(known, p.Name)
	}
	for _, a := range root.Artifacts {
		known = append(known, a.Name)
	}
	d := m.report.Errorf(diag.UnknownArgument, diag.Span{}, "the pipeline has no input %q", name)
	if len(known) > 0 {
		d.Hintf("it has: %s", strings.Join(known, ", "))
	}
}

func (m messages) wrongArgument(p *pipeline.Parameter, err error) {
	m.report.Errorf(diag.WrongType, diag.Span{}, "the value for input %q does not fit: %v", p.Name, err).
		Hintf("the value of a %s is JSON", p.Type)
}

func (m messages) notLiteralArgument(p *pipeline.Parameter) {
	m.report.Errorf(diag.NotALiteral, diag.Span{}, "the value for input %q is not one that the pipeline allows", p.Name).
		Hintf("it allows: %s", join(p.Literals))
}

func (m messages) noArgument(span diag.Span, input string) {
	m.report.Errorf(diag.BadSetting, span, "the value for input %q holds the text %s, by which an argument of the Workflow writes {{", input, contract.EscapedBraces).
		Hintf("give it to the component as a constant, or let a component make it")
}

func join(values []json.RawMessage) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return strings.Join(texts, ", ")
}
