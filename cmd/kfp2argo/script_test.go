package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/kfp2argo/kfp2argo/internal/goldentest"
)

// TestMain lets scripts run this program under its own name.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kfp2argo": main})
}

func TestScripts(t *testing.T) {
	examples, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	steps := t.TempDir()
	writeSteps(t, steps)
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: goldentest.Updating(),
		Cmds:          map[string]func(*testscript.TestScript, bool, []string){"bytes": bytesOf, "cluster": startCluster, "exits": exits, "records": records, "replace": replace},
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", examples+"/../../examples")
			env.Setenv("CI_STEPS", steps)
			return nil
		},
	})
}

// writeSteps writes what GitHub's runner and pre-commit run of ours as scripts:
// the steps of the Action by their ids, and the hooks.
func writeSteps(t *testing.T, dir string) {
	t.Helper()
	var action struct {
		Runs struct{ Steps []struct{ ID, Run string } }
	}
	readYAML(t, "../../action.yml", &action)
	require.NotEmpty(t, action.Runs.Steps)
	for _, step := range action.Runs.Steps {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "action-"+step.ID), []byte(step.Run), 0o600))
	}
	var hooks []struct{ ID, Entry string }
	readYAML(t, "../../.pre-commit-hooks.yaml", &hooks)
	require.NotEmpty(t, hooks)
	for _, hook := range hooks {
		require.NoError(t, os.WriteFile(filepath.Join(dir, hook.ID), []byte(hook.Entry+` "$@"`), 0o600))
	}
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, into))
}

// exits runs a command that must end with a code: `exits 2 kfp2argo --nonsense`.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code command [args...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("%s exits with %d, not %d", args[1], got, want)
	}
}

// bytesOf makes sure that a text tells the size of a file:
// `bytes file text format`, where the format has a %d for the size.
func bytesOf(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: bytes file text format")
	}
	if want := fmt.Sprintf(args[2], len(ts.ReadFile(args[0]))); !strings.Contains(ts.ReadFile(args[1]), want) {
		ts.Fatalf("%s does not say %q", args[1], want)
	}
}

// replace replaces a text in a file: `replace old new file`.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace old new file")
	}
	text := ts.ReadFile(args[2])
	if !strings.Contains(text, args[0]) {
		ts.Fatalf("%s does not have %q", args[2], args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), []byte(strings.ReplaceAll(text, args[0], args[1])), 0o644))
}
