package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/spf13/pflag"
	"sigs.k8s.io/yaml"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/kind"
)

// kindFlags say which of Argo's kinds a pipeline becomes.
type kindFlags struct {
	kind, from, concurrency string
	schedule                kind.Schedule
	kinds                   []kind.Kind
}

func (f *kindFlags) add(set *pflag.FlagSet) {
	set.StringVar(&f.kind, "kind", string(kind.Workflow), "make a `KIND`: Workflow, WorkflowTemplate, ClusterWorkflowTemplate or CronWorkflow; see docs/kinds.md")
	set.StringVar(&f.from, "from-template", "", "refer to the template `NAME` of the same pipeline, with nothing but arguments")
	set.StringArrayVar(&f.schedule.Cron, "schedule", nil, "start the CronWorkflow at the times of `CRON`, such as '0 5 * * *' (repeatable)")
	set.StringVar(&f.schedule.Timezone, "timezone", "", "the schedules' time `ZONE`, such as Europe/Berlin (default: that of Argo's controller)")
	set.StringVar(&f.concurrency, "concurrency-policy", "", "`POLICY` where the run before has not ended yet: Allow, Forbid or Replace (default: Allow)")
	set.DurationVar(&f.schedule.StartingDeadline, "starting-deadline", 0, "start a run that Argo has missed up to `DURATION` late, such as 10m (default: not at all)")
	set.BoolVar(&f.schedule.Suspend, "suspend", false, "let the CronWorkflow start nothing until it is resumed")
}

// complete checks the flags and turns what concerns the translation into
// options.
func (f *kindFlags) complete(set *pflag.FlagSet, o *translate.Options) error {
	f.schedule.Concurrency = wfv1.ConcurrencyPolicy(f.concurrency)
	var err error
	if f.kinds, err = kind.Parse(f.kind); err != nil {
		return usageError{fmt.Errorf("--kind: %w", err)}
	}
	if o.GenerateName != "" && !slices.Equal(f.kinds, []kind.Kind{kind.Workflow}) {
		return usageError{errors.New("--generate-name is for a Workflow alone; others have a name, by --name or the pipeline's own")}
	}
	if err := f.completeSchedule(set); err != nil {
		return usageError{err}
	}
	if f.from == "" {
		return nil
	}
	if f.kinds[0].IsTemplate() {
		return usageError{errors.New("--from-template is for the kinds Workflow and CronWorkflow")}
	}
	ref, err := kind.ParseRef(f.from)
	if err != nil {
		return usageError{fmt.Errorf("--from-template: %w", err)}
	}
	o.Template = &ref
	return nil
}

func (f *kindFlags) completeSchedule(set *pflag.FlagSet) error {
	if slices.Contains(f.kinds, kind.CronWorkflow) {
		if len(f.schedule.Cron) == 0 {
			return errors.New("a CronWorkflow needs at least one --schedule")
		}
		return f.schedule.Check()
	}
	for _, name := range []string{"schedule", "timezone", "concurrency-policy", "starting-deadline", "suspend"} {
		if set.Changed(name) {
			return fmt.Errorf("--%s is for --kind CronWorkflow", name)
		}
	}
	return nil
}

// print writes a translated Workflow as the kinds that were asked for, a
// document each.
func (f *kindFlags) print(w io.Writer, workflow *wfv1.Workflow, origin string) error {
	objects, err := kind.Objects(workflow, f.kinds, f.schedule)
	if err != nil {
		return err
	}
	for i, object := range objects {
		if i > 0 {
			if _, err := io.WriteString(w, "---\n"); err != nil {
				return err
			}
		}
		if err := translate.Print(w, object, origin); err != nil {
			return err
		}
	}
	return nil
}

// list is several objects in one document of JSON, as kubectl prints and reads them.
type list struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Items      []json.RawMessage `json:"items"`
}

// printJSON writes a translated Workflow as the kinds that were asked for, in JSON:
// one object, or a List of several.
func (f *kindFlags) printJSON(w io.Writer, workflow *wfv1.Workflow) error {
	objects, err := kind.Objects(workflow, f.kinds, f.schedule)
	if err != nil {
		return err
	}
	all := list{APIVersion: "v1", Kind: "List"}
	for _, object := range objects {
		var text bytes.Buffer
		if err := translate.Print(&text, object, ""); err != nil {
			return err
		}
		item, err := yaml.YAMLToJSON(text.Bytes())
		if err != nil {
			return err
		}
		all.Items = append(all.Items, item)
	}
	if len(all.Items) == 1 {
		return writeJSON(w, all.Items[0])
	}
	return writeJSON(w, all)
}
