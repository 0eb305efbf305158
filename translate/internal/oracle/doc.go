// Package oracle holds what the translator writes against Argo itself: its
// linter, the checks of its controller, its resource definitions and its
// template engine, and against the types, definitions and checks of Argo 4. The
// goldens and every pipeline of the reference material that translates must
// pass.
//
// It is a module of its own because Argo's packages bring half of Kubernetes
// with them, none of which belongs into the translator's go.mod.
package oracle
