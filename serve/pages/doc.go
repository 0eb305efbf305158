// Package pages shows runs, metrics and artifacts in a browser. All of it is made
// on the server and needs no script: the one that there is keeps pages up to date
// and puts times into the reader's zone.
//
// It reads what KFP's API reads, a [registry.View] with the rights of the caller,
// and has no other way to the cluster or the store.
//
// # What is trusted
//
// Nothing that a pipeline's author or a run writes. html/template escapes all
// text; pages allow scripts and styles from files of this package only, and
// artifacts come from an address of their own, in a sandbox. What changes
// something is a POST with the token of a form, see [Site.Serve].
package pages
