// Package serve is a server that speaks KFP's REST API over a cluster that has
// nothing but Argo. It keeps nothing: what it is told stands in Kubernetes before
// it answers, so that it may end at any moment, and there may be several.
//
//	serve            the HTTP server: limits, other origins, metrics, logs
//	serve/rest       KFP's API: the table of endpoints, objects as JSON
//	serve/mlmd       what KFP's web UI up to 2.17 asks of ML Metadata
//	serve/execution  tasks and artifacts with their IDs, for both
//	serve/posted     what callers post, as Workflows
//	serve/registry   the objects, and where they are kept
//	serve/listing    pages, orders and filters of lists
//	serve/pages      pages for a browser
//	serve/access     who a caller is, and what it may do
package serve
