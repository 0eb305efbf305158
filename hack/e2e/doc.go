// Package e2e runs pipelines on a real Argo and looks at what became of them.
//
// Its tests have the build tag e2e. They need a cluster that hack/cluster made,
// or another one with Argo: KUBECONFIG says where it is, and the KFP2ARGO_…
// variables that `hack/cluster env` prints say where its store is.
package e2e
