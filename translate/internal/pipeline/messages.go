package pipeline

import (
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/internal/condition"
	"github.com/kfp2argo/kfp2argo/translate/internal/document"
)

// messages holds the text of everything that this pass reports.
type messages struct {
	report *diag.Report
	source diag.Source
}

func (m messages) unknownComponent(task string, ref document.Text, known []string) {
	d := m.report.Errorf(diag.UnknownComponent, ref.Span, "task %q runs component %q, which does not exist", task, ref.Value)
	hintNames(d, ref.Value, "components", known)
}

func (m messages) recursive(task string, ref document.Text) {
	m.report.Errorf(diag.RecursiveComponent, ref.Span, "task %q runs component %q, which contains that task", task, ref.Value).
		Hintf("a pipeline cannot contain itself; loop with dsl.ParallelFor instead")
}

func (m messages) noImplementation(c *Component) {
	m.report.Errorf(diag.NoImplementation, c.Spec.Span, "%s has neither dag nor executorLabel", c.title()).
		Hintf("the KFP SDK loses groups (dsl.If, dsl.ParallelFor) inside groups where a pipeline used as a component has some too; move one of them into a pipeline of its own")
}

func (m messages) unknownExecutor(label document.Text, known []string) {
	d := m.report.Errorf(diag.UnknownExecutor, label.Span, "executor %q does not exist", label.Value)
	hintNames(d, label.Value, "executors", known)
}

func (m messages) notContainer(label document.Text, executor *document.ExecutorSpec) {
	kind := "has no container"
	switch {
	case executor.Resolver.Set():
		kind = "is a resolver, which KFP does not implement either"
	case executor.CustomJob.Set():
		kind = "is a Vertex AI custom job, which runs on Google Cloud only"
	}
	m.report.Errorf(diag.Unsupported, executor.Span, "executor %q %s", label.Value, kind)
}

func (m messages) unusedComponent(key document.Text) {
	m.report.Warnf(diag.UnusedComponent, key.Span, "no task runs component %q", key.Value)
}

func (m messages) unknownTask(who string, name document.Text, known []string) {
	d := m.report.Errorf(diag.UnknownTask, name.Span, "%s task %q, which does not exist in this DAG", refers(who, "depends on"), name.Value)
	hintNames(d, name.Value, "tasks", known)
}

func (m messages) cycle(tasks []*Task) {
	var names []string
	for _, t := range tasks {
		names = append(names, t.Key)
	}
	m.report.Errorf(diag.DependencyCycle, tasks[0].Span, "these tasks wait for each other: %s", strings.Join(names, ", "))
}

func (m messages) unknownInput(task string, name document.Text, owner *Component) {
	var known []string
	for _, p := range owner.Parameters {
		known = append(known, p.Name)
	}
	d := m.report.Errorf(diag.UnknownInput, name.Span, "task %q takes input %q of %s, which has no such input", task, name.Value, owner.title())
	hintNames(d, name.Value, "inputs", known)
}

func (m messages) unknownInputArtifact(task string, name document.Text, owner *Component) {
	var known []string
	for _, a := range owner.Artifacts {
		known = append(known, a.Name)
	}
	d := m.report.Errorf(diag.UnknownInput, name.Span, "task %q takes input artifact %q of %s, which has no such artifact", task, name.Value, owner.title())
	hintNames(d, name.Value, "input artifacts", known)
}

func (m messages) noRoot(spec *document.PipelineSpec) {
	m.report.Errorf(diag.NoImplementation, spec.Span, "the pipeline has no root")
}

func (m messages) unboundParameter(task, input string, span diag.Span) {
	m.report.Errorf(diag.MissingSource, span, "input %q of task %q does not say where its value comes from", input, task).
		Hintf("one of taskOutputParameter, runtimeValue, componentInputParameter, taskFinalStatus")
}

func (m messages) unselected(output document.Text) {
	m.report.Errorf(diag.MissingSource, output.Span, "output %q of the DAG selects no output of a task", output.Value)
}

func (m messages) unboundArtifact(task, input string, span diag.Span) {
	m.report.Errorf(diag.MissingSource, span, "input artifact %q of task %q says neither taskOutputArtifact nor componentInputArtifact", input, task)
}

