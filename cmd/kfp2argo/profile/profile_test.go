package profile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/cmd/kfp2argo/profile"
)

const twoTeams = `
profile: team-a
profiles:
  team-a: {context: production, namespace: team-a, store-config: [a.yaml, b.yaml]}
  team-b: {kubeconfig: b.kubeconfig, namespace: team-b}
`

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	require.NoError(t, os.WriteFile(path, []byte(twoTeams), 0o600))
	for name, want := range map[string][]profile.Setting{
		"":       {{"context", []string{"production"}}, {"namespace", []string{"team-a"}}, {"store-config", []string{"a.yaml", "b.yaml"}}},
		"team-b": {{"kubeconfig", []string{filepath.Join(filepath.Dir(path), "b.kubeconfig")}}, {"namespace", []string{"team-b"}}},
	} {
		p, chosen, err := profile.Read(path, name)
		require.NoError(t, err)
		require.Equal(t, want, p.Settings())
		require.Contains(t, []string{"team-a", "team-b"}, chosen)
	}
	_, _, err := profile.Read(path, "team-c")
	require.ErrorContains(t, err, `has no profile "team-c"; it has team-a, team-b`)
}

func TestNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	p, chosen, err := profile.Read(path, "")
	require.NoError(t, err)
	require.Empty(t, p.Settings())
	require.Empty(t, chosen)
	_, _, err = profile.Read(path, "team-a")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"profiles: {a: {namespce: x}}":          "line 1: field namespce not found",
		"profile: a\nprofile: b":                "already defined at line 1",
		"profiles: {a: {namespace: [x, y]}}":    "cannot unmarshal",
		"profiles: {a: {store-secret: {a: b}}}": "cannot unmarshal",
		"- a":                                   "cannot unmarshal",
	} {
		_, err := profile.Parse([]byte(text))
		require.ErrorContains(t, err, want, text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(twoTeams))
	f.Add([]byte("profile: a"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := profile.Parse(text)
		if err != nil {
			require.Zero(t, file)
			return
		}
		for _, p := range file.Profiles {
			for _, s := range p.Settings() {
				require.NotEmpty(t, s.Values)
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
		require.Equal(t, c.want, profile.Path(func(name string) string { return c.env[name] }))
	}
}
