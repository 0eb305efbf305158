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
	"github.com/kfp2argo/kfp2argo/translate/diag"
	"github.com/kfp2argo/kfp2argo/translate/kind"
)

// completer offers what can follow in a command line.
type completer struct{ s streams }

// completable tells the shells what can follow a command and those in it.
func (k completer) completable(command *cobra.Command) {
	command.ValidArgsFunction = k.arguments(command)
	complete := func(flag *pflag.Flag) {
		if function := k.values(command, flag); function != nil {
			_ = command.RegisterFlagCompletionFunc(flag.Name, function) // fails for a flag that is not there
		}
	}
	command.LocalFlags().VisitAll(complete)
	for _, sub := range command.Commands() {
		k.completable(sub)
	}
}

// arguments says how the arguments of a command are completed; nil is by files.
func (k completer) arguments(command *cobra.Command) cobra.CompletionFunc {
	switch strings.TrimPrefix(command.CommandPath(), command.Root().Name()+" ") {
	case "kfp2argo", "translate", "run", "diff", "graph", "config":
		return completeDocuments
	case "explain":
		return completeCodes
	case "watch", "outputs", "retry", "stop", "terminate", "delete", "open":
		return k.completeRun
	case "logs":
		return k.completeRunAndTask
	case "get", "cache show":
		return k.completeRecords(1)
	case "cache explain":
		return k.completeRecords(2)
	case "test", "man":
		return nil
	}
	return cobra.NoFileCompletions
}

// values says how the values of a flag are completed; nil is by files.
func (k completer) values(command *cobra.Command, flag *pflag.Flag) cobra.CompletionFunc {
	if words := choices(command, flag.Name); words != nil {
		return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	}
	name, _ := pflag.UnquoteUsage(flag)
	switch flag.Name {
	case "param":
		return completeInputs
	case "patch", "params-file", "store-config", "workflow":
		return completeDocuments
	case "run":
		return k.completeRunFlag
	case "namespace":
		return k.completeNamespaces
	case profileFlag:
		return k.completeProfiles
	case "context":
		return completeContexts
	}
	if slices.Contains([]string{"FILE", "DIR"}, name) {
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
	case "output":
		return formats(command.Name())
	}
	return nil
}

// formats lists what a command can print; those without choose no format.
func formats(command string) []string {
	switch command {
	case "kfp2argo", "translate":
		return names(manifests())
	case "graph":
		return names(pictures())
	case "config":
		return []string{"table", "json"}
	case "ls", "runs":
		return []string{"table", "wide", "json"}
	case "show":
		return []string{"text", "json", "yaml"}
	case "diff", "doctor", "explain", "run", "watch", "logs", "outputs", "get", "version":
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

// completeCodes offers the codes of messages, and pipelines.
func completeCodes(command *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return offered(nil)
	}
	found, directive := completeDocuments(command, args, begun)
	for _, e := range diag.Explanations() {
		if strings.HasPrefix(string(e.Code), begun) {
			found = append(found, cobra.CompletionWithDesc(string(e.Code), firstSentence(e.Meaning)))
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
