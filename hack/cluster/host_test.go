package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The images of the executors are named after the versions that are built.
func TestArgoReleases(t *testing.T) {
	for _, r := range argoReleases() {
		pinned, err := os.ReadFile(filepath.Join(r.source, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		if want := "require " + r.module() + " v" + r.Version + "\n"; !strings.HasSuffix(string(pinned), want) {
			t.Errorf("%s/go.mod does not require %s", r.source, want)
		}
	}
}

func TestChooseArgo(t *testing.T) {
	for major, version := range map[string]string{"": "3.7.14", "3": "3.7.14", "4": "4.0.5"} {
		if got, err := chooseArgo(major); err != nil || got.Version != version {
			t.Errorf("chooseArgo(%q): %+v, %v; want version %s", major, got, err, version)
		}
	}
	if _, err := chooseArgo("5"); err == nil {
		t.Error("chooseArgo takes 5")
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		"/plain":         "/plain",
		`/with\040space`: "/with space",
		`/back\134slash`: `/back\slash`,
		`/not\9octal\04`: `/not\9octal\04`,
		`/end\040`:       "/end ",
	} {
		if got := unescape(in); got != want {
			t.Errorf("unescape(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestReadSettings(t *testing.T) {
	env := map[string]string{"HOME": "/home/someone", "KFP2ARGO_REQUEUE": "10s"}
	got, err := readSettings(func(name string) string { return env[name] })
	want := settings{Cache: "/home/someone/.cache/kfp2argo", State: "/var/lib/kfp2argo-cluster", Requeue: "10s", Argo: argoReleases()[0]}
	if err != nil || got != want {
		t.Errorf("readSettings: %+v, %v; want %+v", got, err, want)
	}
	for _, bad := range []string{"relative", "/", "/var", "/var/.."} {
		env["KFP2ARGO_STATE"] = bad
		if _, err := readSettings(func(name string) string { return env[name] }); err == nil {
			t.Errorf("readSettings takes the state directory %q", bad)
		}
	}
}
