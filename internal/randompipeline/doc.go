// Package randompipeline makes pipelines at random, each with a model of how its
// run must end: which tasks run, which do not, what they give.
//
// All programs do one thing: they give the text that they get, as a parameter and
// some as an artifact too, and fail if that is "fail". The text comes from a
// parameter, which may be absent or empty, an artifact, a loop's list, or the
// status of another task. So what a run does is decided by texts that go from task
// to task, and conditions look at the same texts. The model is KFP's semantics as
// docs/conversion.md has it: after a task that has failed or was skipped nothing
// runs but tasks that wait for an end of any kind, a group has failed if anything
// in it has, and of branches the one that has run gives the text.
package randompipeline
