// Package live runs translated pipelines on a cluster and shows how they go: it
// follows a Workflow, draws its tasks on a terminal or writes a line for each
// change, brings the logs of their pods, and reads what they have made. All of
// it uses the pipeline's tasks, as package progress finds them, and not
// Argo's nodes.
package live
