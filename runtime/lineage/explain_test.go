package lineage_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/contract"
	"github.com/kfp2argo/kfp2argo/runtime/lineage"
	"github.com/kfp2argo/kfp2argo/runtime/record"
)

// TestExplain compares two tasks of one component, of which the first run's
// is A, in each way it can have gone.
func TestExplain(t *testing.T) {
	const ran = "The keys are the same, but both ran."
	const chosen = "The pipeline chose the key of A and of B."
	for _, test := range []struct {
		name    string
		tasks   func(bucket) (a, b record.Task)
		outcome lineage.Outcome
		reasons []string
		differs int
	}{
		{"one record", func(b bucket) (record.Task, record.Task) {
			a := b.task("one", 0)
			return a, a
		}, lineage.SameRecord, []string{"A and B are one record."}, 0},
		{"cached", func(b bucket) (record.Task, record.Task) {
			a := b.task("one", 0)
			return a, b.task("two", 1, from(a))
		}, lineage.Cached, []string{"B did not run: its outputs are those of A."}, 0},
		{"the other way round", func(b bucket) (record.Task, record.Task) {
			second := b.task("two", 1)
			return b.task("one", 2, from(second)), second
		}, lineage.Cached, []string{"A did not run: its outputs are those of B."}, 0},
		{"both cached from a third", func(b bucket) (record.Task, record.Task) {
			third := b.task("zero", 0)
			return b.task("one", 1, from(third)), b.task("two", 2, from(third))
		}, lineage.Cached, []string{
			"B did not run: its outputs are those of zero/loop-2.fit/attempt-0.",
			"A did not run: its outputs are those of zero/loop-2.fit/attempt-0.",
		}, 0},
		{"other keys", func(b bucket) (record.Task, record.Task) {
			return b.task("one", 0), b.task("two", 1, changed)
		}, lineage.OtherKeys, []string{"The keys differ."}, 1},
		{"an input made anew", func(b bucket) (record.Task, record.Task) {
			takes := func(uri string) func(*record.Task) {
				return func(t *record.Task) {
					t.Inputs.Artifacts["data"][0].URI = "s3://bucket/root/hello/" + uri
					rekey(t)
				}
			}
			return b.task("one", 0, takes("uid-one/make/at-1/data")), b.task("two", 1, takes("uid-two/make/at-2/data"))
		}, lineage.OtherKeys, []string{
			"The keys differ.", `The artifact "data" of A was made by uid-one/make/at-1, that of B by uid-two/make/at-2: explain those two.`,
		}, 1},
		{"other pipelines", func(b bucket) (record.Task, record.Task) {
			return b.task("one", 0), b.task("two", 1, func(t *record.Task) { t.Pipeline = "other" })
		}, lineage.OtherPipelines, []string{`The pipelines "hello" and "other" have a cache each.`}, 0},
		{"not cached", func(b bucket) (record.Task, record.Task) {
			return b.task("one", 0), b.task("two", 1, keyed(""))
		}, lineage.NotCached, []string{uncached("B")}, 0},
		{"neither cached", func(b bucket) (record.Task, record.Task) {
			return b.task("one", 0, keyed("")), b.task("two", 1, keyed(""), changed, keyed(""))
		}, lineage.NotCached, []string{uncached("A"), uncached("B")}, 1},
		{"too old", func(b bucket) (record.Task, record.Task) {
			return b.task("one", 0), b.task("two", 60, func(t *record.Task) {
				t.Missed = "the record of run one is 59m30s old, and 1m0s is the most that is allowed"
			})
		}, lineage.BothRan, []string{ran, "When B began, the cache lookup found nothing: the record of run one is 59m30s old, and 1m0s is the most that is allowed."}, 0},
		{"nobody knows", func(b bucket) (record.Task, record.Task) {
			return b.task("one", 0), b.task("two", 60)
		}, lineage.BothRan, []string{ran, "A was 59m30s old when B began. Its --cache-max-age may allow less, or the record was not in the cache at that time."}, 0},
		{"at once", func(b bucket) (record.Task, record.Task) {
			return b.task("one", 0), b.task("two", 0, func(t *record.Task) { t.Attempt, t.Started = "at-2", t.Started.Add(time.Second) })
		}, lineage.BothRan, []string{ran, "B began before A had finished."}, 0},
		{"the later one first", func(b bucket) (record.Task, record.Task) {
			return b.task("two", 1, func(t *record.Task) { t.Missed = "no earlier run has the key k" }), b.task("one", 0)
		}, lineage.BothRan, []string{ran, "When A began, the cache lookup found nothing: no earlier run has the key k."}, 0},
		{"gone", func(b bucket) (record.Task, record.Task) {
			a := b.task("one", 0)
			require.NoError(b.t, os.Remove(b.path("hello", a.UID, "loop-2.fit", a.Attempt, "model")))
			return a, b.task("two", 1)
		}, lineage.BothRan, []string{ran, `The output artifact "model" of A is gone: there is nothing at s3://bucket/root/hello/uid-one/loop-2.fit/attempt-0/model.`}, 0},
		{"removed", func(b bucket) (record.Task, record.Task) {
			return b.task("one", 0, keyed("removed")), b.task("two", 1, keyed("removed"))
		}, lineage.BothRan, []string{ran, "There is no record in the cache under the key of A: it has been removed.", chosen}, 0},
		{"a chosen key", func(b bucket) (record.Task, record.Task) {
			a := b.task("one", 0, keyed("nightly"))
			return a, b.task("two", 1, changed, keyed("nightly"), from(a))
		}, lineage.Cached, []string{"B did not run: its outputs are those of A.", chosen + " What differs counts for nothing."}, 1},
		{"one chosen key", func(b bucket) (record.Task, record.Task) {
			return b.task("one", 0), b.task("two", 1, keyed("nightly"))
		}, lineage.OtherKeys, []string{"The keys differ.", "The pipeline chose the key of B."}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBucket(t)
			x, y := test.tasks(b)
			b.leave(x)
			b.leave(y)
			require.NoError(t, os.RemoveAll(b.path("hello", "cache", "removed.json")))
			archive := b.open("")
			first, err := archive.Find(t.Context(), "uid-"+x.Run+"/loop-2.fit")
			require.NoError(t, err)
			second, err := archive.Find(t.Context(), y.Run+"/loop-2.fit/"+y.Attempt)
			require.NoError(t, err)
			got, err := archive.Explain(t.Context(), first, second)
			require.NoError(t, err)
			require.Equal(t, test.outcome, got.Outcome)
			require.Equal(t, test.reasons, got.Reasons)
			require.Len(t, got.Differences, test.differs)
		})
	}
}

func uncached(name string) string {
	return name + " has no key: the task is not cached. set_caching_options(False) in the pipeline or --no-cache says so, " +
		"or the task is of a kind that always runs."
}

// changed has another value, and the key of that.
func changed(t *record.Task) {
	t.Inputs.Parameters["rows"] = json.RawMessage("11")
	rekey(t)
}

func rekey(t *record.Task) {
	var err error
	if t.Key, err = t.Inputs.Key(); err != nil {
		panic(err)
	}
}

// from takes the outputs of another task.
func from(other record.Task) func(*record.Task) {
	return func(t *record.Task) {
		origin := other.Origin()
		t.From, t.Key = &origin, other.Key
		t.Outputs.Artifacts = map[string]contract.RuntimeArtifact{"model": other.Outputs.Artifacts["model"]}
	}
}
