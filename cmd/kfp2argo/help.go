package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// group is flags, or commands, that help shows under a title.
type group struct {
	title string
	names []string
}

// commandGroups says under which title help shows each command.
func commandGroups() []group {
	return []group{
		{"Pipelines", []string{"translate", "explain", "diff", "graph", "test"}},
		{"Runs", []string{"run", "watch", "runs", "get", "outputs", "logs", "open", "retry", "stop", "terminate", "delete"}},
		{"Cluster and store", []string{"doctor", "cache", "serve"}},
		{"This program", []string{"config", "completion", "version", "help"}},
	}
}

// flagGroups says under which title help shows each flag. A flag has the same one
// in every command.
func flagGroups() []group {
	return []group{
		{"Arguments", []string{"param", "params-file"}},
		{"What is meant", []string{"run", "workflow", "pipeline", "limit", "items", "older-than", "all"}},
		{"Workflow", []string{"name", "generate-name", "patch", "max-size"}},
		{"Kind and schedule", []string{
			"kind", "from-template", "schedule", "timezone", "concurrency-policy", "starting-deadline", "suspend",
		}},
		{"Pods", []string{
			"service-account", "service-account-token", "image", "launcher-path", "pod-security", "user", "env", "ca-bundle",
			"driver-requests", "driver-limits",
		}},
		{"Store", []string{"pipeline-root", "store-secret", "store-config", "store-volume", "inline-limit", "log-limit"}},
		{"Cache", []string{"no-cache", "cache-max-age", "cache-check"}},
		{"Cluster", []string{"profile", "kubeconfig", "context", "namespace"}},
		{"This machine", []string{"local", "local-dir", "runtime", "local-gpus", "local-secret", "local-config"}},
		{"Server", []string{
			"server", "listen", "auth", "user-header", "allowed-host", "allowed-origin", "base-path", "pipeline-store",
		}},
		{"What is done", []string{
			"detach", "fail-fast-pending", "record", "open", "no-browser", "update", "artifacts", "dry-run", "exit-code",
			"claims", "timeout", "pick-up", "keep",
		}},
		{"Logs", []string{"logs", "follow", "tail", "since", "driver"}},
		{"Output", []string{"output", "output-file", "plain", "junit", "color", "no-descriptions"}},
		{"Help", []string{"help", "version"}},
	}
}

// helpWidth is how many columns of a terminal help takes.
const helpWidth = 80

// usage writes how a command is used: with examples, the commands in it, and its
// flags in groups.
func usage(c *cobra.Command) error {
	var b strings.Builder
	b.WriteString("Usage:\n")
	if c.Runnable() {
		fmt.Fprintf(&b, "  %s\n", c.UseLine())
	}
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s [command]\n", c.CommandPath())
	}
	if c.HasExample() {
		fmt.Fprintf(&b, "\nExamples:\n%s\n", c.Example)
	}
	writeCommands(&b, c)
	writeFlags(&b, c)
	if c.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nUse \"%s [command] --help\" for more information about a command.\n", c.CommandPath())
	}
	_, err := io.WriteString(c.OutOrStderr(), b.String())
	return err
}

// begin shows how most people begin.
const begin = `Begin with:
  kfp2argo run --local pipeline.yaml   Run a pipeline on this machine
  kfp2argo run pipeline.yaml           Run it on the cluster that kubectl uses
  kfp2argo doctor                      Check what that cluster lacks
  kfp2argo pipeline.yaml               Print the Workflow that it becomes
`

// overview writes help that fits on a screen: what there is, without flags.
func overview(w io.Writer, root *cobra.Command) error {
	var b strings.Builder
	summary, _, _ := strings.Cut(root.Long, "\n\n")
	b.WriteString(summary + "\n\n" + begin)
	writeCommands(&b, root)
	b.WriteString("\n'kfp2argo COMMAND --help' says more of a command; 'kfp2argo --help' has the flags\nof a translation.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// writeCommands lists the commands in a command.
func writeCommands(b *strings.Builder, c *cobra.Command) {
	available := map[string]*cobra.Command{}
	all := group{title: "Commands"}
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			available[sub.Name()] = sub
			all.names = append(all.names, sub.Name())
		}
	}
	groups := []group{all}
	if !c.HasParent() {
		groups = commandGroups()
	}
	for _, g := range groups {
		shown := slices.DeleteFunc(g.names, func(name string) bool { return available[name] == nil })
		if len(shown) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n%s:\n", g.title)
		for _, name := range shown {
			fmt.Fprintf(b, "  %-*s %s\n", available[name].NamePadding(), name, available[name].Short)
		}
	}
}

// writeFlags lists the flags of a command, its own and those of the commands that
// it is in.
func writeFlags(b *strings.Builder, c *cobra.Command) {
	c.LocalFlags() // which adds the others to all flags
	for _, g := range flagGroups() {
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		set.SortFlags = false
		for _, name := range g.names {
			if flag := c.Flags().Lookup(name); flag != nil {
				set.AddFlag(flag)
			}
		}
		if set.HasAvailableFlags() {
			fmt.Fprintf(b, "\n%s:\n%s", g.title, set.FlagUsagesWrapped(helpWidth))
		}
	}
}
