package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// visit calls a function for a command and all commands in it, as they are when
// the program runs.
func visit(command *cobra.Command, call func(*cobra.Command)) {
	command.InitDefaultHelpFlag()
	command.InitDefaultVersionFlag()
	if !command.HasParent() {
		command.InitDefaultHelpCmd()
		command.InitDefaultCompletionCmd()
	}
	call(command)
	for _, sub := range command.Commands() {
		visit(sub, call)
	}
}

// places counts in how many groups a name is.
func places(groups []group, name string) int {
	count := 0
	for _, g := range groups {
		for _, n := range g.names {
			if n == name {
				count++
			}
		}
	}
	return count
}

// TestGroups has each command and each flag in one group, and nothing else.
func TestGroups(t *testing.T) {
	flags, commands := map[string]bool{}, map[string]bool{}
	visit(newCommand(streams{}), func(command *cobra.Command) {
		if parent := command.Parent(); parent != nil && !parent.HasParent() && !command.Hidden {
			commands[command.Name()] = true
			require.Equal(t, 1, places(commandGroups(), command.Name()), command.Name())
		}
		command.LocalFlags().VisitAll(func(flag *pflag.Flag) {
			if flag.Hidden {
				return
			}
			flags[flag.Name] = true
			require.Equal(t, 1, places(flagGroups(), flag.Name), "%s --%s", command.CommandPath(), flag.Name)
		})
	})
	for _, g := range flagGroups() {
		for _, name := range g.names {
			require.True(t, flags[name], "no command has --%s", name)
		}
	}
	for _, g := range commandGroups() {
		for _, name := range g.names {
			require.True(t, commands[name], "there is no command %s", name)
		}
	}
}

// TestWidth has help that fits into a terminal of 80 columns.
func TestWidth(t *testing.T) {
	visit(newCommand(streams{}), func(command *cobra.Command) {
		if command.Name() == "completion" || command.Parent() != nil && command.Parent().Name() == "completion" {
			return // cobra's own words
		}
		var text bytes.Buffer
		command.SetOut(&text)
		require.NoError(t, command.Help())
		for line := range strings.Lines(text.String()) {
			assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimRight(line, "\n")), helpWidth, "%s: %s", command.CommandPath(), line)
		}
	})
}

// TestOutputFlags makes sure that -o is a format in every command, and -O a file.
func TestOutputFlags(t *testing.T) {
	formats, files := 0, 0
	visit(newCommand(streams{}), func(command *cobra.Command) {
		set := command.LocalFlags()
		if flag := set.ShorthandLookup("o"); flag != nil {
			formats++
			name, _ := pflag.UnquoteUsage(flag)
			require.Equal(t, []string{"output", "FORMAT"}, []string{flag.Name, name}, command.CommandPath())
			require.NotEmpty(t, choices(command, "output"), command.CommandPath())
		}
		if flag := set.ShorthandLookup("O"); flag != nil {
			files++
			name, _ := pflag.UnquoteUsage(flag)
			require.Equal(t, []string{"output-file", "FILE"}, []string{flag.Name, name}, command.CommandPath())
		}
	})
	require.Greater(t, formats, 10)
	require.Equal(t, 3, files, "kfp2argo, translate and graph make files")
}
