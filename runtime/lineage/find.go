package lineage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kfp2argo/kfp2argo/runtime/nodename"
	"github.com/kfp2argo/kfp2argo/runtime/store"
)

// Find returns the record that a text names:
//
//	s3://bucket/root/hello/cache/3d92….json  the record at a URI
//	3d925c10                                 the entry of the cache whose key begins so
//	hello-x7k2p/train-all.fit                the task of a run, which has a name and a UID
//	hello-x7k2p/train-all.fit/5f0c…          an attempt of that task
//
// A key in full wins over keys that begin with it. Of several attempts that
// have succeeded the last one is returned. The error says what there is instead
// where nothing fits, or more than one thing.
func (a *Archive) Find(ctx context.Context, text string) (Entry, error) {
	place, err := a.locate(ctx, text)
	if err != nil {
		return Entry{}, err
	}
	task, err := a.read(ctx, place.URI)
	if err != nil {
		return Entry{}, err
	}
	return Entry{place, *task}, nil
}

// locate is [Archive.Find], but does not read the record itself.
func (a *Archive) locate(ctx context.Context, text string) (Place, error) {
	if strings.Contains(text, "://") {
		uri, err := store.ParseURI(text)
		if err != nil {
			return Place{}, err
		}
		p, ok := a.place(uri)
		if !ok {
			return Place{}, fmt.Errorf("%s is not the place of a record below %s", text, a.below())
		}
		return p, nil
	}
	if run, task, ok := strings.Cut(text, "/"); ok {
		attempts, err := a.attempts(ctx, run, task)
		if err != nil || len(attempts) > 0 {
			return last(attempts), err
		}
	}
	places, err := a.Keys(ctx, text)
	if err != nil {
		return Place{}, err
	}
	if len(places) > 1 {
		return Place{}, ambiguous(text, places)
	}
	return places[0], nil
}

func (a *Archive) below() string {
	if a.pipeline == "" {
		return a.root.String()
	}
	return strings.TrimSuffix(a.root.String(), "/") + "/" + a.pipeline
}

// Keys returns the entries of the cache whose key is the text, or else those
// whose key begins with it; of one key, if of several pipelines. The error is
// for none, and for several keys.
func (a *Archive) Keys(ctx context.Context, text string) ([]Place, error) {
	all, err := a.Cache(ctx)
	if err != nil {
		return nil, err
	}
	return keysOf(all, text, a.below())
}

func keysOf(all []Place, text, below string) ([]Place, error) {
	var exact, begin []Place
	keys := map[string]bool{}
	for _, p := range all {
		if p.Key == text {
			exact = append(exact, p)
		}
		if strings.HasPrefix(p.Key, text) {
			begin = append(begin, p)
			keys[p.Key] = true
		}
	}
	switch {
	case text == "":
		return nil, errors.New("the empty text names no record")
	case len(exact) > 0:
		return exact, nil
	case len(begin) == 0:
		return nil, fmt.Errorf("no key in the cache below %s begins with %q", below, text)
	case len(keys) > 1:
		return nil, ambiguous(text, begin)
	}
	return begin, nil
}

func ambiguous(text string, places []Place) error {
	const most = 5
	var names []string
	for _, p := range places {
		names = append(names, p.Pipeline+": "+p.Key)
	}
	if len(names) > most {
		names = append(names[:most], fmt.Sprintf("and %d more", len(names)-most))
	}
	return fmt.Errorf("%q means several entries of the cache: %s", text, strings.Join(names, ", "))
}

// Run returns the records of the tasks of the run with this name or UID, and
// those of its records that are broken. The error is for a run that has no
// records, and for several runs of the same name.
func (a *Archive) Run(ctx context.Context, run string) ([]Entry, []*BrokenError, error) {
	all, err := a.recordsOf(ctx, run)
	if err != nil {
		return nil, nil, err
	}
	places, err := a.ofRun(ctx, all, run)
	if err != nil {
		return nil, nil, err
	}
	if len(places) == 0 {
		return nil, nil, fmt.Errorf("no run below %s has the name or the UID %q and a record of a task", a.below(), run)
	}
	return a.Read(ctx, places)
}

// ofRun picks the places of one run. All records of a run have its name, so
// that one of them is enough to know it.
func (a *Archive) ofRun(ctx context.Context, all []Place, run string) ([]Place, error) {
	runs := map[string][]Place{}
	for _, p := range all {
		runs[p.UID] = append(runs[p.UID], p)
	}
	if places, ok := runs[run]; ok {
		return places, nil
	}
	var samples []Place
	for _, uid := range slices.Sorted(maps.Keys(runs)) {
		samples = append(samples, runs[uid][0])
	}
	entries, broken, err := a.Read(ctx, samples)
	if err != nil {
		return nil, err
	}
	for _, b := range broken { // another record of that run may do
		more, _, err := a.Read(ctx, runs[b.Place.UID][1:])
		if err != nil {
			return nil, err
		}
		entries = append(entries, more...)
	}
	uids := map[string]bool{}
	for _, e := range entries {
		if e.Task.Run == run {
			uids[e.UID] = true
		}
	}
	if len(uids) > 1 {
		return nil, fmt.Errorf("%d runs have the name %q; their UIDs are %s", len(uids), run, strings.Join(slices.Sorted(maps.Keys(uids)), ", "))
	}
	for uid := range uids {
		return runs[uid], nil
	}
	return nil, nil
}

// attempts returns the attempts of a task of a run that have succeeded, the
// last one last; none if there is no such run. The name of the pipeline may stand
// before the path of the task.
func (a *Archive) attempts(ctx context.Context, run, task string) ([]Place, error) {
	all, err := a.recordsOf(ctx, run)
	if err != nil {
		return nil, err
	}
	places, err := a.ofRun(ctx, all, run)
	if err != nil || len(places) == 0 {
		return nil, err
	}
	entries, _, err := a.Read(ctx, places)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(x, y Entry) int { return x.Task.Finished.Compare(y.Task.Finished) })
	var found []Place
	paths := map[string]bool{}
	for _, e := range entries {
		path := e.Task.Task
		paths[path] = true
		of, attempt, one := strings.Cut(task, "/")
		if nodename.Below(e.Task.Pipeline, of) == nodename.Below(e.Task.Pipeline, path) && (!one || attempt == e.Attempt) {
			found = append(found, e.Place)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("run %q has no record of a task %q; it has those of %s", run, task, strings.Join(slices.Sorted(maps.Keys(paths)), ", "))
	}
	return found, nil
}

func last(places []Place) Place {
	if len(places) == 0 {
		return Place{}
	}
	return places[len(places)-1]
}
