package cases

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// object is a part of a compiled pipeline.
type object = map[string]any

// Replace returns a compiled pipeline, as translate.PipelineJSON has it, with the
// stand-ins of a case in the place of tasks. Components on the way there become
// ones of their own, so that other tasks of theirs stay as they are.
func (c *Case) Replace(pipeline []byte) ([]byte, error) {
	if len(c.StandIns) == 0 {
		return pipeline, nil
	}
	var whole object
	if err := decode(pipeline, &whole); err != nil {
		return nil, err
	}
	spec := whole
	if inner, ok := whole["pipeline_spec"].(object); ok {
		spec = inner
	}
	var errs []error
	for i, path := range slices.Sorted(maps.Keys(c.StandIns)) {
		s := &surgery{spec: spec, suffix: fmt.Sprintf("-stand-in-%d", i)}
		if err := s.replace(strings.Split(path, "."), c.StandIns[path]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.at["standIns."+path], err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return json.Marshal(whole)
}

// surgery replaces one task.
type surgery struct {
	spec   object
	suffix string // of what is made
}

func (s *surgery) replace(path []string, with StandIn) error {
	parent, _ := s.spec["root"].(object)
	for i, key := range path {
		tasks := in(parent, "dag", "tasks")
		task, ok := tasks[key].(object)
		if !ok {
			return s.noTask(path[:i+1], tasks)
		}
		own, err := s.own(task)
		if err != nil {
			return err
		}
		parent = own
	}
	container, err := with.container(parent)
	if err != nil {
		return err
	}
	label := "exec" + s.suffix
	delete(parent, "dag")
	parent["executorLabel"] = label
	within(within(s.spec, "deploymentSpec"), "executors")[label] = object{"container": container}
	return nil
}

func (s *surgery) noTask(path []string, tasks object) error {
	advice := "there is nothing inside"
	names := slices.Sorted(maps.Keys(tasks))
	if nearest, ok := diag.Nearest(path[len(path)-1], names); ok {
		advice = fmt.Sprintf("did you mean %q?", nearest)
	} else if len(names) > 0 {
		advice = "there are " + strings.Join(names, ", ")
	}
	return fmt.Errorf("the pipeline has no task %q; %s", strings.Join(path, "."), advice)
}

// own gives a task a component of its own, a copy of that it has.
func (s *surgery) own(task object) (object, error) {
	name, _ := in(task, "componentRef")["name"].(string)
	components := within(s.spec, "components")
	component, ok := components[name].(object)
	if !ok {
		return nil, fmt.Errorf("the pipeline has no component %q", name)
	}
	if strings.HasSuffix(name, s.suffix) {
		return component, nil
	}
	text, err := json.Marshal(component)
	if err != nil {
		return nil, err
	}
	copied := object{}
	if err := decode(text, &copied); err != nil {
		return nil, err
	}
	components[name+s.suffix] = copied
	task["componentRef"] = object{"name": name + s.suffix}
	return copied, nil
}

// in returns what is below some fields, or an empty object.
func in(o object, names ...string) object {
	for _, name := range names {
		o, _ = o[name].(object)
	}
	return o
}

// within returns the object below a field, which it makes where it is missing.
func within(o object, name string) object {
	if inner, ok := o[name].(object); ok {
		return inner
	}
	inner := object{}
	o[name] = inner
	return inner
}

// leave writes files: a path and the base64 of the text for each, so that no
// text means anything to the shell or to KFP's placeholders.
const leave = `set -e
while [ $# -gt 0 ]; do
	mkdir -p "$(dirname "$1")"
	printf %s "$2" | base64 -d >"$1"
	shift 2
done`

// container returns the container of the stand-in for a component.
func (s StandIn) container(component object) (object, error) {
	if len(s.Command) > 0 {
		return object{"image": s.Image, "command": s.Command, "args": s.Args}, nil
	}
	parameters := in(component, "outputDefinitions", "parameters")
	artifacts := in(component, "outputDefinitions", "artifacts")
	command := []string{"sh", "-c", leave, "sh"}
	for _, name := range slices.Sorted(maps.Keys(s.Outputs)) {
		definition, ok := parameters[name].(object)
		if !ok {
			return nil, noOutput(name, "parameter", parameters)
		}
		text, err := parameterText(definition, s.Outputs[name])
		if err != nil {
			return nil, fmt.Errorf("output %q: %w", name, err)
		}
		command = append(command, "{{$.outputs.parameters['"+name+"'].output_file}}", base64.StdEncoding.EncodeToString(text))
	}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		if _, ok := s.Outputs[name]; !ok {
			return nil, fmt.Errorf("the stand-in gives no output parameter %q", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Artifacts)) {
		if _, ok := artifacts[name]; !ok {
			return nil, noOutput(name, "artifact", artifacts)
		}
		command = append(command, "{{$.outputs.artifacts['"+name+"'].path}}", base64.StdEncoding.EncodeToString([]byte(s.Artifacts[name])))
	}
	return object{"image": s.Image, "command": command}, nil
}

func noOutput(name, kind string, has object) error {
	if len(has) == 0 {
		return fmt.Errorf("the task has no output %s %q, nor any other", kind, name)
	}
	return fmt.Errorf("the task has no output %s %q; it has %s", kind, name, strings.Join(slices.Sorted(maps.Keys(has)), ", "))
}

// parameterText is what a program writes for a value: a text as it is, all else
// as JSON.
func parameterText(definition object, value json.RawMessage) ([]byte, error) {
	if definition["parameterType"] != "STRING" {
		return value, nil
	}
	var text string
	if err := json.Unmarshal(value, &text); err != nil {
		return nil, fmt.Errorf("it must be a text, not %s", value)
	}
	return []byte(text), nil
}
