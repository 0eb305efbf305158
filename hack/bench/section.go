package bench

import (
	"fmt"
	"os"
	"strings"
)

// Write puts a section into a page, which is a file, or prints it where there is
// none.
func Write(section, page string) error {
	if page == "" {
		_, err := fmt.Print(section)
		return err
	}
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	return os.WriteFile(page, []byte(Replace(string(old), section)), 0o666)
}

// Replace returns a page with a section in place of the one with the same
// heading, or at its end where it has none.
func Replace(page, section string) string {
	heading, _, _ := strings.Cut(section, "\n")
	before, _, after := cutSection(page, heading)
	if after != "" {
		section += "\n" + after
	}
	return strings.TrimRight(before, "\n") + "\n\n" + section
}

// Keep returns a new page with the sections of an old one that other programs write.
func Keep(page, old string) string {
	for _, heading := range []string{enginesHeading, scaleHeading, serverHeading} {
		if _, section, _ := cutSection(old, strings.TrimSuffix(heading, "\n")); section != "" {
			page = Replace(page, section)
		}
	}
	return page
}

// ReplaceRow returns a page with this comparison in place of the one of the same
// name.
func ReplaceRow(page string, m Move) (string, error) {
	row, err := filled(moveRow, units(), m)
	if err != nil {
		return "", err
	}
	before, after, found := strings.Cut(page, "\n| "+m.What+" |")
	if !found {
		return "", fmt.Errorf("the page has no row %q", m.What)
	}
	_, after, _ = strings.Cut(after, "\n")
	return before + "\n" + row + after, nil
}

// cutSection cuts a page around the section with a heading, which is empty where
// there is none.
func cutSection(page, heading string) (before, section, after string) {
	start := strings.Index(page, "\n"+heading+"\n")
	if start < 0 {
		return page, "", ""
	}
	before, section = page[:start+1], page[start+1:]
	if end := strings.Index(section, "\n## "); end >= 0 {
		section, after = section[:end+1], section[end+1:]
	}
	return before, strings.TrimRight(section, "\n") + "\n", after
}