func (m messages) unknownOutput(who string, producer *Task, name document.Text, artifact bool) {
	var known []string
	kind := "output"
	if artifact {
		kind = "output artifact"
		for _, o := range producer.Component.OutputArtifacts {
			known = append(known, o.Name)
		}
	} else {
		for _, o := range producer.Component.OutputParams {
			known = append(known, o.Name)
		}
	}
	d := m.report.Errorf(diag.UnknownOutput, name.Span, "%s %s %q of %q, which has no such %s", refers(who, "reads"), kind, name.Value, producer.Key, kind)
	hintNames(d, name.Value, kind+"s", known)
}

func (m messages) otherPlatform(name document.Text) {
	m.report.Warnf(diag.UnusedSetting, name.Span, "these settings are for the platform %q, not for Kubernetes, and are left out", name.Value)
}

func (m messages) settingsOfNobody(label document.Text, known []string) {
	d := m.report.Warnf(diag.UnusedSetting, label.Span, "these Kubernetes settings are for executor %q, which does not exist", label.Value)
	hintNames(d, label.Value, "executors", known)
}

func (m messages) settingsOfImporter(label document.Text) {
	m.report.Warnf(diag.UnusedSetting, label.Span, "executor %q is an importer: it has no pod that could have these Kubernetes settings", label.Value)
}

func (m messages) settingsOfClaim(label document.Text) {
	m.report.Warnf(diag.UnusedSetting, label.Span, "executor %q creates or deletes a claim: Argo does that, in no pod that could have these Kubernetes settings", label.Value)
}

func (m messages) importerOutputs(c *Component) {
	m.report.Errorf(diag.BadImporter, c.Spec.Span, "%s is an importer with %d output artifacts; it needs exactly one", c.title(), len(c.OutputArtifacts))
}

func (m messages) importerOfList(c *Component, output *OutputArtifact) {
	m.report.Errorf(diag.Unsupported, output.Span, "%s is an importer whose output is a list of artifacts, which is not supported: it has one URI", c.title()).
		Hintf("import each artifact, or loop over the URIs and collect")
}

func (m messages) importerWithoutURI(c *Component, spec *document.ImporterSpec) {
	m.report.Errorf(diag.BadImporter, spec.Span, "%s is an importer without an artifactUri that is a text or an input", c.title())
}

func (m messages) condition(text document.Text, p condition.Problem) {
	d := m.report.Errorf(diag.BadCondition, m.source.Within(text.Span, text.Value, p.Offset, p.Width), "%s", p.Message)
	d.Hint = p.Hint
	if p.Warning {
		d.Severity = diag.Warning
	}
}

func (m messages) unknownItems(t *Task, name document.Text) {
	m.report.Errorf(diag.UnknownInput, name.Span, "task %q loops over input %q, which it does not have", t.Key, name.Value)
}

func (m messages) unknownItem(t *Task, name document.Text) {
	m.report.Errorf(diag.UnknownInput, name.Span, "task %q gives each item to input %q, which %s does not have", t.Key, name.Value, t.Component.title())
}

func (m messages) badItems(t *Task, raw document.Text, err error) {
	m.report.Errorf(diag.BadItems, raw.Span, "the items of task %q are not a JSON list: %v", t.Key, err)
}

func (m messages) roundedFactor(factor document.Float, rounded int32) {
	m.report.Warnf(diag.RoundedFactor, factor.Span, "Argo multiplies delays by whole numbers: this backoffFactor becomes %d", rounded)
}

func (m messages) negative(span diag.Span, what string) {
	m.report.Errorf(diag.InvalidNumber, span, "%s cannot be negative", what)
}

func (m messages) badDuration(text document.Text) {
	m.report.Errorf(diag.BadDuration, text.Span, "%q is not a duration such as 30s", text.Value)
}

// refers begins a message about a reference: from a task, or from the outputs
// of a DAG.
func refers(who, verb string) string {
	if who == "" {
		return "the outputs of the DAG refer to"
	}
	return "task \"" + who + "\" " + verb
}

// hintNames hints at the nearest of the known names, or lists them.
func hintNames(d *diag.Diagnostic, name, what string, known []string) {
	const most = 12
	near, ok := diag.Nearest(name, known)
	switch {
	case ok:
		d.Hintf("did you mean %q?", near)
	case len(known) == 0:
		d.Hintf("there are no %s here", what)
	case len(known) <= most:
		d.Hintf("there are these %s: %s", what, strings.Join(known, ", "))
	}
}

// title names a component in a message.
func (c *Component) title() string {
	if c.Key == "" {
		return "the pipeline"
	}
	return "component \"" + c.Key + "\""
}
