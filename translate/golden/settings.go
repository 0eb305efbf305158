package golden

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// SettingsFile is the name of the file with a folder's settings.
const SettingsFile = ".kfp2argo.yaml"

// Settings say how the pipelines of a folder are translated:
//
//	options:                # of all pipelines
//	  namespace: team-a
//	  patch: [team.yaml]
//	pipelines:              # of single ones; each replaces that of all
//	  training.yaml:
//	    kind: WorkflowTemplate
//	    param: {rows: 100}
//
// What options there are is the caller's business. Names of pipelines, and paths
// in options, are relative to the folder of the file.
type Settings struct {
	file      string
	all       []Option
	pipelines []pipelineSettings
}

type pipelineSettings struct {
	name    string
	at      string
	options []Option
}

// Option is an option of a translation. Values has the items of a list, and
// the entries of a mapping as NAME=VALUE. At is its place, for messages.
type Option struct {
	Name   string
	Values []string
	At     string
}

// FindSettings reads the settings of a folder: its own file, or else that of the
// nearest folder above it, up to the repository that it is in, the folder with
// .git. Outside of a repository only its own file counts, as those above it may be
// anybody's. Where there is no file they say nothing.
func FindSettings(dir string) (Settings, error) {
	folders, err := upToRepository(dir)
	if err != nil {
		return Settings{}, err
	}
	for _, folder := range folders {
		file := filepath.Join(folder, SettingsFile)
		if _, err := os.Stat(file); err == nil {
			return ReadSettings(file)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return Settings{}, err
		}
	}
	return ReadSettings(filepath.Join(dir, SettingsFile))
}

// upToRepository lists a folder and those around it, up to that of the repository,
// or the folder alone where there is none.
func upToRepository(dir string) ([]string, error) {
	var folders []string
	for at := filepath.Clean(dir); ; at = filepath.Join(at, "..") {
		folders = append(folders, at)
		if _, err := os.Stat(filepath.Join(at, ".git")); err == nil {
			return folders, nil
		}
		full, err := filepath.Abs(at)
		if err != nil {
			return nil, err
		}
		if full == filepath.Dir(full) {
			return folders[:1], nil
		}
	}
}

// File is the path of the file, which need not be there.
func (s *Settings) File() string { return s.file }

// Name is what settings call the pipeline in a file: its path relative to the
// folder of the settings, with slashes.
func (s *Settings) Name(file string) (string, error) {
	folder, err := filepath.Abs(filepath.Dir(s.file))
	if err != nil {
		return "", err
	}
	if file, err = filepath.Abs(file); err != nil {
		return "", err
	}
	name, err := filepath.Rel(folder, file)
	return filepath.ToSlash(name), err
}

// ReadSettings reads a file of settings strictly. One that is not there says
// nothing. Errors name the place.
func ReadSettings(file string) (Settings, error) {
	s := Settings{file: file}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return s, fmt.Errorf("%s: %w", file, err)
	}
	if len(document.Content) == 0 {
		return s, nil // nothing but comments
	}
	return s, s.read(document.Content[0])
}

func (s *Settings) read(root *yaml.Node) error {
	return s.each(root, "the settings", func(key, value *yaml.Node) (err error) {
		switch key.Value {
		case "options":
			s.all, err = s.options(value)
			return err
		case "pipelines":
			return s.each(value, "pipelines", func(name, value *yaml.Node) error {
				options, err := s.options(value)
				s.pipelines = append(s.pipelines, pipelineSettings{name.Value, s.at(name), options})
				return err
			})
		}
		return fmt.Errorf("%s: there is no setting %q; there are options and pipelines", s.at(key), key.Value)
	})
}

// each calls a function for the entries of a mapping. Null is an empty one.
func (s *Settings) each(node *yaml.Node, what string, call func(key, value *yaml.Node) error) error {
	switch {
	case node.Kind == yaml.ScalarNode && node.Tag == "!!null":
		return nil
	case node.Kind != yaml.MappingNode:
		return fmt.Errorf("%s: %s must be a mapping", s.at(node), what)
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if key.Kind != yaml.ScalarNode || seen[key.Value] {
			return fmt.Errorf("%s: %s has the key %q twice, or one that is no text", s.at(key), what, key.Value)
		}
		seen[key.Value] = true
		if err := call(key, node.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Settings) options(node *yaml.Node) ([]Option, error) {
	var all []Option
	err := s.each(node, "options", func(key, value *yaml.Node) error {
		values, err := s.values(key.Value, value)
		all = append(all, Option{Name: key.Value, Values: values, At: s.at(key)})
		return err
	})
	return all, err
}

func (s *Settings) values(name string, node *yaml.Node) ([]string, error) {
	switch node.Kind {
	case yaml.ScalarNode:
		if node.Tag == "!!null" {
			break
		}
		return []string{node.Value}, nil
	case yaml.SequenceNode:
		var all []string
		for _, item := range node.Content {
			if item.Kind != yaml.ScalarNode || item.Tag == "!!null" {
				return nil, fmt.Errorf("%s: the items of %s must be texts", s.at(item), name)
			}
			all = append(all, item.Value)
		}
		return all, nil
	case yaml.MappingNode:
		var all []string
		err := s.each(node, name, func(key, value *yaml.Node) error {
			text, err := s.text(value)
			all = append(all, key.Value+"="+text)
			return err
		})
		return all, err
	}
	return nil, fmt.Errorf("%s: %s has no value", s.at(node), name)
}

// text is a value as an argument: a text as it is, anything else as JSON.
func (s *Settings) text(node *yaml.Node) (string, error) {
	var value any
	if err := node.Decode(&value); err != nil {
		return "", fmt.Errorf("%s: %w", s.at(node), err)
	}
	if text, ok := value.(string); ok {
		return text, nil
	}
	text, err := json.Marshal(value)
	if err != nil {
		return "", fmt.Errorf("%s: %w", s.at(node), err)
	}
	return string(text), nil
}

func (s *Settings) at(node *yaml.Node) string {
	return fmt.Sprintf("%s:%d:%d", s.file, node.Line, node.Column)
}

// Options lists the options of a pipeline: its own, and those of all that it
// does not have itself.
func (s *Settings) Options(pipeline string) []Option {
	var own []Option
	for _, p := range s.pipelines {
		if p.name == pipeline {
			own = p.options
		}
	}
	var all []Option
	for _, o := range s.all {
		if !slices.ContainsFunc(own, func(p Option) bool { return p.Name == o.Name }) {
			all = append(all, o)
		}
	}
	return append(all, own...)
}

// requirePipelines checks that there are the pipelines that have settings, of
// those in a folder.
func (s *Settings) requirePipelines(dir string, names []string) error {
	folder, err := s.Name(dir)
	if err != nil {
		return err
	}
	for _, p := range s.pipelines {
		inside := p.name
		if folder != "." {
			var ok bool
			if inside, ok = strings.CutPrefix(p.name, folder+"/"); !ok {
				continue
			}
		}
		if !slices.Contains(names, inside) {
			return fmt.Errorf("%s: there is no pipeline %q", p.at, p.name)
		}
	}
	return nil
}
