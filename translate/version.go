package translate

import (
	"regexp"
	"runtime/debug"
)

// release matches the versions that are tagged, unlike those that the go
// command makes up for a commit or a dirty tree.
var release = regexp.MustCompile(`^v\d+\.\d+\.\d+(-(alpha|beta|rc)\.\d+)?$`)

// Version is the version of this module: that of the release, or devel.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || !release.MatchString(info.Main.Version) {
		return "devel"
	}
	return info.Main.Version
}

// DefaultImage is the image of the driver and the launcher that belongs to
// this version.
func DefaultImage() string {
	version := Version()
	if version == "devel" {
		return imageRepository + ":dev"
	}
	return imageRepository + ":" + version
}

const imageRepository = "kfp2argo/kfp2argo"
