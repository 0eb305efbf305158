// Package registry keeps KFP's objects where a cluster with Argo has room for
// them, and keeps nothing itself:
//
//	run             Workflow; its ID is the UID
//	recurring run   CronWorkflow; its ID is the UID
//	experiment      ConfigMap; its ID follows from namespace and name
//	pipeline        ConfigMap; its ID follows from namespace and name
//	version         ConfigMap; its ID follows from the pipeline's and its name
//
// So whatever a server loses by dying, Kubernetes has it, and two servers see
// the same. Runs that were submitted without the server are runs as well, if
// a Workflow is one of kfp2argo's.
//
// A [Registry] is what the server has, a [View] what one caller may see and do
// of it: all calls are made with the rights of the caller's configuration. The
// types here are the model of these objects; how they look as JSON, or on a page,
// is somebody else's business.
package registry
