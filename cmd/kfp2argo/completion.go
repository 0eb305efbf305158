package main

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/kind"
)

// completable tells the shells what can follow in a command line: files for
// flags that read files, the values of flags with few values, nothing otherwise.
func completable(command *cobra.Command) {
	switch command.Name() {
	case "kfp2argo", "translate", "diff", "explain", "graph":
		if command.Parent() == nil || command.Parent().Name() != "cache" {
			command.ValidArgsFunction = completeDocuments
			break
		}
		fallthrough
	case "doctor", "ls", "show", "rm":
		command.ValidArgsFunction = cobra.NoFileCompletions
	}
	complete := func(flag *pflag.Flag) {
		if function := completionOf(command, flag); function != nil {
			_ = command.RegisterFlagCompletionFunc(flag.Name, function) // fails for a flag that is not there
		}
	}
	command.LocalFlags().VisitAll(complete)
	for _, sub := range command.Commands() {
		completable(sub)
	}
}

// completionOf says how the values of a flag are completed; nil is by files.
func completionOf(command *cobra.Command, flag *pflag.Flag) cobra.CompletionFunc {
	if words := choices(command, flag.Name); words != nil {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	switch name, _ := pflag.UnquoteUsage(flag); {
	case flag.Name == "param":
		return completeInputs
	case slices.Contains([]string{"patch", "params-file", "store-config", "workflow"}, flag.Name):
		return completeDocuments
	case name == "FILE":
		return nil
	}
	return cobra.NoFileCompletions
}

// choices lists the words that a flag takes, or nothing where it takes others.
func choices(command *cobra.Command, flag string) []string {
	switch flag {
	case "color":
		return []string{"auto", "always", "never"}
	case "pod-security":
		return []string{"restricted", "baseline", "off"}
	case "cache-check":
		return []string{"auto", "ahead", "inline"}
	case "concurrency-policy":
		return []string{"Allow", "Forbid", "Replace"}
	case "kind":
		return []string{string(kind.Workflow), string(kind.WorkflowTemplate), string(kind.ClusterWorkflowTemplate), string(kind.CronWorkflow)}
	case "format":
		return []string{"mermaid", "dot", "svg"}
	case "output":
		return formats(command.Name())
	}
	return nil
}

// formats lists what a command can print; those without choose no format.
func formats(command string) []string {
	switch command {
	case "ls":
		return []string{"table", "wide", "json"}
	case "show":
		return []string{"text", "json", "yaml"}
	case "diff", "doctor", "explain":
		return []string{"text", "json"}
	}
	return nil
}

// completeDocuments offers YAML and JSON files, and the directories on the way
// to them. Cobra's own way of doing so leaves no room for the names of commands.
func completeDocuments(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	directive := cobra.ShellCompDirectiveNoFileComp
	dir, prefix := filepath.Split(begun)
	entries, err := os.ReadDir(cmp.Or(dir, "."))
	if err != nil {
		return nil, directive
	}
	var found []cobra.Completion
	for _, e := range entries {
		name := e.Name()
		hidden := strings.HasPrefix(name, ".") && prefix == ""
		if hidden || !strings.HasPrefix(name, prefix) {
			continue
		}
		switch {
		case e.IsDir():
			found = append(found, dir+name+"/")
			directive |= cobra.ShellCompDirectiveNoSpace
		case slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(name)):
			found = append(found, dir+name)
		}
	}
	return found, directive
}

// completeInputs offers the inputs of the pipeline that is in the command
// line already.
func completeInputs(_ *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	directive := cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	if len(args) == 0 || args[0] == stdin {
		return nil, directive
	}
	source, err := read(streams{}, args[0])
	if err != nil {
		return nil, directive
	}
	resolved, _, err := translate.Resolve(source)
	if err != nil || resolved == nil {
		return nil, directive
	}
	var found []cobra.Completion
	for _, input := range resolved.Inputs {
		if strings.HasPrefix(input.Name, begun) {
			found = append(found, input.Name+"=")
		}
	}
	return found, directive
}
