package main

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/translate"
	"github.com/kfp2argo/kfp2argo/translate/kind"
	"github.com/kfp2argo/kfp2argo/translate/progress"
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
	case "watch", "outputs", "retry", "stop", "terminate", "delete", "open", "logs", "get":
		command.ValidArgsFunction = completeRuns
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

// completionTime bounds how long a cluster is asked for what can follow.
const completionTime = 3 * time.Second

// completeRuns offers the runs of a namespace, and tasks where a command takes one:
// `logs RUN TASK` and `get RUN/TASK`.
func completeRuns(command *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	directive := cobra.ShellCompDirectiveNoFileComp
	run, task, inTask := strings.Cut(begun, "/")
	inTask = inTask && command.Name() == "get"
	if len(args) > 1 || len(args) == 1 && command.Name() != "logs" {
		return nil, directive
	}
	cluster, err := live.Connect(connectionOf(command))
	if err != nil {
		return nil, directive
	}
	ctx, cancel := context.WithTimeout(context.Background(), completionTime)
	defer cancel()
	switch {
	case len(args) == 1:
		return tasksOf(ctx, cluster, args[0], "", begun), directive
	case inTask:
		return tasksOf(ctx, cluster, run, run+"/", task), directive | cobra.ShellCompDirectiveNoSpace
	}
	workflows, err := cluster.List(ctx)
	if err != nil {
		return nil, directive
	}
	var found []cobra.Completion
	for _, f := range live.Merge(workflows, nil) {
		if strings.HasPrefix(f.Name, begun) {
			found = append(found, cobra.CompletionWithDesc(f.Name, strings.ToLower(string(f.State))+", "+stamp(f.Created)))
		}
	}
	return found, directive | cobra.ShellCompDirectiveKeepOrder
}

// tasksOf lists the tasks of a run whose paths begin so, each behind a prefix. An
// empty name is that of the latest run.
func tasksOf(ctx context.Context, cluster *live.Cluster, run, prefix, begun string) []cobra.Completion {
	var err error
	if run == "" {
		run, err = cluster.Latest(ctx)
	}
	if err != nil {
		return nil
	}
	w, err := cluster.Get(ctx, run)
	if err != nil {
		return nil
	}
	read, err := live.Read(w)
	if err != nil {
		return nil
	}
	var found []cobra.Completion
	read.Walk(func(t *progress.Task, _ int) {
		if strings.HasPrefix(t.Path, begun) {
			found = append(found, cobra.CompletionWithDesc(prefix+t.Path, live.Word(t.Status)))
		}
	})
	return found
}

// connectionOf reads which cluster the flags of a command mean. Completion knows of
// no profile, and starts no engine for --local.
func connectionOf(command *cobra.Command) live.Connection {
	text := func(name string) string {
		flag := command.Flags().Lookup(name)
		if flag == nil {
			return ""
		}
		return flag.Value.String()
	}
	return live.Connection{Kubeconfig: text("kubeconfig"), Context: text("context"), Namespace: text("namespace")}
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
