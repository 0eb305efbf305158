// Package api is a Kubernetes API that lives in one process: a [Store] of
// objects with their history, and a [Server] that speaks of it as an API server
// does, to client-go and to kubectl.
//
// It keeps objects as the JSON that clients sent and knows of their fields only
// what the API's own rules are about: metadata, the graceful end of pods, and
// owners. It does not validate, and it has neither admission nor RBAC.
package api
