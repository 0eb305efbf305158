package main

import (
	"os"
	"strings"
	"testing"
)

// The image of the executor is named after the version that is built.
func TestArgoVersion(t *testing.T) {
	pinned, err := os.ReadFile("build/argo/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if want := "argo-workflows/v3 v" + argoVersion + "\n"; !strings.Contains(string(pinned), want) {
		t.Errorf("build/argo/go.mod does not require %s", want)
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
	want := settings{Cache: "/home/someone/.cache/kfp2argo", State: "/var/lib/kfp2argo-cluster", Requeue: "10s"}
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
