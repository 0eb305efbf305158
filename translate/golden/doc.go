// Package golden holds what pipelines become against files in Git that a person
// has reviewed. It finds the pipelines in a folder, has each translated,
// compares the text with the file beside the pipeline, byte for byte, and says
// what differs, for people and as JUnit XML.
//
//	training.yaml             a compiled pipeline
//	training.workflow.yaml    its golden
//	.kfp2argo.yaml            how they are translated; see [Settings] and [FindSettings]
//
// How a pipeline is translated is not its business: the caller does that.
package golden
