package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// fileFormat is a format of files, and what the names of such files end in.
type fileFormat struct {
	name string
	ends []string
}

// manifests are the formats of what a translation makes.
func manifests() []fileFormat {
	return []fileFormat{{"yaml", []string{".yaml", ".yml"}}, {"json", []string{".json"}}}
}

// pictures are the formats of what graph makes.
func pictures() []fileFormat {
	return []fileFormat{
		{"mermaid", []string{".mmd", ".mermaid", ".md"}}, {"dot", []string{".dot", ".gv"}}, {"svg", []string{".svg"}},
		{"png", []string{".png"}},
	}
}

// names lists the names of formats.
func names(formats []fileFormat) []string {
	var all []string
	for _, f := range formats {
		all = append(all, f.name)
	}
	return all
}

// outputFlags say in which format a command writes what it makes, and to which
// file. As with kubectl, -o is the format.
type outputFlags struct {
	format, file string
	formats      []fileFormat
}

func (f *outputFlags) add(set *pflag.FlagSet, formats []fileFormat) {
	f.formats = formats
	set.StringVarP(&f.format, "output", "o", "", fmt.Sprintf("write `FORMAT`: %s (default: by the name of the file, else %s)", listed(names(formats)), formats[0].name))
	set.StringVarP(&f.file, "output-file", "O", "", "write to `FILE` instead of standard output")
}

// complete chooses the format. In older versions -o named the file: what looks like
// a file is still one.
func (f *outputFlags) complete(s streams) error {
	known := names(f.formats)
	if f.file == "" && strings.ContainsAny(f.format, "./") {
		fmt.Fprintf(s.err, "kfp2argo: -o is the format, %s; for a file give -O %s\n", listed(known), f.format)
		f.format, f.file = "", f.format
	}
	switch {
	case f.format == "":
		f.format = f.formatOfFile()
	case !slices.Contains(known, f.format):
		return usageError{fmt.Errorf("--output is %q; it can be %s; for a file there is --output-file", f.format, listed(known))}
	}
	return nil
}

// formatOfFile is the format that the name of the file tells, or the first one.
func (f *outputFlags) formatOfFile() string {
	end := strings.ToLower(filepath.Ext(f.file))
	for _, format := range f.formats {
		if slices.Contains(format.ends, end) {
			return format.name
		}
	}
	return f.formats[0].name
}

// write writes what a command has made to the file, or where none is named to
// standard output.
func (f *outputFlags) write(s streams, text []byte) error {
	if f.file == "" {
		_, err := s.out.Write(text)
		return err
	}
	return os.WriteFile(f.file, text, 0o644)
}
