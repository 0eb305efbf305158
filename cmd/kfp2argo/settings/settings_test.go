package settings_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/settings"
)

const twoTeams = `
profile: team-a
profiles:
  team-a: {context: production, namespace: team-a, store-config: [a.yaml, b.yaml], image: ""}
  team-b: {kubeconfig: b.kubeconfig, namespace: team-b, store-config: a.yaml}
`

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(path, []byte(twoTeams), 0o600))
	teamA := []settings.Value{
		{"context", []string{"production"}, "profile team-a"}, {"namespace", []string{"team-a"}, "profile team-a"},
		{"store-config", []string{"a.yaml", "b.yaml"}, "profile team-a"},
	}
	teamB := []settings.Value{
		{"kubeconfig", []string{filepath.Join(filepath.Dir(path), "b.kubeconfig")}, "profile team-b"},
		{"namespace", []string{"team-b"}, "profile team-b"}, {"store-config", []string{"a.yaml"}, "profile team-b"},
	}
	for name, want := range map[string][]settings.Value{"": teamA, "team-a": teamA, "team-b": teamB} {
		p, chosen, err := settings.Read(path, name)
		require.NoError(t, err)
		require.Equal(t, want, p.Values(chosen))
	}
	_, _, err := settings.Read(path, "team-c")
	require.ErrorContains(t, err, `has no profile "team-c"; it has team-a, team-b`)
}

func TestNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	p, chosen, err := settings.Read(path, "")
	require.NoError(t, err)
	require.Empty(t, p.Values(chosen))
	require.Empty(t, chosen)
	_, _, err = settings.Read(path, "team-a")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"profiles:\n  a: {namespce: x}":         `line 2: there is no setting "namespce"; there are kubeconfig, context,`,
		"profiles:\n  a: {s3-secret-key: x}":    `line 2: there is no setting "s3-secret-key"`,
		"profle: a":                             "line 1: field profle not found",
		"profile: a\nprofile: b":                "already defined at line 1",
		"profiles: {a: {user: x, user: y}}":     "already defined at line 1",
		"profiles: {a: {namespace: [x, y]}}":    "line 1: namespace has one value, not 2",
		"profiles: {a: {store-secret: {a: b}}}": "cannot unmarshal",
		"profiles: {a: [namespace]}":            "cannot unmarshal",
		"- a":                                   "cannot unmarshal",
	} {
		_, err := settings.Parse([]byte(text))
		require.ErrorContains(t, err, want, text)
		require.NotContains(t, err.Error(), "settings.", "names of Go's types")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(twoTeams))
	f.Add([]byte("profile: a"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := settings.Parse(text)
		if err != nil {
			require.Zero(t, file)
			return
		}
		for name, p := range file.Profiles {
			for _, v := range p.Values(name) {
				require.NotEmpty(t, v.Values)
			}
		}
	})
}

func TestPath(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"HOME": "/home/a"}, "/home/a/.config/kfp2argo/config.yaml"},
		{map[string]string{"HOME": "/home/a", "XDG_CONFIG_HOME": "/c"}, "/c/kfp2argo/config.yaml"},
		{map[string]string{"HOME": "/home/a", "XDG_CONFIG_HOME": "relative"}, "/home/a/.config/kfp2argo/config.yaml"},
		{map[string]string{"HOME": "/home/a", "KFP2ARGO_CONFIG": "my.yaml"}, "my.yaml"},
		{map[string]string{}, ""},
	} {
		require.Equal(t, c.want, settings.Path(func(name string) string { return c.env[name] }))
	}
}

func TestVariables(t *testing.T) {
	env := map[string]string{"KFP2ARGO_SERVICE_ACCOUNT": "runner", "KFP2ARGO_STORE_CONFIG": "a.yaml,b.yaml", "KFP2ARGO_IMAGE": ""}
	require.Equal(t, []settings.Value{
		{"service-account", []string{"runner"}, "variable KFP2ARGO_SERVICE_ACCOUNT"},
		{"store-config", []string{"a.yaml", "b.yaml"}, "variable KFP2ARGO_STORE_CONFIG"},
	}, settings.FromVariables(func(name string) string { return env[name] }))
	seen := map[string]bool{settings.FileVariable: true, settings.ProfileVariable: true}
	for _, s := range settings.All() {
		require.False(t, seen[s.Variable()], s.Variable())
		seen[s.Variable()] = true
	}
}

// TestOver has what replaces a setting in a higher source, and keeps the rest.
func TestOver(t *testing.T) {
	value := func(name, from string) settings.Value {
		return settings.Value{Name: name, Values: []string{from}, From: from}
	}
	require.Equal(t, []settings.Value{
		value("kubeconfig", "variable"), value("namespace", "project"), value("image", "profile"), value("pipeline-root", "project"),
		value("kind", "project"), value("schedule", "project"),
	}, settings.Over(
		[]settings.Value{value("kubeconfig", "variable")},
		[]settings.Value{value("kind", "project"), value("schedule", "project"), value("namespace", "project"), value("pipeline-root", "project")},
		[]settings.Value{value("context", "profile"), value("namespace", "profile"), value("image", "profile"), value("store-volume", "profile")},
	))
	require.True(t, settings.Replaced("schedule", []string{"kind"}))
	require.False(t, settings.Replaced("kind", []string{"schedule"}))
}
