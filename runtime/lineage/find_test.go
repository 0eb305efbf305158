package lineage_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kfp2argo/kfp2argo/runtime/record"
)

// TestFind names records in each way that people have.
func TestFind(t *testing.T) {
	b := newBucket(t)
	b.leave(b.task("one", 0, keyed("aa1")))
	b.leave(b.task("one", 1, keyed("aa1"))) // the same task again
	b.leave(b.task("one", 2, keyed(""), func(t *record.Task) { t.Task = "other" }))
	b.leave(b.task("two", 3, keyed("aa2")))
	b.leave(b.task("two", 4, keyed("aa"), func(t *record.Task) { t.UID = "uid-2b" }))
	b.leave(b.task("three", 5, keyed("team/k")))
	b.leave(b.task("four", 6, keyed("aa2"), func(t *record.Task) { t.Pipeline = "other" }))
	b.write("{", "hello", "uid-0", "records", "at-0.json")
	b.write("{", "hello", "uid-three", "records", "at-0.json")
	for _, test := range []struct{ pipeline, text, attempt, problem string }{
		{"", "aa1", "attempt-1", ""},
		{"", "aa", "attempt-4", ""},
		{"", "te", "attempt-5", ""},
		{"", "team/k", "attempt-5", ""},
		{"", "team/", "attempt-5", ""},
		{"hello", "aa2", "attempt-3", ""},
		{"other", "a", "attempt-6", ""},
		{"", "one/loop-2.fit", "attempt-1", ""},
		{"", "one/loop-2.fit/attempt-0", "attempt-0", ""},
		{"", "uid-one/other", "attempt-2", ""},
		{"", "uid-two/loop-2.fit", "attempt-3", ""},
		{"", "three/loop-2.fit", "attempt-5", ""},
		{"", "s3://bucket/root/hello/cache/aa1.json", "attempt-1", ""},
		{"", "s3://bucket/root/hello/uid-one/records/attempt-0.json", "attempt-0", ""},

		{"", "", "", "the empty text names no record"},
		{"", "b", "", `no key in the cache below s3://bucket/root begins with "b"`},
		{"other", "b", "", `no key in the cache below s3://bucket/root/other begins with "b"`},
		{"", "a", "", `"a" means several entries of the cache: hello: aa, hello: aa1, hello: aa2, other: aa2`},
		{"", "aa2", "", `"aa2" means several entries of the cache: hello: aa2, other: aa2`},
		{"", "two/loop-2.fit", "", `2 runs have the name "two"; their UIDs are uid-2b, uid-two`},
		{"", "one/fit", "", `run "one" has no record of a task "fit"; it has those of loop-2.fit, other`},
		{"", "one/loop-2.fit/attempt-9", "", `run "one" has no record of a task "loop-2.fit/attempt-9"; it has those of loop-2.fit, other`},
		{"", "five/fit", "", `no key in the cache below s3://bucket/root begins with "five/fit"`},
		{"", "s3://bucket/root/hello/x.json", "", "s3://bucket/root/hello/x.json is not the place of a record below s3://bucket/root"},
		{"", "s3://else/root/hello/cache/aa1.json", "", "s3://else/root/hello/cache/aa1.json is not the place of a record below s3://bucket/root"},
		{"", "s3://bucket/root/hello/cache/no.json", "", "reading s3://bucket/root/hello/cache/no.json: there is nothing at this place"},
		{"", "s3://bucket/root/hello/uid-0/records/at-0.json", "", "s3://bucket/root/hello/uid-0/records/at-0.json: not a record: unexpected end of JSON input"},
		{"", "x://y", "", "x://y: only s3, minio, gs, azblob, file, http, https and oci URIs can be read"},
	} {
		e, err := b.open(test.pipeline).Find(t.Context(), test.text)
		if test.problem != "" {
			require.EqualError(t, err, test.problem)
			continue
		}
		require.NoError(t, err, test.text)
		require.Equal(t, test.attempt, e.Task.Attempt, test.text)
	}
}

// TestRun lists the tasks of a run, the broken ones by themselves.
func TestRun(t *testing.T) {
	b := newBucket(t)
	b.leave(b.task("one", 0))
	b.leave(b.task("one", 1))
	b.leave(b.task("two", 2))
	b.write("{", "hello", "uid-one", "records", "broken.json")
	for _, run := range []string{"one", "uid-one"} {
		entries, broken, err := b.open("").Run(t.Context(), run)
		require.NoError(t, err)
		require.Len(t, entries, 2)
		require.Len(t, broken, 1)
	}
	_, _, err := b.open("hello").Run(t.Context(), "three")
	require.EqualError(t, err, `no run below s3://bucket/root/hello has the name or the UID "three" and a record of a task`)
}
