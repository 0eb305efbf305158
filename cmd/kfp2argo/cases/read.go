package cases

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

// Read reads a file of cases strictly. The error has all that is wrong, a line
// for each with its place.
func Read(name string, text []byte) (*File, error) {
	r := reader{file: name}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f := &File{Name: name}
	if len(document.Content) == 0 {
		return nil, fmt.Errorf("%s:1:1: there are no cases; expected cases: [{name: …}]", name)
	}
	root := document.Content[0]
	r.fields(root, "the file", map[string]func(*yaml.Node){
		"cases": func(n *yaml.Node) {
			for _, item := range r.items(n, "cases") {
				f.Cases = append(f.Cases, r.readCase(item))
			}
		},
	})
	if len(f.Cases) == 0 && len(r.errs) == 0 {
		r.bad(root, "there are no cases")
	}
	r.requireNames(f.Cases)
	return f, errors.Join(r.errs...)
}

// reader collects what is wrong with a file.
type reader struct {
	file string
	errs []error
}

func (r *reader) at(n *yaml.Node) string { return fmt.Sprintf("%s:%d:%d", r.file, n.Line, n.Column) }

func (r *reader) bad(n *yaml.Node, format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf("%s: %s", r.at(n), fmt.Sprintf(format, args...)))
}

// requireNames requires that each case has a name of its own.
func (r *reader) requireNames(all []Case) {
	seen := map[string]bool{}
	for _, c := range all {
		switch {
		case c.Name == "":
			r.errs = append(r.errs, fmt.Errorf("%s: a case needs a name", c.at[""]))
		case seen[c.Name]:
			r.errs = append(r.errs, fmt.Errorf("%s: there are two cases %q", c.at[""], c.Name))
		}
		seen[c.Name] = true
	}
}

// fields calls for each field of a mapping what reads it. Others are refused.
func (r *reader) fields(n *yaml.Node, what string, known map[string]func(*yaml.Node)) {
	var names []string
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	r.each(n, what, func(key, value *yaml.Node) {
		if read, ok := known[key.Value]; ok {
			read(value)
			return
		}
		advice := "it can have " + strings.Join(names, ", ")
		if nearest, ok := diag.Nearest(key.Value, names); ok {
			advice = fmt.Sprintf("did you mean %q?", nearest)
		}
		r.bad(key, "%s has no field %q; %s", what, key.Value, advice)
	})
}

// each calls a function for the entries of a mapping, whose keys are texts, each
// there once.
func (r *reader) each(n *yaml.Node, what string, call func(key, value *yaml.Node)) {
	if n = target(n); n.Kind != yaml.MappingNode {
		r.bad(n, "%s must be a mapping", what)
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || seen[key.Value] {
			r.bad(key, "%s has the key %q twice, or one that is no text", what, key.Value)
			continue
		}
		seen[key.Value] = true
		call(key, n.Content[i+1])
	}
}

// target is the node that an alias stands for.
func target(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func (r *reader) items(n *yaml.Node, what string) []*yaml.Node {
	if n = target(n); n.Kind != yaml.SequenceNode {
		r.bad(n, "%s must be a list", what)
		return nil
	}
	return n.Content
}

// text reads a text. Numbers and the like are none: "3" and 3 are not the same.
func (r *reader) text(n *yaml.Node, what string) string {
	if n = target(n); n.Kind != yaml.ScalarNode || n.Tag != "!!str" {
		r.bad(n, "%s must be a text; put it into quotes", what)
		return ""
	}
	return n.Value
}

func (r *reader) texts(n *yaml.Node, what string) []string {
	var all []string
	for _, item := range r.items(n, what) {
		all = append(all, r.text(item, "an item of "+what))
	}
	return all
}

// value reads any value, as JSON.
func (r *reader) value(n *yaml.Node, what string) json.RawMessage {
	var value any
	if err := n.Decode(&value); err != nil {
		r.bad(n, "%s: %v", what, err)
		return nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		r.bad(n, "%s is no value of a parameter: %v", what, err)
		return nil
	}
	return text
}

func (r *reader) values(n *yaml.Node, what string) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	r.each(n, what, func(key, value *yaml.Node) { all[key.Value] = r.value(value, what+"."+key.Value) })
	return all
}

// oneOf reads one of a few words.
func (r *reader) oneOf(n *yaml.Node, what string, words ...string) string {
	text := r.text(n, what)
	if text != "" && !slices.Contains(words, text) {
		r.bad(n, "%s is %q; it can be %s", what, text, strings.Join(words, ", "))
	}
	return text
}

