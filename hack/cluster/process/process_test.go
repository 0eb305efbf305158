package process_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kfp2argo/kfp2argo/hack/cluster/process"
)

func TestStartFindKill(t *testing.T) {
	table := process.Table{Records: t.TempDir(), Logs: t.TempDir()}
	p := process.Program{
		Name: "sleeper",
		Args: []string{"/bin/sh", "-c", "echo $GREETING; exec sleep 60"},
		Env:  []string{"GREETING=hello", "PATH=/usr/bin:/bin"},
	}
	if err := table.Start(p); err != nil {
		t.Fatal(err)
	}
	if _, ok := table.Find("sleeper"); !ok {
		t.Error("a running program is not found")
	}
	for range 100 {
		if table.Tail("sleeper", 1) == "hello" {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if got := table.Tail("sleeper", 1); got != "hello" {
		t.Errorf("the log ends with %q, want hello", got)
	}
	if err := table.Kill(t.Context(), "sleeper"); err != nil {
		t.Error(err)
	}
	if pid, ok := table.Find("sleeper"); ok {
		t.Errorf("the killed program is found as %d", pid)
	}
}

// A process that has the recorded id but started at another time is someone
// else's.
func TestReusedID(t *testing.T) {
	table := process.Table{Records: t.TempDir(), Logs: t.TempDir()}
	record := fmt.Sprintf("%d 1\n", os.Getpid())
	if err := os.WriteFile(filepath.Join(table.Records, "other.pid"), []byte(record), 0o644); err != nil {
		t.Fatal(err)
	}
	if pid, ok := table.Find("other"); ok {
		t.Errorf("the program is found as %d", pid)
	}
	if err := table.Kill(t.Context(), "other"); err != nil {
		t.Error(err)
	}
}

func TestNeverStarted(t *testing.T) {
	table := process.Table{Records: t.TempDir(), Logs: t.TempDir()}
	if pid, ok := table.Find("nothing"); ok {
		t.Errorf("the program is found as %d", pid)
	}
	if err := table.Kill(t.Context(), "nothing"); err != nil {
		t.Error(err)
	}
}
