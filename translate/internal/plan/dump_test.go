package plan

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
)

// dump writes a plan for the reader of a test: what there is, what it is
// called, and how values travel; the pods' documents are left to the goldens
// of whole Workflows.
func dump(w *Workflow) string {
	var b strings.Builder
	if r := w.Run; r != (RunSettings{}) && r.Workspace == nil {
		fmt.Fprintf(&b, "run %+v\n", r)
	}
	for _, a := range w.Arguments {
		fmt.Fprintf(&b, "argument %s", a.Name)
		if a.Value != nil {
			fmt.Fprintf(&b, " = %q", *a.Value)
		}
		if a.Enum != nil {
			fmt.Fprintf(&b, " of %q", a.Enum)
		}
		b.WriteByte('\n')
	}
	fmt.Fprintf(&b, "entrypoint %s\n", w.Entrypoint)
	for _, t := range w.Templates {
		switch t := t.(type) {
		case *DAG:
			dumpDAG(&b, t)
		case *Pod:
			dumpPod(&b, t)
		case *Claim:
			fmt.Fprintf(&b, "\nclaim %s(%s) -> %s\n%s", t.Name, strings.Join(t.Inputs, ", "), strings.Join(t.Outputs, ", "), t.Manifest)
		case *Stop:
			fmt.Fprintf(&b, "\nafter a stop %s\n", t.Name)
			dumpTasks(&b, t.Tasks)
		default:
			fmt.Fprintf(&b, "\n%T %s\n", t, Name(t))
		}
	}
	return b.String()
}

func dumpDAG(b *strings.Builder, d *DAG) {
	fmt.Fprintf(b, "\ndag %s(%s)\n", d.Name, strings.Join(d.Inputs, ", "))
	dumpTasks(b, d.Tasks)
	for _, o := range d.Outputs {
		fmt.Fprintf(b, "  -> %s: %s\n", o.Name, o.Value)
	}
}

func dumpTasks(b *strings.Builder, tasks []Task) {
	for _, t := range tasks {
		fmt.Fprintf(b, "  %s: %s", t.Name, t.Template)
		if t.After != nil {
			fmt.Fprintf(b, " after %s", strings.Join(t.After, ", "))
		}
		b.WriteByte('\n')
		for _, a := range t.Arguments {
			if text, ok := a.Value.Literal(); ok {
				fmt.Fprintf(b, "    %s = %s\n", a.Name, text)
			} else {
				fmt.Fprintf(b, "    %s: %s\n", a.Name, a.Value)
			}
		}
	}
}

func dumpPod(b *strings.Builder, p *Pod) {
	var inputs []string
	for _, in := range p.Inputs {
		if in.Optional {
			in.Name += "?"
		}
		inputs = append(inputs, in.Name)
	}
	fmt.Fprintf(b, "\npod %s(%s)", p.Name, strings.Join(inputs, ", "))
	if p.Outputs != nil {
		fmt.Fprintf(b, " -> %s", strings.Join(p.Outputs, ", "))
	}
	fmt.Fprintf(b, "\n  %s: %q\n", p.Image, p.Command)
	for _, m := range p.Spec.Mounts {
		fmt.Fprintf(b, "  mounts %s\n", m.MountPath)
	}
	component, err := json.Marshal(contract.Component{TaskKeys: p.Component.TaskKeys})
	if err != nil {
		panic(err) // made of strings
	}
	if len(p.Component.TaskKeys) > 0 {
		fmt.Fprintf(b, "  %s\n", component)
	}
}
