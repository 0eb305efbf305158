package main

import (
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
)

// writeBill writes what programs are made of, as CycloneDX: the modules that the
// Go linker has noted in them, and Go itself. The bill says nothing of licenses.
func (r release) writeBill(file, name string, programs ...string) error {
	modules := map[string]cyclonedx.Component{}
	for _, program := range programs {
		info, err := buildinfo.ReadFile(program)
		if err != nil {
			return fmt.Errorf("reading what %s was built of: %w", name, err)
		}
		for _, m := range modulesOf(info) {
			modules[m.BOMRef] = m
		}
	}
	bill := cyclonedx.NewBOM()
	about := component(&debug.Module{Path: "github.com/kfp2argo/kfp2argo", Version: r.version})
	about.Type, about.Name = cyclonedx.ComponentTypeApplication, name
	bill.Metadata = &cyclonedx.Metadata{Timestamp: r.created.Format(time.RFC3339), Component: &about}
	var components []cyclonedx.Component
	var refs []string
	for _, m := range modules {
		components, refs = append(components, m), append(refs, m.BOMRef)
	}
	slices.SortFunc(components, func(a, b cyclonedx.Component) int { return strings.Compare(a.BOMRef, b.BOMRef) })
	slices.Sort(refs)
	bill.Components = &components
	bill.Dependencies = &[]cyclonedx.Dependency{{Ref: about.BOMRef, Dependencies: &refs}}
	return writeFile(file, func(w io.Writer) error {
		return cyclonedx.NewBOMEncoder(w, cyclonedx.BOMFileFormatJSON).SetPretty(true).EncodeVersion(bill, cyclonedx.SpecVersion1_6) // more tools read it than 1.7
	})
}

// modulesOf lists the modules of a program but the main one.
func modulesOf(info *debug.BuildInfo) []cyclonedx.Component {
	all := []cyclonedx.Component{component(&debug.Module{Path: "std", Version: strings.TrimPrefix(info.GoVersion, "go")})}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		if m.Version == "" {
			continue // a module of this repository
		}
		all = append(all, component(m))
	}
	return all
}

func component(m *debug.Module) cyclonedx.Component {
	ref := "pkg:golang/" + m.Path + "@" + url.QueryEscape(m.Version)
	c := cyclonedx.Component{Type: cyclonedx.ComponentTypeLibrary, BOMRef: ref, PackageURL: ref, Name: m.Path, Version: m.Version}
	// What go.sum says: the SHA-256 of a list of the module's files.
	if sum, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Sum, "h1:")); err == nil && len(sum) > 0 {
		c.Hashes = &[]cyclonedx.Hash{{Algorithm: cyclonedx.HashAlgoSHA256, Value: hex.EncodeToString(sum)}}
	}
	return c
}
