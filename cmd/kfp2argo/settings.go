package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/profile"
)

const longConfig = `Config prints the settings that commands take where no flag says otherwise, each
with its source. They come from a profile in ~/.config/kfp2argo/config.yaml, or
the file that ` + profile.FileVariable + ` names:

  profile: team-a            # the one that is taken where none is named
  profiles:
    team-a:
      context: production
      namespace: team-a
      service-account: pipelines
      pipeline-root: s3://bucket/team-a?region=eu-west-1
      store-secret: store
    team-b:
      kubeconfig: team-b.kubeconfig
      namespace: team-b

A setting is a flag without its dashes: kubeconfig, context, namespace,
service-account, image, pipeline-root, store-secret, store-config, store-volume
or server, the address of a kfp2argo serve.
A flag goes before a variable of the environment, and that before the profile.
--profile or ` + profile.NameVariable + ` choose another profile. With --local no
profile is taken: it describes a cluster.`

// profileFlag chooses a profile, for every command.
const profileFlag = "profile"

// rootFlag is the flag that [rootVariable] has the value of.
const rootFlag = "pipeline-root"

func newConfigCommand(s streams) *cobra.Command {
	return &cobra.Command{
		Use:     "config",
		Short:   "Print the settings of the profile in use, and where they come from",
		Long:    longConfig,
		Example: "  kfp2argo config --profile team-b",
		Args:    exactly(0, "no arguments"),
		RunE:    func(c *cobra.Command, _ []string) error { return printConfig(s, c.Flags()) },
	}
}

func printConfig(s streams, set *pflag.FlagSet) error {
	p, name, err := chosenProfile(s, set)
	if err != nil {
		return err
	}
	rows := [][]string{{"File:", profile.Path(s.getenv)}, {"Profile:", cmp.Or(name, "none")}}
	for _, setting := range withVariables(s, p) {
		source := ""
		if setting.Flag == rootFlag && s.getenv(rootVariable) != "" {
			source = ", from " + rootVariable
		}
		rows = append(rows, []string{setting.Flag + ":", strings.Join(setting.Values, ", ") + source})
	}
	return writeTable(s.out, rows)
}

// chosenProfile reads the profile that the flags, the environment or the file
// itself name.
func chosenProfile(s streams, set *pflag.FlagSet) (profile.Profile, string, error) {
	name, err := set.GetString(profileFlag)
	if err != nil {
		panic(err) // every command has the flag
	}
	name = cmp.Or(name, s.getenv(profile.NameVariable))
	path := profile.Path(s.getenv)
	if path == "" && name == "" {
		return profile.Profile{}, "", nil
	}
	return profile.Read(path, name)
}

// applyProfile gives the flags of a command that the command line does not set the
// values of the profile in use.
func applyProfile(s streams, command *cobra.Command) error {
	set := command.Flags()
	if !takesProfile(command) {
		return nil
	}
	if local := set.Lookup("local"); local != nil && local.Value.String() == "true" {
		if set.Changed(profileFlag) {
			return usageError{errors.New("give either --local or --profile, which describes a cluster")}
		}
		return nil
	}
	p, name, err := chosenProfile(s, set)
	if err != nil {
		return err
	}
	given := map[string]bool{}
	set.Visit(func(flag *pflag.Flag) { given[flag.Name] = true })
	for _, setting := range withVariables(s, p) {
		if set.Lookup(setting.Flag) == nil || replaced(setting.Flag, given) {
			continue
		}
		for _, value := range setting.Values {
			if err := set.Set(setting.Flag, value); err != nil {
				return fmt.Errorf("profile %s: %s: %w", name, setting.Flag, err)
			}
		}
	}
	return nil
}

// replaced reports whether the command line gives what a setting is, or something
// that goes with another one: a context is one of its kubeconfig, and a volume is a
// pipeline root, too.
func replaced(setting string, given map[string]bool) bool {
	with := map[string]string{"context": "kubeconfig", rootFlag: "store-volume", "store-volume": rootFlag}
	return given[setting] || given[with[setting]]
}

// withVariables lists the settings of a profile, or of the environment where that
// has them.
func withVariables(s streams, p profile.Profile) []profile.Setting {
	if root := s.getenv(rootVariable); root != "" {
		p.PipelineRoot, p.StoreVolume = root, ""
	}
	return p.Settings()
}

// takesProfile reports whether a command has to do with a cluster. The goldens of
// test have settings of their own, which all who work on them share.
func takesProfile(command *cobra.Command) bool {
	if command.HasParent() && command.Parent().Name() == "completion" {
		return false
	}
	return !slices.Contains([]string{"config", "test", "version", "man", "help", "completion", cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd}, command.Name())
}
