// Package suite has values of every type travel from every source to every
// consumer, and random pipelines run, on Argo's own controller.
package suite
