package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/settings"
	"github.com/kfp2argo/kfp2argo/translate/golden"
)

const longConfig = `Config prints what holds where the command line does not say it: each setting,
its value, where that comes from, and its variable. For a pipeline, FILE, it
prints the options of its project, too.

A setting is a flag without its dashes. The first of these that has it counts:

  the flag            --pipeline-root URI
  the variable        KFP2ARGO_PIPELINE_ROOT
  the project's file  ` + golden.SettingsFile + ` beside the pipeline, or above it in its
                      repository; without a pipeline, of the working directory
  the profile         in ~/.config/kfp2argo/config.yaml, or the file that
                      ` + settings.FileVariable + ` names
  the default

The file of profiles is the user's own, one profile for each cluster or team:

  profile: team-a            # the one that is taken where none is named
  profiles:
    team-a:
      context: production
      namespace: team-a
      service-account: pipelines
      pipeline-root: s3://bucket/team-a?region=eu-west-1
      store-secret: store
    team-b: {kubeconfig: team-b.kubeconfig, namespace: team-b}

--profile or ` + settings.ProfileVariable + ` choose another one. With --local neither
variables nor a profile count: they describe a cluster. See docs/settings.md.`

func newConfigCommand(s streams) *cobra.Command {
	format := ""
	command := &cobra.Command{
		Use:     "config [flags] [FILE]",
		Short:   "Print the settings in use, and where they come from",
		Long:    longConfig,
		Example: "  kfp2argo config --profile team-b\n  kfp2argo config pipelines/training.yaml",
		Args:    oneFile,
		RunE: func(c *cobra.Command, args []string) error {
			if err := requireFormat(format, "table", "json"); err != nil {
				return err
			}
			return printConfig(s, c.Flags(), pipelineOf(c, args), format)
		},
	}
	command.Flags().StringVarP(&format, "output", "o", "table", "print as `FORMAT`: table or json")
	return command
}

// config is what config prints, as JSON.
type config struct {
	// Project and Profiles are the files, empty where there are none.
	Project  string        `json:"project"`
	Profiles string        `json:"profiles"`
	Profile  string        `json:"profile"`
	Settings []configValue `json:"settings"`
}

type configValue struct {
	Name     string   `json:"name"`
	Values   []string `json:"values"`
	From     string   `json:"from"`
	Variable string   `json:"variable,omitempty"`
}

func printConfig(s streams, set *pflag.FlagSet, pipeline, format string) error {
	if _, err := os.Stat(cmp.Or(pipeline, ".")); err != nil {
		return err
	}
	found, err := readSettings(s, set, pipeline)
	if err != nil {
		return err
	}
	c := config{Project: existing(found.project.File()), Profiles: existing(settings.Path(s.getenv)), Profile: found.profile}
	for _, setting := range settings.All() {
		if !slices.ContainsFunc(found.values, func(v settings.Value) bool { return v.Name == setting.Name }) {
			found.values = append(found.values, settings.Value{Name: setting.Name, Values: []string{}, From: "default"})
		}
	}
	for _, v := range settings.Over(found.values) {
		variable := ""
		if setting, ok := settings.Find(v.Name); ok {
			variable = setting.Variable()
		}
		c.Settings = append(c.Settings, configValue{v.Name, v.Values, v.From, variable})
	}
	if format == "json" {
		return writeJSON(s.out, c)
	}
	return c.print(s)
}

func (c config) print(s streams) error {
	rows := [][]string{{"Project:", cmp.Or(c.Project, "none")}, {"Profiles:", cmp.Or(c.Profiles, "none")}, {"Profile:", cmp.Or(c.Profile, "none")}}
	if err := writeTable(s.out, rows); err != nil {
		return err
	}
	rows = [][]string{{"SETTING", "VALUE", "FROM", "VARIABLE"}}
	for _, v := range c.Settings {
		rows = append(rows, []string{v.Name, cmp.Or(strings.Join(v.Values, ", "), "-"), v.From, cmp.Or(v.Variable, "-")})
	}
	fmt.Fprintln(s.out)
	return writeTable(s.out, rows)
}

// existing is the path of a file that is there, or empty.
func existing(path string) string {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return path
}
