package explain

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Text writes a report for people. Source is the name of the pipeline's file,
// and patches are those of the patches.
func (r *Report) Text(w io.Writer, source string, patches ...string) error {
	t := &text{report: r}
	t.headline()
	t.tasks()
	t.templates()
	t.images()
	t.needs()
	t.size()
	t.warnings(append([]string{source}, patches...))
	_, err := w.Write(t.out.Bytes())
	return err
}

type text struct {
	report *Report
	out    bytes.Buffer
}

// table writes rows under a title, their cells in columns.
func (t *text) table(title string, rows [][]string) {
	if len(rows) == 0 {
		return
	}
	var aligned bytes.Buffer
	w := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, "  "+strings.Join(row, "\t"))
	}
	w.Flush()
	fmt.Fprintf(&t.out, "\n%s\n", title)
	for line := range strings.Lines(aligned.String()) {
		t.out.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
}

func (t *text) headline() {
	p := t.report.Pods
	most := ""
	if p.AtMost {
		most = " at most"
	}
	fmt.Fprintf(&t.out, "%s: %s%s; KFP would start %d\n", t.report.Pipeline, count(p.Argo, "pod"), most, p.KFP)
	if p.Assumed > 0 {
		fmt.Fprintf(&t.out, "Loops over lists that the run makes are taken to have %s; --items takes another number.\n", count(p.Assumed, "item"))
	}
}

func (t *text) tasks() {
	var rows [][]string
	for _, task := range t.report.Tasks {
		key := task.Path[strings.LastIndex(task.Path, "/")+1:]
		pods := ""
		if task.Pods > 0 || task.Kind == Container {
			pods = count(task.Pods, "pod")
		}
		rows = append(rows, []string{strings.Repeat("  ", task.depth) + key, task.what(), pods, task.cache()})
	}
	t.table("Tasks", rows)
}

// what says what a task is and when it runs.
func (t Task) what() string {
	what := []string{string(t.Kind)}
	if t.Image != "" {
		what[0] = t.Image
	}
	if l := t.Loop; l != nil {
		items := "for each of " + count(l.Items, "item")
		if l.Assumed {
			items += " assumed"
		}
		if l.Parallelism > 0 {
			items += fmt.Sprintf(", %d at once", l.Parallelism)
		}
		what = append(what, items)
	}
	if t.Condition != "" {
		what = append(what, "conditional")
	}
	if t.Always {
		what = append(what, "also after failures")
	}
	if t.Retries > 0 {
		what = append(what, "retried "+times(int(t.Retries)))
	}
	return strings.Join(what, ", ")
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func (t Task) cache() string {
	c := t.Cache
	if c == nil {
		return ""
	}
	if !c.Used {
		return "not cached: " + c.Why
	}
	said := "cached"
	if c.Key != "" {
		said += " under a key of its own"
	}
	if c.MaxAge != "" {
		said += " for " + c.MaxAge
	}
	if c.Ahead {
		said += ", a small pod looks first"
	}
	return said
}

// templates lists the templates, the largest first.
func (t *text) templates() {
	const most = 10
	all := slices.Clone(t.report.Templates)
	slices.SortStableFunc(all, func(a, b Template) int { return cmp.Compare(b.Bytes, a.Bytes) })
	var rows [][]string
	for _, template := range all[:min(most, len(all))] {
		rows = append(rows, []string{template.Name, template.Kind, fmt.Sprintf("%d bytes", template.Bytes), template.Component})
	}
	if more := len(all) - most; more > 0 {
		rows = append(rows, []string{fmt.Sprintf("and %d more", more)})
	}
	t.table(fmt.Sprintf("Templates: %d, the largest first", len(all)), rows)
}

func (t *text) images() {
	var rows [][]string
	for _, image := range t.report.Images {
		tag := map[TagKind]string{Untagged: "no tag"}[image.Tag]
		users := "in all pods"
		if len(image.Templates) > 0 {
			users = few(image.Templates)
		}
		name := image.Name
		if image.Tag != Open {
			tag = cmp.Or(tag, string(image.Tag))
		}
		rows = append(rows, []string{name, tag, users})
	}
	t.table("Images", rows)
}

// needs lists what must be in the namespace.
func (t *text) needs() {
	var rows [][]string
	for _, o := range t.report.Objects {
		name := o.Name
		if o.From != "" {
			name = "as the run says: " + o.From
		}
		keys := ""
		if o.Keys != nil {
			keys = "with " + strings.Join(o.Keys, ", ")
		}
		if o.Optional {
			keys = strings.TrimLeft(keys+" (optional)", " ")
		}
		users := "for all pods"
		if len(o.Templates) > 0 {
			users = "for " + few(o.Templates)
		}
		rows = append(rows, []string{o.Kind, name, keys, users})
	}
	t.table("Needed in the namespace", rows)
	rows = nil
	for _, rule := range t.report.Access.Rules {
		rows = append(rows, []string{rule.Resource, strings.Join(rule.Verbs, ", "), rule.Why})
	}
	for _, c := range t.report.Access.Callers {
		rows = append(rows, []string{cmp.Or(strings.Join(c.Rights, "; "), "what it calls"), "perhaps", "the program of " + c.Component + " " + c.How})
	}
	t.table(fmt.Sprintf("Rights of service account %q", t.report.Access.ServiceAccount), rows)
}

func (t *text) size() {
	s := t.report.Size
	limit := "no limit is given"
	if s.Limit > 0 {
		limit = fmt.Sprintf("Argo keeps %d with the state of the run", s.Limit)
	}
	least := ""
	if s.State.AtLeast {
		least = "more than "
	}
	kept := ""
	if s.Compresses() {
		kept = ", as Argo keeps it"
	}
	rows := [][]string{
		{"the Workflow", fmt.Sprintf("%d bytes as YAML, %d as JSON; %s", s.YAML, s.JSON, limit)},
		{"the state of a run", fmt.Sprintf("%s%s, about %d bytes, %d compressed%s", least, count(s.State.Nodes, "node"), s.State.Bytes, s.State.Compressed, kept)},
	}
	for _, l := range s.State.Loops {
		said := fmt.Sprintf("%s of %s and about %d bytes", count(l.Items, "item"), count(l.Nodes, "node"), l.Bytes)
		if l.Fits > 0 {
			said += fmt.Sprintf("; about %d fit", l.Fits)
		}
		rows = append(rows, []string{"  " + l.Task, said})
	}
	t.table("Size", rows)
}

func (t *text) warnings(sources []string) {
	if len(t.report.Warnings) == 0 {
		return
	}
	fmt.Fprintf(&t.out, "\nWarnings\n")
	for _, w := range t.report.Warnings {
		place := sources[w.Source]
		if w.Line > 0 {
			place += fmt.Sprintf(":%d:%d", w.Line, w.Column)
		}
		fmt.Fprintf(&t.out, "  %s: %s [%s]\n", place, w.Message, w.Code)
		if w.Hint != "" {
			fmt.Fprintf(&t.out, "    hint: %s\n", w.Hint)
		}
	}
}

// count is a number of things.
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
