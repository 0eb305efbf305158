// Package table has values of every type travel from every source to every
// consumer, on Argo's own controller.
package table
