package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/settings"
	"github.com/kfp2argo/kfp2argo/translate/golden"
)

// profileFlag chooses a profile, for every command.
const profileFlag = "profile"

// rootFlag is the flag of the pipeline root.
const rootFlag = "pipeline-root"

// inUse is what holds where the command line says nothing.
type inUse struct {
	// project is the file of the project, which may say nothing, profile the name of
	// the profile, or empty.
	project golden.Settings
	profile string
	values  []settings.Value
}

// first is the value of a setting, the first of several, or empty.
func (u inUse) first(name string) string {
	for _, v := range u.values {
		if v.Name == name {
			return first(v.Values)
		}
	}
	return ""
}

// readSettings reads the settings that hold for a command: variables go before the
// project's file, and that before the profile. Pipeline is the file of the pipeline,
// or empty.
func readSettings(s streams, set *pflag.FlagSet, pipeline string) (inUse, error) {
	project, values, err := readProject(pipeline)
	if err != nil {
		return inUse{}, err
	}
	p, name, err := chosenProfile(s, set)
	if err != nil {
		return inUse{}, err
	}
	return inUse{project, name, settings.Over(settings.FromVariables(s.getenv), values, p.Values(name))}, nil
}

// readProject reads the file of the project that a pipeline is in, or for an empty
// name the working directory.
func readProject(pipeline string) (golden.Settings, []settings.Value, error) {
	project, err := golden.FindSettings(filepath.Dir(pipeline))
	if err != nil {
		return project, nil, err
	}
	name, err := project.Name(pipeline)
	if err != nil {
		return project, nil, err
	}
	var values []settings.Value
	for _, o := range project.Options(name) {
		given, err := optionValues(project.File(), o)
		if err != nil {
			return project, nil, err
		}
		values = append(values, settings.Value{Name: o.Name, Values: given, From: o.At})
	}
	return project, values, nil
}

