package lineage

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/place"
	"github.com/kfp2argo/kfp2argo/runtime/record"
)

// Outcome says in one word how two records relate.
type Outcome string

// The outcomes of a comparison.
const (
	// SameRecord is one record that was given twice.
	SameRecord Outcome = "same-record"
	// Cached means that one took its outputs from the other, or both from a third.
	Cached Outcome = "cached"
	// BothRan means that the keys are the same, but both tasks ran.
	BothRan Outcome = "both-ran"
	// OtherKeys means that the keys differ.
	OtherKeys Outcome = "different-keys"
	// OtherPipelines means that the pipelines differ, which share no cache.
	OtherPipelines Outcome = "different-pipelines"
	// NotCached means that one of them has no key.
	NotCached Outcome = "not-cached"
)

// Explanation says why one record was a cache hit for the other, or not.
type Explanation struct {
	Outcome Outcome
	// Reasons are whole sentences, the one that matters most first.
	Reasons []string
	// Differences are those of all that decides a key. They do not matter
	// if the pipeline set the key.
	Differences []Difference
}

// Explain compares two records and looks whether their outputs and entries are
// still in the store.
func (a *Archive) Explain(ctx context.Context, first, second Entry) (Explanation, error) {
	differences, err := Differences(first.Task.Inputs, second.Task.Inputs)
	if err != nil {
		return Explanation{}, err
	}
	p := pair{a: named{"A", first.Task}, b: named{"B", second.Task}}
	x := Explanation{Outcome: p.outcome(), Differences: differences}
	if x.Reasons, err = a.reasons(ctx, p, x.Outcome); err != nil {
		return Explanation{}, err
	}
	chosen, err := p.chosenKeys(len(differences) > 0 && p.a.task.Key == p.b.task.Key)
	x.Reasons = slices.Concat(x.Reasons, a.madeAnew(differences), chosen)
	return x, err
}

func (a *Archive) reasons(ctx context.Context, p pair, outcome Outcome) ([]string, error) {
	switch outcome {
	case SameRecord:
		return []string{"A and B are one record."}, nil
	case Cached:
		return p.cached(), nil
	case NotCached:
		return p.notCached(), nil
	case OtherPipelines:
		return []string{fmt.Sprintf("The pipelines %q and %q have a cache each.", p.a.task.Pipeline, p.b.task.Pipeline)}, nil
	case OtherKeys:
		return []string{"The keys differ."}, nil
	case BothRan:
		return a.bothRan(ctx, p)
	}
	panic(fmt.Sprintf("no reasons for the outcome %q", outcome))
}

// madeAnew says which tasks made input artifacts that two tasks do not share:
// why they are two is why the keys differ.
func (a *Archive) madeAnew(differences []Difference) []string {
	var reasons []string
	for _, d := range differences {
		if len(d.Path) != 4 || d.Path[0] != "artifacts" || d.Path[3] != "uri" {
			continue
		}
		first, second := a.maker(d.A), a.maker(d.B)
		if first != "" && second != "" {
			reasons = append(reasons, fmt.Sprintf("The artifact %q of A was made by %s, that of B by %s: explain those two.", d.Path[1], first, second))
		}
	}
	return reasons
}

// maker names the task that made an artifact as [Archive.Find] takes it; empty
// where its URI does not tell.
func (a *Archive) maker(uri json.RawMessage) string {
	text, err := contract.Text(uri)
	if err != nil {
		return ""
	}
	path, _ := place.Below(a.root.String(), text)
	m, ok := place.ReadMaker(path)
	if !ok {
		return ""
	}
	return m.UID + "/" + m.Task + "/" + m.Attempt
}

// named is a record under the name that reasons have for it.
type named struct {
	name string
	task record.Task
}

// pair is two records that are compared.
type pair struct{ a, b named }

func (p pair) outcome() Outcome {
	a, b := p.a.task, p.b.task
	switch {
	case a.Origin() == b.Origin():
		return SameRecord
	case a.Key == "" || b.Key == "":
		return NotCached
	case a.Pipeline != b.Pipeline:
		return OtherPipelines
	case a.Key != b.Key:
		return OtherKeys
	case a.From != nil || b.From != nil:
		return Cached
	}
	return BothRan
}

