// Package settings finds the values of flags that are not on the command line: in
// variables of the environment, in the file of the project, and in the profiles of
// the user.
package settings

import (
	"slices"
	"strings"
)

// Setting is what can be set once for all commands: the flag of the same name.
type Setting struct {
	Name string
	// Many says that the flag can be repeated.
	Many bool
	// Private says that no project may choose it: it decides which cluster or server
	// is talked to, and with whose rights.
	Private bool
}

// All lists the settings, in the order in which they are shown. Profiles have these
// and no others, and each has a variable. They describe a cluster and its store:
// pods of --local have others.
func All() []Setting {
	return []Setting{
		{Name: "kubeconfig", Private: true},
		{Name: "context", Private: true},
		{Name: "namespace"},
		{Name: "service-account"},
		{Name: "image"},
		{Name: "pod-security"},
		{Name: "user"},
		{Name: "ca-bundle"},
		{Name: "pipeline-root"},
		{Name: "store-secret"},
		{Name: "store-config", Many: true},
		{Name: "store-volume"},
		{Name: "server", Private: true},
	}
}

// Find returns the setting of a name, if there is one.
func Find(name string) (Setting, bool) {
	all := All()
	i := slices.IndexFunc(all, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return Setting{}, false
	}
	return all[i], true
}

// Variable is the variable of the environment that has the setting:
// KFP2ARGO_PIPELINE_ROOT for pipeline-root. Several values are separated by commas.
func (s Setting) Variable() string {
	return "KFP2ARGO_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// Value is what a flag shall be where the command line does not say it.
type Value struct {
	Name   string
	Values []string
	// From says where the value comes from, for people.
	From string
}

// FromVariables returns the settings that the environment has. An empty variable
// says nothing.
func FromVariables(getenv func(string) string) []Value {
	var found []Value
	for _, s := range All() {
		text := getenv(s.Variable())
		if text == "" {
			continue
		}
		values := []string{text}
		if s.Many {
			values = strings.Split(text, ",")
		}
		found = append(found, Value{s.Name, values, "variable " + s.Variable()})
	}
	return found
}

// Over lays sources of values over each other: the first that has a value counts, or
// that has another in its place. The result is in the order of [All]; what is not
// there follows.
func Over(sources ...[]Value) []Value {
	var all []Value
	for _, source := range sources {
		above := names(all)
		for _, v := range source {
			if !Replaced(v.Name, above) {
				all = append(all, v)
			}
		}
	}
	rank := func(v Value) int {
		if i := slices.IndexFunc(All(), func(s Setting) bool { return s.Name == v.Name }); i >= 0 {
			return i
		}
		return len(All())
	}
	slices.SortStableFunc(all, func(a, b Value) int { return rank(a) - rank(b) })
	return all
}

// Replaced reports whether one of the given flags takes the place of another: the
// same flag, or one that it has no meaning with.
func Replaced(name string, given []string) bool {
	return slices.Contains(given, name) || slices.ContainsFunc(replacing(name), func(other string) bool { return slices.Contains(given, other) })
}

// replacing lists the flags that take the place of another. A context is one of its
// kubeconfig, a volume is a pipeline root, a schedule is that of a kind.
func replacing(name string) []string {
	switch name {
	case "context":
		return []string{"kubeconfig"}
	case "pipeline-root":
		return []string{"store-volume"}
	case "store-volume":
		return []string{"pipeline-root"}
	case "name":
		return []string{"generate-name"}
	case "generate-name":
		return []string{"name"}
	case "param":
		return []string{"params-file"}
	case "from-template", "schedule", "timezone", "concurrency-policy", "starting-deadline", "suspend":
		return []string{"kind"}
	}
	return nil
}

func names(values []Value) []string {
	var all []string
	for _, v := range values {
		all = append(all, v.Name)
	}
	return all
}
