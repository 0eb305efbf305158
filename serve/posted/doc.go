// Package posted turns what a caller of KFP's API posts into Workflows: the JSON
// of a compiled pipeline in a run, or an uploaded file.
//
// What is wrong with it is said in words for the person at the other end: a
// [ProblemsError] holds the translator's diagnostics as text, with the lines that
// they are about.
package posted