func (r *reader) readCase(n *yaml.Node) Case {
	c := Case{Outcome: Succeeded, Timeout: DefaultTimeout, at: map[string]string{"": r.at(n)}}
	r.fields(n, "a case", map[string]func(*yaml.Node){
		"name":      func(n *yaml.Node) { c.Name = r.text(n, "name") },
		"arguments": func(n *yaml.Node) { c.Arguments = r.arguments(n) },
		"outcome":   func(n *yaml.Node) { c.Outcome = r.oneOf(n, "outcome", Succeeded, Failed) },
		"outputs":   func(n *yaml.Node) { c.Outputs = r.values(n, "outputs") },
		"tasks": func(n *yaml.Node) {
			c.Tasks = map[string]string{}
			r.each(n, "tasks", func(key, value *yaml.Node) {
				c.at["tasks."+key.Value] = r.at(key)
				c.Tasks[key.Value] = r.oneOf(value, "the state of a task", Succeeded, Failed, Skipped, Omitted, Cached)
			})
		},
		"artifacts": func(n *yaml.Node) { c.Artifacts = r.artifacts(n, c.at) },
		"standIns": func(n *yaml.Node) {
			c.StandIns = map[string]StandIn{}
			r.each(n, "standIns", func(key, value *yaml.Node) {
				c.at["standIns."+key.Value] = r.at(key)
				c.StandIns[key.Value] = r.standIn(value)
			})
		},
		"timeout": func(n *yaml.Node) {
			var err error
			if c.Timeout, err = time.ParseDuration(r.text(n, "timeout")); err != nil || c.Timeout <= 0 {
				r.bad(n, "timeout must be a duration such as 90s")
			}
		},
	})
	return c
}

// arguments reads inputs: texts are as they are, all else is JSON.
func (r *reader) arguments(n *yaml.Node) map[string]string {
	all := map[string]string{}
	r.each(n, "arguments", func(key, value *yaml.Node) {
		if v := target(value); v.Kind == yaml.ScalarNode && v.Tag == "!!str" {
			all[key.Value] = v.Value
			return
		}
		all[key.Value] = string(r.value(value, "arguments."+key.Value))
	})
	return all
}

func (r *reader) artifacts(n *yaml.Node, at map[string]string) map[string]Content {
	all := map[string]Content{}
	r.each(n, "artifacts", func(key, value *yaml.Node) {
		at["artifacts."+key.Value] = r.at(key)
		if strings.Count(key.Value, "/") == 0 || strings.Contains("/"+key.Value+"/", "//") || strings.Contains("/"+key.Value+"/", "/../") {
			r.bad(key, "%q names no artifact; expected TASK/NAME or TASK/NAME/FILE", key.Value)
		}
		var c Content
		set := 0
		text := func(into **string, what string) func(*yaml.Node) {
			return func(n *yaml.Node) { set++; t := r.text(n, what); *into = &t }
		}
		r.fields(value, "an artifact", map[string]func(*yaml.Node){
			"text": text(&c.Text, "text"), "contains": text(&c.Contains, "contains"),
			"json": func(n *yaml.Node) { set++; c.JSON = r.value(n, "json") },
		})
		if set != 1 {
			r.bad(value, "an artifact needs one of text, contains and json")
		}
		all[key.Value] = c
	})
	return all
}

func (r *reader) standIn(n *yaml.Node) StandIn {
	s := StandIn{Image: defaultImage}
	var commands, outputs bool
	r.fields(n, "a stand-in", map[string]func(*yaml.Node){
		"image":   func(n *yaml.Node) { s.Image = r.text(n, "image") },
		"command": func(n *yaml.Node) { commands = true; s.Command = r.texts(n, "command") },
		"args":    func(n *yaml.Node) { commands = true; s.Args = r.texts(n, "args") },
		"outputs": func(n *yaml.Node) { outputs = true; s.Outputs = r.values(n, "outputs") },
		"artifacts": func(n *yaml.Node) {
			outputs, s.Artifacts = true, map[string]string{}
			r.each(n, "artifacts", func(key, value *yaml.Node) { s.Artifacts[key.Value] = r.text(value, "an artifact") })
		},
	})
	switch {
	case commands && outputs:
		r.bad(n, "a stand-in has either a command or outputs")
	case commands && len(s.Command) == 0:
		r.bad(n, "a stand-in needs a command")
	}
	return s
}
