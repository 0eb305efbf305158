package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	// invocation is a command line of kfp2argo up to what ends it: a pipe, another
	// command, the end of the code or of a line that is not continued.
	invocation = regexp.MustCompile("(?:^|[\\s`(])(?:\\S*bin/)?(?:kfp2argo|\\./cmd/kfp2argo) ((?:\\\\\n|[^|`;\n])*)")
	listed     = regexp.MustCompile(`(?m)^  (?:(-\w), |    )(--[a-z0-9-]+)`)
	subcommand = regexp.MustCompile(`(?m)^  ([a-z]+) {2,}\S`)
	flag       = regexp.MustCompile(`(?:^|\s)(--?[a-zA-Z][a-z0-9-]*)`)
)

// command is kfp2argo or one of the commands in it: what its help says.
type command struct {
	flags map[string]bool
	subs  map[string]command
}

// TestFlags makes sure that each flag that the pages give to kfp2argo is one of
// the command that they give it to.
func TestFlags(t *testing.T) {
	program := filepath.Join(t.TempDir(), "kfp2argo")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, repository+"/cmd/kfp2argo").CombinedOutput()
	require.NoError(t, err, "%s", out)
	root := help(t, program)
	require.Contains(t, root.subs["cache"].subs["rm"].flags, "--older-than")

	checked := 0
	for path, text := range pages(t) {
		for _, match := range invocation.FindAllStringSubmatch(text, -1) {
			line := strings.ReplaceAll(match[1], "\\\n", " ")
			called := root.called(strings.Fields(line))
			for _, found := range flag.FindAllStringSubmatch(unquoted(line), -1) {
				checked++
				if !called.flags[found[1]] {
					t.Errorf("%s: kfp2argo %s: there is no flag %s", path, line, found[1])
				}
			}
		}
		checkAlone(t, root, path, text)
	}
	require.Greater(t, checked, 40)
}

var (
	// alone is a flag that stands by itself in code, as in a table: `--kind`.
	alone = regexp.MustCompile("`(--[a-z][a-z0-9-]*)[^`\n]*`")
	// foreign are flags of other programs that stand so.
	foreign = map[string]bool{
		"--argo": true, "--postgres": true, "--as": true, "--workflow-workers": true, "--qps": true, "--burst": true, "--pod-cleanup-workers": true,
		"--workflow-ttl-workers": true, "--cron-workflow-workers": true, "--namespaced": true,
	}
)

// checkAlone looks for flags that no command has.
func checkAlone(t *testing.T, root command, path, text string) {
	t.Helper()
	for _, match := range alone.FindAllStringSubmatch(text, -1) {
		if !foreign[match[1]] && !root.knows(match[1]) {
			t.Errorf("%s: no command of kfp2argo has a flag %s", path, match[1])
		}
	}
}

// help reads what a command and those in it say of themselves.
func help(t *testing.T, program string, args ...string) command {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), program, append(args, "--help")...).Output()
	require.NoError(t, err)
	c := command{flags: map[string]bool{}, subs: map[string]command{}}
	_, usage, _ := strings.Cut(string(out), "\nUsage:\n")
	for _, match := range listed.FindAllStringSubmatch(usage, -1) {
		c.flags[match[1]], c.flags[match[2]] = true, true
	}
	for _, match := range subcommand.FindAllStringSubmatch(usage, -1) {
		if match[1] != "help" {
			c.subs[match[1]] = help(t, program, append(args, match[1])...)
		}
	}
	return c
}

// called returns the command that the words of a command line call.
func (c command) called(words []string) command {
	if len(words) > 0 {
		if sub, ok := c.subs[words[0]]; ok {
			return sub.called(words[1:])
		}
	}
	return c
}

// knows reports whether c or a command in it has a flag.
func (c command) knows(flag string) bool {
	if c.flags[flag] {
		return true
	}
	for _, sub := range c.subs {
		if sub.knows(flag) {
			return true
		}
	}
	return false
}

var quoted = regexp.MustCompile(`'[^']*'|"[^"]*"`)

// unquoted is a command line without what is in quotes.
func unquoted(line string) string { return quoted.ReplaceAllString(line, "''") }
