// Package randompipeline makes pipelines at random, each with a model of how its
// run must end: which tasks run, which do not, what they give.
//
// All programs are one: it gives the text that it gets, and fails if that is
// "fail". So what a run does is decided by texts that go from task to task, and
// conditions look at the same texts. The model is KFP's semantics as
// docs/conversion.md has it: after a task that has failed or was skipped nothing
// runs but tasks that wait for an end of any kind, and a group has failed if
// anything in it has.
package randompipeline
