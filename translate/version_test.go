package translate

import (
	"runtime/debug"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersion(t *testing.T) {
	for version, want := range map[string]string{
		"v1.2.3": "v1.2.3", "v1.2.3-rc.1": "v1.2.3-rc.1",
		"(devel)": devel, "": devel, "v1.2.3+dirty": devel, "v0.0.0-20260102030405-0123456789ab": devel,
	} {
		ours := debug.Module{Path: modulePath, Version: version}
		require.Equal(t, want, versionIn(&debug.BuildInfo{Main: ours}), version)
		// In a program of somebody else's, whose own version is another.
		theirs := debug.Module{Path: "example.com/theirs", Version: "v7.0.0"}
		require.Equal(t, want, versionIn(&debug.BuildInfo{Main: theirs, Deps: []*debug.Module{{Path: "example.com/a", Version: "v8.0.0"}, &ours}}), version)
		ours.Replace = &debug.Module{Path: "../kfp2argo"}
		require.Equal(t, devel, versionIn(&debug.BuildInfo{Main: theirs, Deps: []*debug.Module{&ours}}), version)
	}
}
