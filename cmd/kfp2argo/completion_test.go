package main

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// TestChoicesAreInHelp makes sure that what completion offers is what help says.
func TestChoicesAreInHelp(t *testing.T) {
	choosing := 0
	var visit func(*cobra.Command)
	visit = func(command *cobra.Command) {
		command.LocalFlags().VisitAll(func(flag *pflag.Flag) {
			offered := choices(command, flag.Name)
			if offered == nil {
				return
			}
			choosing++
			_, usage := pflag.UnquoteUsage(flag)
			words := strings.FieldsFunc(usage, func(r rune) bool { return !unicode.IsLetter(r) })
			for _, word := range offered {
				require.Contains(t, words, word, "%s --%s", command.CommandPath(), flag.Name)
			}
			if flag.DefValue != "" {
				require.True(t, slices.Contains(offered, flag.DefValue), "%s --%s", command.CommandPath(), flag.Name)
			}
		})
		for _, sub := range command.Commands() {
			visit(sub)
		}
	}
	visit(newCommand(streams{}))
	require.Greater(t, choosing, 10)
}
