package main

import (
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kfp2argo/kfp2argo/translate"
)

const longVersion = `Version prints the version of this program, the commit and the Go that it was
built of, the Argo whose Workflows it writes, and the image that its pods use.`

// versionOf is what a build is made of.
type versionOf struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Modified bool   `json:"modified,omitempty"` // the commit does not have all of it
	Argo     string `json:"argo"`
	Go       string `json:"go"`
	Image    string `json:"image"`
}

func newVersionCommand(s streams) *cobra.Command {
	var output string
	command := &cobra.Command{
		Use:     "version [flags]",
		Short:   "Print the version of this program and of what it is made of",
		Long:    longVersion,
		Example: "  kfp2argo version -o json",
		Args:    exactly(0, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			if err := requireFormat(output, "text", "json"); err != nil {
				return err
			}
			info, ok := debug.ReadBuildInfo()
			if !ok {
				info = &debug.BuildInfo{}
			}
			v := versionIn(info)
			if output == "json" {
				return writeJSON(s.out, v)
			}
			return writeTable(s.out, v.rows())
		},
	}
	command.Flags().StringVarP(&output, "output", "o", "text", "print as `FORMAT`: text or json")
	return command
}

// versionIn reads what a program was built of.
func versionIn(info *debug.BuildInfo) versionOf {
	v := versionOf{Version: translate.Version(), Go: runtime.Version(), Image: translate.DefaultImage()}
	for _, m := range info.Deps {
		if strings.HasPrefix(m.Path, "github.com/argoproj/argo-workflows/") {
			v.Argo = m.Version
		}
	}
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			v.Commit = setting.Value
		case "vcs.modified":
			v.Modified = setting.Value == "true"
		}
	}
	return v
}

func (v versionOf) rows() [][]string {
	commit := v.Commit
	switch {
	case commit == "":
		commit = "unknown"
	case v.Modified:
		commit += ", modified"
	}
	return [][]string{
		{"kfp2argo:", v.Version}, {"Commit:", commit}, {"Argo:", v.Argo}, {"Go:", v.Go}, {"Image:", v.Image},
	}
}