// optionValues are the values of an option in a project's file, for the flag of its
// name. Paths are relative to the file. It is one of the flags of a translation:
// which cluster is meant is not for a project to say.
func optionValues(file string, o golden.Option) ([]string, error) {
	var f flags
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.addChoices(set)
	if set.Lookup(o.Name) == nil || o.Name == "color" {
		hint := "options are the flags that change what a pipeline becomes"
		if known, ok := settings.Find(o.Name); ok && known.Private {
			hint = "it is for the user: a profile, or " + known.Variable()
		}
		return nil, fmt.Errorf("%s: there is no option %q; %s", o.At, o.Name, hint)
	}
	values := slices.Clone(o.Values)
	for i, value := range values {
		if o.Name == "patch" || o.Name == "params-file" || o.Name == "store-config" {
			values[i] = relative(filepath.Dir(file), value)
		}
		if err := set.Set(o.Name, values[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", o.At, err)
		}
	}
	return values, nil
}

// chosenProfile reads the profile that the flags, the environment or the file
// itself name.
func chosenProfile(s streams, set *pflag.FlagSet) (settings.Profile, string, error) {
	name, err := set.GetString(profileFlag)
	if err != nil {
		panic(err) // every command has the flag
	}
	name = cmp.Or(name, s.getenv(settings.ProfileVariable))
	path := settings.Path(s.getenv)
	if path == "" && name == "" {
		return nil, "", nil
	}
	return settings.Read(path, name)
}

// applySettings gives the flags of a command that the command line does not set the
// values that hold.
func applySettings(s streams, command *cobra.Command, args []string) error {
	if !takesSettings(command) {
		return nil
	}
	set := command.Flags()
	values, err := valuesFor(s, command, args)
	if err != nil {
		return err
	}
	var given []string
	set.Visit(func(flag *pflag.Flag) { given = append(given, flag.Name) })
	for _, v := range values {
		flag := set.Lookup(v.Name)
		switch {
		case flag == nil:
		case flag.Changed && isMapping(v.Name):
			err = addEntries(flag, v.Values)
		case !settings.Replaced(v.Name, given):
			err = setAll(set, v)
		}
		if err != nil {
			return fmt.Errorf("%s: %s: %w", v.From, v.Name, err)
		}
	}
	return nil
}

// valuesFor are the values that hold for a command. With --local those of a cluster
// do not, and neither does a kind for a run.
func valuesFor(s streams, command *cobra.Command, args []string) ([]settings.Value, error) {
	set, pipeline := command.Flags(), pipelineOf(command, args)
	isLocal := valueOf(command, "local") == "true"
	if isLocal && set.Changed(profileFlag) {
		return nil, usageError{errors.New("give either --local or --profile, which describes a cluster")}
	}
	var values []settings.Value
	if isLocal {
		_, all, err := readProject(pipeline)
		if err != nil {
			return nil, err
		}
		values = all
	} else {
		found, err := readSettings(s, set, pipeline)
		if err != nil {
			return nil, err
		}
		values = found.values
	}
	return slices.DeleteFunc(values, func(v settings.Value) bool {
		_, ofCluster := settings.Find(v.Name)
		return isLocal && ofCluster || command.Name() == "run" && slices.Contains(ofKinds(), v.Name)
	}), nil
}

// ofKinds are the options that say as what a pipeline is installed, which a run of it
// is not.
func ofKinds() []string {
	return []string{"kind", "name", "from-template", "schedule", "timezone", "concurrency-policy", "starting-deadline", "suspend"}
}

// isMapping reports whether a flag is repeated as NAME=VALUE.
func isMapping(name string) bool { return name == "param" || name == "env" }

// addEntries adds those entries to a flag whose names the command line does not give.
func addEntries(flag *pflag.Flag, entries []string) error {
	many, ok := flag.Value.(pflag.SliceValue)
	if !ok {
		panic("kfp2argo: --" + flag.Name + " cannot be repeated")
	}
	nameOf := func(entry string) string {
		name, _, _ := strings.Cut(entry, "=")
		return name
	}
	given := many.GetSlice()
	return many.Replace(append(slices.DeleteFunc(slices.Clone(entries), func(entry string) bool {
		return slices.ContainsFunc(given, func(g string) bool { return nameOf(g) == nameOf(entry) })
	}), given...))
}

func setAll(set *pflag.FlagSet, v settings.Value) error {
	for _, value := range v.Values {
		if err := set.Set(v.Name, value); err != nil {
			return err
		}
	}
	return nil
}

// pipelineOf is the file of the pipeline that a command is about, or empty.
func pipelineOf(command *cobra.Command, args []string) string {
	if len(args) > 0 && args[0] != stdin && slices.Contains([]string{"kfp2argo", "translate", "run", "graph", "explain", "config"}, command.Name()) {
		return args[0]
	}
	return ""
}

// takesSettings reports whether a command has to do with pipelines or a cluster.
// The goldens of test are made with the settings of their project alone, which all
// who work on them share.
func takesSettings(command *cobra.Command) bool {
	if command.HasParent() && command.Parent().Name() == "completion" {
		return false
	}
	return !slices.Contains([]string{"config", "test", "version", "man", "help", "completion", cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd}, command.Name())
}

// nameVariables adds the variable of each setting to what its flag says of itself, in
// a command and those in it. A flag of local runs has none.
func nameVariables(command *cobra.Command) {
	if takesSettings(command) {
		for _, setting := range settings.All() {
			for _, set := range []*pflag.FlagSet{command.Flags(), command.PersistentFlags()} {
				if flag := set.Lookup(setting.Name); flag != nil && !strings.HasPrefix(flag.Usage, "with --local") {
					flag.Usage += " [$" + setting.Variable() + "]"
				}
			}
		}
	}
	for _, sub := range command.Commands() {
		nameVariables(sub)
	}
}
