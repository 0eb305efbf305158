package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	wfv1 "github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/spf13/cobra"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/live"
	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/local"
	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/settings"
	"github.com/kfp2argo/kfp2argo/translate/progress"
)

// completionTime bounds how long a cluster is asked for what can follow: who has
// pressed a key waits for it.
const completionTime = 700 * time.Millisecond

// within returns what ask finds in time, or nothing.
func within(ask func(context.Context) []cobra.Completion) []cobra.Completion {
	ctx, cancel := context.WithTimeout(context.Background(), completionTime)
	defer cancel()
	found := make(chan []cobra.Completion, 1)
	go func() { found <- ask(ctx) }() // a plugin of the kubeconfig may ignore the context
	select {
	case all := <-found:
		return all
	case <-ctx.Done():
		return nil
	}
}

// seen is where completion sees runs: a cluster, or the files of this machine.
type seen interface {
	List(context.Context) ([]wfv1.Workflow, error)
	Get(ctx context.Context, name string) (*wfv1.Workflow, error)
	Namespaces(context.Context) ([]string, error)
}

// seen returns the place that the flags of a command and the profile mean, or nil.
// For --local it starts nothing.
func (k completer) seen(command *cobra.Command) seen {
	if applySettings(k.s, command, nil) != nil {
		return nil
	}
	if valueOf(command, "local") == "true" {
		engine := local.Engine{Dir: valueOf(command, "local-dir"), Getenv: k.s.getenv}
		dir, err := engine.Directory()
		if err != nil {
			return nil
		}
		return local.Files{Dir: dir, Namespace: cmp.Or(valueOf(command, "namespace"), localNamespace)}
	}
	connection := connectionOf(command)
	if command.Flags().Lookup("kubeconfig") == nil { // the cache is in a store; its runs are on the cluster of the profile
		found, err := readSettings(k.s, command.Flags(), "")
		if err != nil {
			return nil
		}
		connection.Kubeconfig, connection.Context = found.first("kubeconfig"), found.first("context")
	}
	cluster, err := live.Connect(connection)
	if err != nil {
		return nil
	}
	return cluster
}

// connectionOf reads which cluster the flags of a command mean.
func connectionOf(command *cobra.Command) live.Connection {
	return live.Connection{
		Kubeconfig: valueOf(command, "kubeconfig"), Context: valueOf(command, "context"), Namespace: valueOf(command, "namespace"),
	}
}

// valueOf is the value of a flag of a command, or empty. Of a flag that can be
// repeated it is the first.
func valueOf(command *cobra.Command, name string) string {
	flag := command.Flags().Lookup(name)
	if flag == nil {
		return ""
	}
	if many, ok := flag.Value.(interface{ GetSlice() []string }); ok {
		return first(many.GetSlice())
	}
	return flag.Value.String()
}

// offered is what can follow, and never a file.
func offered(found []cobra.Completion, directives ...cobra.ShellCompDirective) ([]cobra.Completion, cobra.ShellCompDirective) {
	all := cobra.ShellCompDirectiveNoFileComp
	for _, d := range directives {
		if len(found) > 0 {
			all |= d
		}
	}
	return found, all
}

// completeRunFlag offers the runs of a namespace as the value of a flag.
func (k completer) completeRunFlag(command *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return offered(k.runs(command, begun), cobra.ShellCompDirectiveKeepOrder)
}

// completeRun offers the runs of a namespace as the one argument.
func (k completer) completeRun(command *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return offered(nil)
	}
	return k.completeRunFlag(command, args, begun)
}

// completeRunAndTask offers the runs of a namespace, and then the tasks of a run.
func (k completer) completeRunAndTask(command *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 1 {
		return offered(k.tasks(command, args[0], "", begun))
	}
	return k.completeRun(command, args, begun)
}

// completeRecords offers runs and their tasks, as RUN/TASK, for a number of
// arguments.
func (k completer) completeRecords(most int) cobra.CompletionFunc {
	return func(command *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		run, task, inTask := strings.Cut(begun, "/")
		switch {
		case len(args) >= most:
			return offered(nil)
		case inTask:
			return offered(k.tasks(command, run, run+"/", task), cobra.ShellCompDirectiveNoSpace)
		}
		return offered(k.runs(command, begun), cobra.ShellCompDirectiveNoSpace, cobra.ShellCompDirectiveKeepOrder)
	}
}

// runs offers the runs whose names begin so, the newest first.
func (k completer) runs(command *cobra.Command, begun string) []cobra.Completion {
	place := k.seen(command)
	if place == nil {
		return nil
	}
	return within(func(ctx context.Context) []cobra.Completion {
		workflows, err := place.List(ctx)
		if err != nil {
			return nil
		}
		var found []cobra.Completion
		for _, f := range live.Merge(workflows, nil) {
			if strings.HasPrefix(f.Name, begun) {
				found = append(found, cobra.CompletionWithDesc(f.Name, strings.ToLower(string(f.State))+", "+stamp(f.Created)))
			}
		}
		return found
	})
}

// tasks offers the tasks of a run whose paths begin so, each behind a prefix. An
// empty name is that of the latest run.
func (k completer) tasks(command *cobra.Command, run, prefix, begun string) []cobra.Completion {
	place := k.seen(command)
	if place == nil {
		return nil
	}
	return within(func(ctx context.Context) []cobra.Completion {
		w, err := getOrLatest(ctx, place, run)
		if err != nil || w == nil {
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
	})
}

// getOrLatest returns a run, for no name the latest, or nil where there is none.
func getOrLatest(ctx context.Context, place seen, run string) (*wfv1.Workflow, error) {
	if run != "" {
		return place.Get(ctx, run)
	}
	workflows, err := place.List(ctx)
	if found := live.Merge(workflows, nil); len(found) > 0 {
		return found[0].Workflow, nil
	}
	return nil, err
}

// completeNamespaces offers the namespaces of the cluster, and those that the
// kubeconfig and the profiles name: not everybody may list them.
func (k completer) completeNamespaces(command *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	file, _ := settings.ReadFile(settings.Path(k.s.getenv))
	known := slices.Collect(maps.Values(connectionOf(command).Contexts()))
	for _, p := range file.Profiles {
		known = append(known, p["namespace"]...)
	}
	place := k.seen(command)
	if _, isLocal := place.(local.Files); isLocal {
		known = []string{localNamespace}
	}
	if place != nil {
		known = append(known, within(func(ctx context.Context) []cobra.Completion {
			all, _ := place.Namespaces(ctx)
			return all
		})...)
	}
	return offeredWords(known, begun)
}

// completeContexts offers the contexts of the kubeconfig.
func completeContexts(command *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return offeredWords(slices.Collect(maps.Keys(connectionOf(command).Contexts())), begun)
}

// completeProfiles offers the profiles.
func (k completer) completeProfiles(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	file, _ := settings.ReadFile(settings.Path(k.s.getenv))
	return offeredWords(slices.Collect(maps.Keys(file.Profiles)), begun)
}

// offeredWords offers those words that begin so, each once and in order.
func offeredWords(words []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	slices.Sort(words)
	return offered(slices.DeleteFunc(slices.Compact(words), func(w string) bool { return w == "" || !strings.HasPrefix(w, begun) }))
}
