package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// commit is what is released.
type commit struct {
	version  string // such as v1.2.3
	revision string
	created  time.Time
	stamped  bool // whether the go command writes the version into programs
}

// released matches the tags of releases.
var released = regexp.MustCompile(`^v\d+\.\d+\.\d+(-(alpha|beta|rc)\.\d+)?$`)

// readCommit asks git what is checked out. A release has a tag, and nothing that
// is not committed; a snapshot may be anything.
func readCommit(ctx context.Context, source string, snapshot bool) (commit, error) {
	head, err := git(ctx, source, "log", "-1", "--format=%H %ct")
	if err != nil {
		return commit{}, err
	}
	var c commit
	var seconds string
	c.revision, seconds, _ = strings.Cut(head, " ")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return commit{}, fmt.Errorf("reading the time of the commit: %w", err)
	}
	c.created = time.Unix(unix, 0).UTC()
	if snapshot {
		c.version = "v0.0.0-snapshot." + c.revision[:12]
		return c, nil
	}
	c.stamped = true
	c.version, err = tagOf(ctx, source)
	return c, err
}

func tagOf(ctx context.Context, source string) (string, error) {
	changes, err := git(ctx, source, "status", "--porcelain")
	if err != nil {
		return "", err
	}
	if changes != "" {
		return "", fmt.Errorf("a release needs a clean tree; these are not committed:\n%s", changes)
	}
	tags, err := git(ctx, source, "tag", "--points-at", "HEAD")
	if err != nil {
		return "", err
	}
	var found []string
	for tag := range strings.FieldsSeq(tags) {
		if released.MatchString(tag) {
			found = append(found, tag)
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("a release needs one tag such as v1.2.3 on its commit, not %q; --snapshot tries it without", found)
	}
	return found[0], nil
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	output, err := exec.CommandContext(ctx, "git", append([]string{"-C", dir}, args...)...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%w: %s", err, exit.Stderr)
	}
	if err != nil {
		return "", fmt.Errorf("git %s: %w", args[0], err)
	}
	return strings.TrimSpace(string(output)), nil
}
