package settings

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// The variables that say which profile is meant.
const (
	FileVariable    = "KFP2ARGO_CONFIG"  // the file, instead of the usual one
	ProfileVariable = "KFP2ARGO_PROFILE" // the profile in it
)

// File is the user's file of profiles:
//
//	profile: team-a            # the one that is taken where none is named
//	profiles:
//	  team-a:
//	    context: production
//	    namespace: team-a
//	    pipeline-root: s3://bucket/team-a?region=eu-west-1
//	    store-secret: store
type File struct {
	Profile  string             `yaml:"profile"`
	Profiles map[string]Profile `yaml:"profiles"`
}

// Profile has the values of settings, by their names. An empty one says nothing.
type Profile map[string][]string

// UnmarshalYAML reads a profile strictly: it has settings and nothing else.
func (p *Profile) UnmarshalYAML(node *yaml.Node) error {
	var read map[string]texts
	if err := node.Decode(&read); err != nil {
		return err
	}
	*p = Profile{}
	for _, name := range slices.Sorted(maps.Keys(read)) {
		setting, ok := Find(name)
		switch {
		case !ok:
			return fmt.Errorf("line %d: there is no setting %q; there are %s", lineOf(node, name), name, strings.Join(settingNames(), ", "))
		case len(read[name]) > 1 && !setting.Many:
			return fmt.Errorf("line %d: %s has one value, not %d", lineOf(node, name), name, len(read[name]))
		}
		(*p)[name] = read[name]
	}
	return nil
}

// lineOf is the line of a key of a mapping, or that of the mapping where it has the
// key from another.
func lineOf(mapping *yaml.Node, key string) int {
	for i := 0; i < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return mapping.Content[i].Line
		}
	}
	return mapping.Line
}

// texts are the values of a setting: a text, or a list of texts.
type texts []string

func (t *texts) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.SequenceNode {
		return node.Decode((*[]string)(t))
	}
	var text string
	err := node.Decode(&text)
	if text != "" {
		*t = texts{text}
	}
	return err
}

func settingNames() []string {
	var all []string
	for _, s := range All() {
		all = append(all, s.Name)
	}
	return all
}

// Values lists what a profile of a name says, in the order of [All].
func (p Profile) Values(name string) []Value {
	var all []Value
	for _, s := range All() {
		if values := p[s.Name]; len(values) > 0 {
			all = append(all, Value{s.Name, values, "profile " + name})
		}
	}
	return all
}

// Path returns the path of the user's file: what [FileVariable] says, or
// kfp2argo/config.yaml in $XDG_CONFIG_HOME, which is ~/.config where it is not
// set. It is empty for a user without a home.
func Path(getenv func(string) string) string {
	if file := getenv(FileVariable); file != "" {
		return file
	}
	dir := getenv("XDG_CONFIG_HOME")
	if home := getenv("HOME"); !filepath.IsAbs(dir) {
		if home == "" {
			return ""
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "kfp2argo", "config.yaml")
}

// Read returns a profile of a file and its name: the named one, or the file's own
// choice, or none. That a file is missing is an error only if a profile is named.
// A kubeconfig becomes relative to the file.
func Read(path, name string) (Profile, string, error) {
	file, err := ReadFile(path)
	var missing *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist) && name == "":
		return nil, "", nil
	case errors.As(err, &missing):
		return nil, "", fmt.Errorf("reading the profile %q: %w", name, err)
	case err != nil:
		return nil, "", err
	}
	name = cmp.Or(name, file.Profile)
	p, ok := file.Profiles[name]
	if name != "" && !ok {
		return nil, "", fmt.Errorf("%s has no profile %q; it has %s", path, name, profilesOf(file))
	}
	if config := p["kubeconfig"]; len(config) == 1 && !filepath.IsAbs(config[0]) {
		p["kubeconfig"] = []string{filepath.Join(filepath.Dir(path), config[0])}
	}
	return p, name, nil
}

// ReadFile reads the user's file at a path.
func ReadFile(path string) (File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return File{}, err
	}
	file, err := Parse(text)
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", path, err)
	}
	return file, nil
}

// Parse reads a file of profiles. What it does not know is an error with its line.
func Parse(text []byte) (File, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var file File
	err := decoder.Decode(&file)
	var wrong *yaml.TypeError
	switch {
	case errors.As(err, &wrong):
		// The names of Go's types say nothing to who writes the file.
		types := regexp.MustCompile(` (in type|into) \S*settings\.\S+`)
		return File{}, errors.New(types.ReplaceAllString(strings.Join(wrong.Errors, "; "), ""))
	case err != nil && !errors.Is(err, io.EOF):
		return File{}, err
	}
	return file, nil
}

func profilesOf(file File) string {
	if len(file.Profiles) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(file.Profiles)), ", ")
}
