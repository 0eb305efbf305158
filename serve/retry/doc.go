// Package retry says what must change in a Workflow that has failed so that Argo
// goes on with it: what succeeded stays, and what failed runs again, with all
// that comes after it. The Workflow keeps its name and its UID.
//
// It asks nobody and changes nothing. Who carries a [Plan] out deletes its pods
// first, for the new ones have the same names, and then patches the Workflow. A
// run that is interrupted in between has still failed, and can be retried.
package retry
