package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	state := t.TempDir()
	for line, want := range map[string]struct {
		argo     string
		postgres bool
		rest     []string
	}{
		"up":                        {"3", false, []string{"up"}},
		"up --postgres":             {"3", true, []string{"up"}},
		"up --argo 4 --postgres":    {"4", true, []string{"up"}},
		"build --postgres --argo 4": {"4", true, []string{"build"}},
		"up now":                    {"3", false, []string{"up", "now"}},
		"load a.tar --as b":         {"3", false, []string{"load", "a.tar", "--as", "b"}},
	} {
		c := &cluster{settings: settings{State: state, Argo: argoReleases()[0]}}
		rest, err := c.choose(strings.Fields(line))
		if err != nil || c.Argo.Major != want.argo || c.Postgres != want.postgres || !reflect.DeepEqual(rest, want.rest) {
			t.Errorf("choose(%s): Argo %s, Postgres %v, %v, %v; want %+v", line, c.Argo.Major, c.Postgres, rest, err, want)
		}
	}
	c := &cluster{settings: settings{State: state, Argo: argoReleases()[0]}}
	for _, bad := range []string{"up --argo 5", "up --mysql", "up --argo"} {
		if _, err := c.choose(strings.Fields(bad)); err == nil {
			t.Errorf("choose takes %s", bad)
		}
	}
	if err := os.MkdirAll(c.postgresDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := c.choose([]string{"status"}); err != nil || !c.Postgres {
		t.Errorf("the cluster that is there has a database: %v, %v", c.Postgres, err)
	}
}

func TestParts(t *testing.T) {
	names := func(s settings) (all []string) {
		for _, p := range slices.Concat(s.parts(programs{}, secrets{})...) {
			all = append(all, p.Name)
		}
		return all
	}
	without, with := names(settings{}), names(settings{Postgres: true})
	if slices.Contains(without, postgresPart) || !slices.Contains(with, postgresPart) || len(with) != len(without)+2 {
		t.Errorf("parts without Postgres: %v; with: %v", without, with)
	}
}

// TestArgoServerFindsCluster makes sure that Argo's server finds the API server for
// the clients of its requests, too: for them it reads the variable only.
func TestArgoServerFindsCluster(t *testing.T) {
	s := settings{State: "/state", Postgres: true}
	for _, p := range slices.Concat(s.parts(programs{}, secrets{})...) {
		if p.Name == "argo-server" {
			if !slices.Contains(p.Env, "KUBECONFIG="+s.kubeconfig()) || !slices.Contains(p.Args, s.kubeconfig()) {
				t.Errorf("environment %v, arguments %v", p.Env, p.Args)
			}
			return
		}
	}
	t.Error("there is no server")
}

// TestDatabase makes a database, asks it something, and ends it. Like the cluster
// it needs root.
func TestDatabase(t *testing.T) {
	bin, err := installPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := settings{State: t.TempDir(), Postgres: true}
	for dir := s.State; dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{s.pkiDir(), s.pidDir(), s.logDir()} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	made := secrets{Database: "a password"}
	if err := s.makeDatabase(t.Context(), bin, made); err != nil {
		t.Fatal(err)
	}
	if exists(filepath.Join(s.pkiDir(), "postgres-password")) {
		t.Error("the file with the password stays")
	}
	c := &cluster{settings: s, log: t.Output()}
	p := s.postgres(bin)
	p.Env = []string{"PATH=/usr/bin:/bin"}
	t.Cleanup(func() { _ = s.table().Kill(t.Context(), postgresPart) })
	if err := c.startGroup(t.Context(), []part{p}); err != nil {
		t.Fatal(err)
	}
	ask := func(password string) (string, error) {
		psql := exec.CommandContext(t.Context(), "psql", "-h", "127.0.0.1", "-p", strconv.Itoa(portPostgres), "-U", databaseUser, "-tAc", "select 6*7", "postgres")
		psql.Env = append(os.Environ(), "PGPASSWORD="+password)
		out, err := psql.CombinedOutput()
		return strings.TrimSpace(string(out)), err
	}
	if got, err := ask("another one"); err == nil {
		t.Errorf("it takes another password: %s", got)
	}
	if got, err := ask(made.Database); err != nil || got != "42" {
		t.Errorf("it says %s, %v", got, err)
	}
	if err := s.stopPostgres(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, runs := s.table().Find(postgresPart); runs {
		t.Error("it runs on")
	}
	if err := s.stopPostgres(t.Context()); err != nil {
		t.Errorf("one that has ended: %v", err)
	}
}
