package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const repository = "../.."

var (
	link  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	fence = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	code  = regexp.MustCompile("`[^`\n]*`")
	odd   = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// pages returns the texts of all pages in Markdown, by their paths.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(repository, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		found[path] = string(text)
		return err
	})
	require.NoError(t, err)
	return found
}

// TestLinks makes sure that what the pages link to in this repository is there,
// sections too.
func TestLinks(t *testing.T) {
	all := pages(t)
	require.Contains(t, all, filepath.Join(repository, "README.md"))
	for path, text := range all {
		for _, match := range link.FindAllStringSubmatch(code.ReplaceAllString(fence.ReplaceAllString(text, ""), ""), -1) {
			if strings.Contains(match[1], "://") || strings.HasPrefix(match[1], "mailto:") {
				continue
			}
			file, section, _ := strings.Cut(match[1], "#")
			target := path
			if file != "" {
				target = filepath.Join(filepath.Dir(path), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", path, match[1])
				continue
			}
			if section != "" && !sections(all[target])[section] {
				t.Errorf("%s links to %s: there is no such section", path, match[1])
			}
		}
	}
}

// sections returns the names that GitHub gives to the headings of a page.
func sections(text string) map[string]bool {
	found := map[string]bool{}
	for _, line := range strings.Split(fence.ReplaceAllString(text, ""), "\n") {
		level, title, ok := strings.Cut(line, " ")
		if !ok || level == "" || strings.Trim(level, "#") != "" {
			continue
		}
		found[strings.ReplaceAll(odd.ReplaceAllString(strings.ToLower(title), ""), " ", "-")] = true
	}
	return found
}
