package budget

import (
	"fmt"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// messages words what is too large.
type messages struct {
	origins Origins
	report  *diag.Report
}

func (m messages) annotations(bytes int) {
	m.report.Errorf(diag.TooLarge, diag.Span{}, "the annotations of the Workflow have %d bytes; Kubernetes takes %d at most", bytes, maxAnnotations).
		Hintf("the description of the pipeline is one of them")
}

func (m messages) argument(template string, index, bytes int) {
	o := m.origins.Argument(template, index)
	m.report.Errorf(diag.TooLarge, o.Span, "an argument of the program of %s has %d bytes; Linux takes %d at most", o.Name, bytes, maxArgument).
		Hintf("put the text into the image, or read it from an artifact")
}

func (m messages) template(template string, bytes int) {
	o := m.origins.Template(template)
	m.report.Errorf(diag.TooLarge, o.Span, "%s has %d bytes as a template; Argo can give a pod %d at most", o.Name, bytes, maxConfigMap).
		Hintf("put its program into the image")
}

func (m messages) configMap(template string, bytes int) {
	o := m.origins.Template(template)
	m.report.Warnf(diag.NearLimit, o.Span, "%s has %d bytes as a template; from %d on, Argo makes a ConfigMap for each of its pods", o.Name, bytes, maxInline).
		Hintf("put its program into the image")
}

func (m messages) object(size Size, limit int) {
	m.report.Errorf(diag.TooLarge, m.largest(size).Span, "the Workflow has %d bytes; Argo keeps %d at most", size.Bytes, limit).
		Hintf("%s; if the controller has another MAX_WORKFLOW_SIZE, give it as --max-size", m.parts(size))
}

func (m messages) nearObject(size Size, limit int) {
	m.report.Warnf(diag.NearLimit, m.largest(size).Span, "the Workflow has %d bytes before it runs; Argo keeps %d at most, with the state of the run", size.Bytes, limit).
		Hintf("%s", m.parts(size))
}

// largest is the origin of the largest template.
func (m messages) largest(size Size) Origin {
	if len(size.Parts) == 0 {
		return Origin{}
	}
	return m.origins.Template(size.Parts[0].Template)
}

// parts names the largest templates.
func (m messages) parts(size Size) string {
	var all []string
	for _, p := range size.Parts[:min(3, len(size.Parts))] {
		all = append(all, fmt.Sprintf("%s has %d", m.origins.Template(p.Template).Name, p.Bytes))
	}
	return strings.Join(all, ", ")
}

func (m messages) status(s Status, limit int) {
	o, loop := m.loop(s)
	m.report.Errorf(diag.TooLarge, o.Span, "the state of a run comes to %d nodes, and with the Workflow to %d bytes at least when it is compressed; Argo keeps %d at most",
		s.Nodes, s.Final, limit).
		Hintf("%slet an iteration do more work; if the controller offloads node status or has another MAX_WORKFLOW_SIZE, say so with --max-size", loop)
}

func (m messages) nearStatus(s Status, limit int) {
	o, loop := m.loop(s)
	m.report.Warnf(diag.NearLimit, o.Span, "the state of a run may come to %d nodes, and with the Workflow to %d bytes when it is compressed; Argo keeps %d at most",
		s.Nodes, s.Final, limit).
		Hintf("%skeep outputs small, or let an iteration do more work", loop)
}

// loop is the origin of the loop that has the most nodes, and what to say of it.
func (m messages) loop(s Status) (Origin, string) {
	if len(s.Loops) == 0 || s.Loops[0].Items*s.Loops[0].Nodes == 0 {
		return Origin{}, ""
	}
	l := s.Loops[0]
	o := m.origins.Loop(l.Template)
	nodes := "1 node"
	if l.Nodes > 1 {
		nodes = fmt.Sprintf("%d nodes", l.Nodes)
	}
	return o, fmt.Sprintf("%s has %d iterations of %s; ", o.Name, l.Items, nodes)
}
