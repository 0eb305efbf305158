package probe

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// step is one thing that a store must be able to do.
type step struct {
	check string
	bound time.Duration
	try   func(context.Context) (found string, err error)
}

// objects does with objects what runs do with them. Steps build on those before
// them, so that it stops at the first that fails; what it has made goes in any
// case.
func (p *prober) objects(ctx context.Context, place store.URI) bool {
	o := objects{store: p.store, place: place, signs: p.known.Signs, remote: p.known.Endpoint != ""}
	good := true
	for _, s := range o.steps() {
		if good = p.step(ctx, s); !good {
			break
		}
	}
	if o.made {
		p.remove(context.WithoutCancel(ctx), place)
	}
	return good
}

func (o *objects) steps() []step {
	all := []step{
		{"store: put", objectTime, o.put},
		{"store: get", objectTime, o.get},
		{"store: list", objectTime, o.list},
		{"store: replace", objectTime, o.replace},
		{"store: directories", objectTime, o.directories},
	}
	if !o.remote {
		return all
	}
	return append(all,
		step{"store: versions", objectTime, o.versions},
		step{"store: put in parts", partsTime, o.putParts},
		step{"store: get in parts", partsTime, o.getParts})
}

// step tries one thing and reports what came of it.
func (p *prober) step(ctx context.Context, s step) bool {
	ctx, cancel := context.WithTimeoutCause(ctx, s.bound, fmt.Errorf("it took longer than %v", s.bound))
	defer cancel()
	found, err := s.try(ctx)
	var weak weakness
	switch {
	case errors.As(err, &weak):
		p.warn(s.check, weak.found, weak.advice)
	case err != nil:
		p.fail(s.check, err)
		return false
	default:
		p.ok(s.check, found)
	}
	return true
}

// weakness is an error of a store with which runs can live.
type weakness struct{ found, advice string }

func (w weakness) Error() string { return w.found }

// remove removes what the probe has made. Runs remove nothing, so that they can
// live without the right to.
func (p *prober) remove(ctx context.Context, place store.URI) {
	const check = "store: delete"
	ctx, cancel := context.WithTimeout(ctx, objectTime)
	defer cancel()
	n, err := p.store.Remove(ctx, place)
	if err != nil {
		p.warn(check, words(err), fmt.Sprintf("runs delete nothing, but `kfp2argo cache rm` does; allow it there, and remove what is left below %s", place))
		return
	}
	p.ok(check, fmt.Sprintf("%d objects", n))
}

// objects are those of the probe.
type objects struct {
	store         *store.Store
	place         store.URI
	signs, remote bool
	made          bool // something may be there
}

// at returns the URI of one of the objects.
func (o *objects) at(name string) store.URI {
	uri, err := o.place.Join(name)
	if err != nil {
		panic(err) // the names are ours
	}
	return uri
}

const small = "small"

func (o *objects) put(ctx context.Context) (string, error) {
	if err := o.store.Write(ctx, o.at(small), []byte("one")); err != nil {
		return "", err
	}
	o.made = true
	switch {
	case !o.remote:
		return "", nil
	case o.signs:
		return "signed with the SHA-256 of what is sent", nil
	}
	return "over TLS", nil
}

func (o *objects) get(ctx context.Context) (string, error) { return "", o.requireSmall(ctx, "one") }

func (o *objects) requireSmall(ctx context.Context, want string) error {
	got, err := o.store.Read(ctx, o.at(small))
	if err == nil && string(got) != want {
		err = fmt.Errorf("%q came back for %q that was stored just before", got, want)
	}
	return err
}

func (o *objects) list(ctx context.Context) (string, error) {
	for object, err := range o.store.List(ctx, o.place) {
		if err != nil {
			return "", err
		}
		if object.URI == o.at(small) {
			return "", nil
		}
	}
	return "", errors.New("an object that was stored just before is not in the list")
}

func (o *objects) replace(ctx context.Context) (string, error) {
	if err := o.store.Write(ctx, o.at(small), []byte("another")); err != nil {
		return "", err
	}
	return "", o.requireSmall(ctx, "another")
}

// versions looks whether a download is of one version of an object.
func (o *objects) versions(ctx context.Context) (string, error) {
	guards, err := o.store.Guards(ctx, o.at(small))
	if err == nil && !guards {
		err = weakness{"the store reads another version than it was asked for (If-Match)", "replace no artifact while a run reads it"}
	}
	return "reads of a version that is gone are refused", err
}

// directories looks whether an artifact that is a directory comes back whole,
// with what is empty in it.
func (o *objects) directories(ctx context.Context) (string, error) {
	return "", inTemp(func(dir string) error {
		from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
		err := errors.Join(os.MkdirAll(filepath.Join(from, "a", "empty"), 0o777), os.WriteFile(filepath.Join(from, "a", "file"), nil, 0o666))
		if err != nil {
			return err
		}
		if err := o.store.Upload(ctx, from, o.at("tree")); err != nil {
			return err
		}
		if err := o.store.Download(ctx, o.at("tree"), to); err != nil {
			return err
		}
		if info, err := os.Stat(filepath.Join(to, "a", "file")); err != nil || info.Size() != 0 {
			return errors.New("an empty file of a directory did not come back as one")
		}
		if info, err := os.Stat(filepath.Join(to, "a", "empty")); err != nil || !info.IsDir() {
			return weakness{"an empty directory of an artifact did not come back", "keep a file in each directory of an artifact"}
		}
		return nil
	})
}

// large is a size that goes in two parts: 16 MiB, and the rest.
const large = 16<<20 + 1<<10

func (o *objects) putParts(ctx context.Context) (string, error) {
	return fmt.Sprintf("%d KiB in 2", large>>10), inTemp(func(dir string) error {
		local := filepath.Join(dir, "large")
		if err := writeLarge(local); err != nil {
			return err
		}
		return o.store.Upload(ctx, local, o.at("large"))
	})
}

func (o *objects) getParts(ctx context.Context) (string, error) {
	return "ranges of one version", inTemp(func(dir string) error {
		local, want := filepath.Join(dir, "large"), filepath.Join(dir, "want")
		if err := o.store.Download(ctx, o.at("large"), local); err != nil {
			return err
		}
		if err := writeLarge(want); err != nil {
			return err
		}
		return requireSame(local, want)
	})
}

// writeLarge writes a file whose parts differ.
func writeLarge(path string) error {
	block := make([]byte, 0, 1<<10)
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	for i := 0; i < large/(1<<10) && err == nil; i++ {
		block = append(block[:0], bytes.Repeat(fmt.Appendf(nil, "%08d", i), (1<<10)/8)...)
		_, err = file.Write(block)
	}
	return errors.Join(err, file.Close())
}

func requireSame(got, want string) error {
	var sums [2][]byte
	for i, path := range []string{got, want} {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		hash := sha256.New()
		if _, err := io.Copy(hash, file); err != nil {
			return err
		}
		sums[i] = hash.Sum(nil)
	}
	if !slices.Equal(sums[0], sums[1]) {
		return errors.New("other bytes came back than were stored")
	}
	return nil
}

// inTemp calls use with a directory that is gone afterwards.
func inTemp(use func(dir string) error) error {
	dir, err := os.MkdirTemp("", "doctor-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return use(dir)
}

// Leave does what a small program of a task does: it writes a text into a file
// whose directory is there.
func Leave(file string) error { return os.WriteFile(file, []byte(contract.StatusOK), 0o666) }
