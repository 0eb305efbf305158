// Package contract holds the documents that pass between the translator and
// the pods, and between the two programs in a pod.
//
//	translator ── [Task] ──▶ driver ── [Plan] ──▶ launcher
//	                                   launcher ── [ExecutorInput] ──▶ the user's program
//	                                   launcher ◀── [ExecutorOutput] ── the user's program
//
// Writer and reader of each document stand side by side here, so that both
// ends change together; a changed golden in testdata is a changed protocol.
// The package is a leaf: it imports the standard library only, and everything
// that knows the translator or the pods imports it.
//
// # Values
//
// A KFP parameter travels through Argo as the text of its JSON value
// ([EncodeParameter]): ASCII only, with `{{` written as `{\u007b` and `$` as
// `\u0024`, so that neither Argo's template engine nor the kubelet finds
// anything to replace in it. The empty text means that there is no value,
// which keeps absent, null and "" apart. An artifact travels the same way, as
// the JSON of a [RuntimeArtifact] or of a list of them.
package contract
