// Package profile reads the file in which a person keeps the settings of the
// clusters that they use, so that they need not be typed with each command.
package profile

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
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// The variables that say which settings are meant.
const (
	FileVariable = "KFP2ARGO_CONFIG"  // the file, instead of the usual one
	NameVariable = "KFP2ARGO_PROFILE" // the profile in it
)

// File is the file of settings:
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

// Profile has values for flags of the same names. An empty value says nothing.
// A kubeconfig is relative to the file of settings.
type Profile struct {
	Kubeconfig     string   `yaml:"kubeconfig"`
	Context        string   `yaml:"context"`
	Namespace      string   `yaml:"namespace"`
	ServiceAccount string   `yaml:"service-account"`
	Image          string   `yaml:"image"`
	PipelineRoot   string   `yaml:"pipeline-root"`
	StoreSecret    string   `yaml:"store-secret"`
	StoreConfig    []string `yaml:"store-config"`
	StoreVolume    string   `yaml:"store-volume"`
	// Server is the address of a kfp2argo serve.
	Server string `yaml:"server"`
}

// Setting is the value of a flag. A flag that can be repeated has several.
type Setting struct {
	Flag   string
	Values []string
}

// Settings lists what a profile says, in the order of its fields.
func (p Profile) Settings() []Setting {
	all := []Setting{
		{"kubeconfig", []string{p.Kubeconfig}},
		{"context", []string{p.Context}},
		{"namespace", []string{p.Namespace}},
		{"service-account", []string{p.ServiceAccount}},
		{"image", []string{p.Image}},
		{"pipeline-root", []string{p.PipelineRoot}},
		{"store-secret", []string{p.StoreSecret}},
		{"store-config", p.StoreConfig},
		{"store-volume", []string{p.StoreVolume}},
		{"server", []string{p.Server}},
	}
	return slices.DeleteFunc(all, func(s Setting) bool { return strings.Join(s.Values, "") == "" })
}

// Path returns the path of the file of settings: what [FileVariable] says, or
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
func Read(path, name string) (Profile, string, error) {
	file, err := ReadFile(path)
	var missing *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist) && name == "":
		return Profile{}, "", nil
	case errors.As(err, &missing):
		return Profile{}, "", fmt.Errorf("reading the profile %q: %w", name, err)
	case err != nil:
		return Profile{}, "", err
	}
	name = cmp.Or(name, file.Profile)
	p, ok := file.Profiles[name]
	if name != "" && !ok {
		return Profile{}, "", fmt.Errorf("%s has no profile %q; it has %s", path, name, names(file))
	}
	if p.Kubeconfig != "" && !filepath.IsAbs(p.Kubeconfig) {
		p.Kubeconfig = filepath.Join(filepath.Dir(path), p.Kubeconfig)
	}
	return p, name, nil
}

// ReadFile reads the file of settings at a path.
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

// Parse reads a file of settings. A field that it does not know is an error with
// its line.
func Parse(text []byte) (File, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var file File
	err := decoder.Decode(&file)
	var wrong *yaml.TypeError
	switch {
	case errors.As(err, &wrong):
		// The names of Go's types say nothing to who writes the file.
		text := strings.NewReplacer(" in type profile.File", "", " in type profile.Profile", "").Replace(strings.Join(wrong.Errors, "; "))
		return File{}, errors.New(text)
	case err != nil && !errors.Is(err, io.EOF):
		return File{}, err
	}
	return file, nil
}

func names(file File) string {
	if len(file.Profiles) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(file.Profiles)), ", ")
}
