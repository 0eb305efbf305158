package translate

import (
	"regexp"
	"runtime/debug"
)

// modulePath is the path of this module.
const modulePath = "github.com/kfp2argo/kfp2argo"

// release matches the versions that are tagged, unlike those that the go
// command makes up for a commit or a dirty tree.
var release = regexp.MustCompile(`^v\d+\.\d+\.\d+(-(alpha|beta|rc)\.\d+)?$`)

// Version is the version of this module, in our own programs and in those that
// import it: that of the release, or devel.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return devel
	}
	return versionIn(info)
}

// devel is the version of what is no release.
const devel = "devel"

// versionIn finds the version of this module in what a program was built of.
func versionIn(info *debug.BuildInfo) string {
	for _, m := range append([]*debug.Module{&info.Main}, info.Deps...) {
		// A module that is replaced is a copy of a user.
		if m.Path == modulePath && m.Replace == nil && release.MatchString(m.Version) {
			return m.Version
		}
	}
	return devel
}

// DefaultImage is the image of the driver and the launcher that belongs to
// this version.
func DefaultImage() string {
	version := Version()
	if version == devel {
		return imageRepository + ":dev"
	}
	return imageRepository + ":" + version
}

const imageRepository = "kfp2argo/kfp2argo"
