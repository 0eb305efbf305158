package main

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"github.com/kfp2argo/kfp2argo/translate"
)

// newManCommand makes the command that writes the manual pages. It is for those
// who package kfp2argo, and hidden from the rest.
func newManCommand(s streams) *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write the manual pages into a folder",
		Long:   "Man writes a page for each command into the folder DIR. Their date is that of\nSOURCE_DATE_EPOCH, in seconds since 1970, or today.",
		Hidden: true,
		Args:   exactly(1, "one folder"),
		RunE:   func(c *cobra.Command, args []string) error { return writeManual(s, c.Root(), args[0]) },
	}
}

func writeManual(s streams, root *cobra.Command, dir string) error {
	date := s.now()
	if text := s.getenv("SOURCE_DATE_EPOCH"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return usageError{fmt.Errorf("SOURCE_DATE_EPOCH is %q; it must be a number of seconds", text)}
		}
		date = time.Unix(seconds, 0)
	}
	date = date.UTC()
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	root.DisableAutoGenTag = true
	header := doc.GenManHeader{Section: "1", Manual: "kfp2argo", Source: "kfp2argo " + translate.Version(), Date: &date}
	if err := doc.GenManTree(root, &header, dir); err != nil {
		return fmt.Errorf("writing the manual pages: %w", err)
	}
	return nil
}
