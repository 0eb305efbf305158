// Package failure keeps why tasks have failed, as one small object each under
// the run's own root in the store. Argo tells an exit task that something has
// failed but not what; the exit task's pod reads that here.
package failure

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/record"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// Record says why one attempt of a task has failed.
type Record struct {
	// Node is the name of the Argo node.
	Node string `json:"node"`
	// Code is the exit code of the task's pod.
	Code    int    `json:"code"`
	Message string `json:"message"`
	// Started is when the driver began, Time when the attempt failed. In between are
	// the phases that it came to. Started may be zero: older releases did not keep it.
	Started time.Time `json:"started,omitzero"`
	record.Phases
	Time time.Time `json:"time"`
}

// Parse reads a record. It passes over fields that it does not know.
func Parse(text []byte) (r Record, err error) {
	if err := json.Unmarshal(text, &r); err != nil {
		return Record{}, fmt.Errorf("not the record of a failure: %w", err)
	}
	return r, nil
}

// Place is where the failures of one run are recorded.
type Place struct {
	// Root is the pipeline root as the user gave it, with its query.
	Root string
	// Directory is the URI of the run's own directory below it.
	Directory string
	// Getenv is where the store looks for its settings, such as os.Getenv.
	Getenv func(string) string
}

// recordTime bounds how long a pod that has failed goes on to record why.
const recordTime = 30 * time.Second

// Leave stores a record. It does so after the end of the context too, which may
// be why the task has failed.
func (p Place) Leave(ctx context.Context, r Record) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("recording the failure: %w", err)
		}
	}()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTime)
	defer cancel()
	s, directory, err := p.open()
	if err != nil {
		return err
	}
	uri, err := directory.Join(r.name())
	if err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return s.Write(ctx, uri, text)
}

func (p Place) open() (*store.Store, store.URI, error) {
	root, err := store.ParseRoot(p.Root)
	if err != nil {
		return nil, store.URI{}, err
	}
	directory, err := store.ParseURI(p.Directory)
	return store.New(root, p.Getenv), directory, err
}

// name is the name of the record's object: no two attempts share it.
func (r Record) name() string {
	sum := sha256.Sum256([]byte(r.Node))
	return hex.EncodeToString(sum[:16]) + ".json"
}

// Last returns the last failure of a task or of what runs inside it, by the
// name of the task's node, or false where none is recorded.
func (p Place) Last(ctx context.Context, node string) (last Record, ok bool, err error) {
	s, directory, err := p.open()
	if err != nil {
		return last, false, err
	}
	temp, err := os.MkdirTemp("", "failures-*")
	if err != nil {
		return last, false, err
	}
	defer os.RemoveAll(temp)
	local := filepath.Join(temp, "all")
	if err := s.Download(ctx, directory, local); err != nil {
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return last, false, err
	}
	err = filepath.WalkDir(local, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		r, err := read(path)
		if err == nil && r.inside(node) && (!ok || r.Time.After(last.Time)) {
			last, ok = r, true
		}
		return err
	})
	return last, ok, err
}

func read(path string) (Record, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Record{}, err
	}
	return Parse(text)
}

// inside reports whether a record is of a task or of something inside it.
func (r Record) inside(node string) bool {
	rest, ok := strings.CutPrefix(r.Node, node)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '(')
}
