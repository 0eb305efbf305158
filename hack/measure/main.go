// Command measure prints how the Workflows read that pipelines become: the
// longest line that a reviewer meets outside the pipelines' own programs and texts, how
// long Workflows are for their pipelines, and which inputs nothing reads. It is
// the second half of make stat:
//
//	go run ./hack/measure [-v] FOLDER
//
// All YAML files below the folder are translated, with no options, as
// `kfp2argo FILE` does it. Pipelines that are refused are counted as that. With
// -v it prints where each long line and each unused input is.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kfp2argo/kfp2argo/translate/diag"
)

func main() {
	verbose := flag.Bool("v", false, "print where each long line and each unused input is")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: measure [-v] FOLDER")
		os.Exit(2)
	}
	if err := run(flag.Arg(0), os.Stdout, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

// run prints the figures of a folder, or that there is none.
func run(folder string, out io.Writer, verbose bool) error {
	var total figures
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		return total.add(diag.Source{Name: name, Text: text})
	})
	if errors.Is(err, fs.ErrNotExist) {
		_, err := fmt.Fprintf(out, "how Workflows read is not measured: there is no %s\n", folder)
		return err
	}
	if err != nil {
		return err
	}
	return total.print(out, verbose)
}
