// Package runs keeps what became of whole runs as plain JSON objects in the
// store, so that people and tools know of them when the cluster has forgotten
// the Workflow. There is no database and no pod that writes them.
//
//	<root>/runs/<time>-<UID>.json              a [Summary]: the index, newest run first
//	<root>/<pipeline>/<UID>/run.json           a [Run]
//	<root>/<pipeline>/<UID>/records/…          the tasks' own records, of package record
//	<root>/<pipeline>/pipelines/<SHA-256>.json a compiled pipeline, once per content
//
// <time> counts backwards, so that the last runs come first in a listing.
//
// # Who writes
//
// The driver of each pod notes that there is a run ([Archive.Note]), unless that is
// known, and so does who submits or watches one. Who sees its end writes the rest ([Archive.Write]): kfp2argo run
// and watch, the bridge, and kfp2argo runs --record for all runs that a cluster
// still has. All of them write the same, any number of times, in any order: the
// names of the objects follow from the run, and each object is there whole or
// not at all.
//
// Where nobody sees the end of a run, the records of its tasks and their logs are
// there all the same. [Archive.Read] then puts the run together from these: it is
// not Complete, its state is Unknown, and tasks that did not succeed are missing.
// A run of which no pod got as far as its driver is not in the index.
//
// # How to read
//
//	archive := runs.In(store)
//	for summary, err := range archive.List(ctx) { … }         // newest first; stop when there are enough
//	summary, err := archive.Find(ctx, "training-x7k2p")       // by name or UID
//	run, err := archive.Read(ctx, summary)                    // with its tasks
//	task := run.Task("train-all-0.fit")
//	err = archive.Fill(ctx, run, task)                        // inputs and outputs from the task's record
//	uri, err := archive.Log(ctx, run.Identity, task.Attempts[0]) // what its program wrote
//	text, err := archive.Pipeline(ctx, run.Pipeline, run.Digest)
//
// All JSON is read leniently: unknown fields are passed over, and another
// version is a [VersionError].
package runs