// cached says which task took its outputs from which.
func (p pair) cached() []string {
	var reasons []string
	for _, pair := range [][2]named{{p.b, p.a}, {p.a, p.b}} {
		x, other := pair[0], pair[1]
		switch {
		case x.task.From == nil:
		case *x.task.From == other.task.Origin():
			reasons = append(reasons, fmt.Sprintf("%s did not run: its outputs are those of %s.", x.name, other.name))
		default:
			reasons = append(reasons, fmt.Sprintf("%s did not run: its outputs are those of %s.", x.name, Attempt(*x.task.From)))
		}
	}
	return reasons
}

// Attempt names an attempt of a task as [Archive.Find] takes it.
func Attempt(o record.Origin) string { return o.Run + "/" + o.Task + "/" + o.Attempt }

func (p pair) notCached() []string {
	var reasons []string
	for _, x := range []named{p.a, p.b} {
		if x.task.Key == "" {
			reasons = append(reasons, x.name+" has no key: the task is not cached. "+
				"set_caching_options(False) in the pipeline or --no-cache says so, or the task is of a kind that always runs.")
		}
	}
	return reasons
}

// chosenKeys says whose key does not come from the inputs.
func (p pair) chosenKeys(idle bool) ([]string, error) {
	var names []string
	for _, x := range []named{p.a, p.b} {
		made, err := x.task.Inputs.Key()
		if err != nil {
			return nil, err
		}
		if x.task.Key != "" && x.task.Key != made {
			names = append(names, x.name)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	text := "The pipeline chose the key of " + strings.Join(names, " and of ") + "."
	if idle {
		text += " What differs counts for nothing."
	}
	return []string{text}, nil
}

// bothRan says why two tasks of the same key both ran. The driver of the later
// one has left its reason; the rest is what can be told from the store now.
func (a *Archive) bothRan(ctx context.Context, p pair) ([]string, error) {
	earlier, later := p.a, p.b
	if later.task.Started.Before(earlier.task.Started) {
		earlier, later = later, earlier
	}
	reasons := []string{}
	if later.task.Missed != "" {
		reasons = append(reasons, fmt.Sprintf("When %s began, the cache lookup found nothing: %s.", later.name, later.task.Missed))
	}
	if later.task.Started.Before(earlier.task.Finished) {
		reasons = append(reasons, fmt.Sprintf("%s began before %s had finished.", later.name, earlier.name))
	}
	gone, err := a.gone(ctx, earlier)
	if err != nil {
		return nil, err
	}
	reasons = append(reasons, gone...)
	kept, err := a.kept(ctx, earlier.task)
	if err != nil {
		return nil, err
	}
	if !kept {
		reasons = append(reasons, fmt.Sprintf("There is no record in the cache under the key of %s: it has been removed.", earlier.name))
	}
	if len(reasons) == 0 {
		age := later.task.Started.Sub(earlier.task.Finished).Round(time.Second)
		reasons = append(reasons, fmt.Sprintf("%s was %s old when %s began. Its --cache-max-age may allow less, or the record was not in the cache at that time.",
			earlier.name, age, later.name))
	}
	return append([]string{"The keys are the same, but both ran."}, reasons...), nil
}

// gone names the output artifacts that are not there any more.
func (a *Archive) gone(ctx context.Context, x named) ([]string, error) {
	outputs, err := a.Outputs(ctx, x.task)
	if err != nil {
		return nil, err
	}
	var reasons []string
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		if outputs[name] == Gone {
			reasons = append(reasons, fmt.Sprintf("The output artifact %q of %s is gone: there is nothing at %s.", name, x.name, x.task.Outputs.Artifacts[name].URI))
		}
	}
	return reasons, nil
}

// kept reports whether there is a record in the cache under the key of a task.
func (a *Archive) kept(ctx context.Context, t record.Task) (bool, error) {
	uri, err := a.root.Join(place.CacheEntry(t.Pipeline, t.Key)...)
	if err != nil {
		return false, err
	}
	return a.store.Exists(ctx, uri)
}
