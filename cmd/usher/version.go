package main

import (
	"fmt"
	"runtime/debug"
)

// version is set when a release is built: -ldflags "-X main.version=1.2.3".
var version = ""

type versionCommand struct{}

// Run prints the version and what it was built with.
func (versionCommand) Run(c console) error {
	info, _ := debug.ReadBuildInfo()
	_, err := fmt.Fprintf(c.out, "usher %s (%s)\n", versionName(), info.GoVersion)
	return err
}

// versionName is the release, else the revision that was built, else "dev".
func versionName() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return s.Value[:12]
		}
	}
	return "dev"
}
