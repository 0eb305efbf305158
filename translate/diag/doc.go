// Package diag holds the mistakes that people make in a pipeline: where each
// stands, what is wrong, and what to do about it.
//
// A pass reports into a [Report] and goes on, so that one run names every
// problem. [Render] prints them against the [Source] they were found in:
//
//	pipeline.yaml:41:22: task "eval" reads output "model" of "train", which has no such output [unknown-output]
//	   |
//	41 |           outputArtifactKey: model
//	   |                              ^^^^^
//	   = hint: "train" has outputs: checkpoint, metrics
//
// Only mistakes of the pipeline's author belong here. Where the world fails,
// return an error; where this program is wrong, panic.
package diag
