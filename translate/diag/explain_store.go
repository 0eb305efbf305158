package diag

// storeCodes explains the codes about files that describe stores.
func storeCodes() []Explanation {
	return []Explanation{{
		Code:    NotAStoreConfig,
		Meaning: "A file that was given with --store-config is neither the ConfigMap of KFP's launcher nor one of Argo's with an artifact repository.",
		Example: "kind: Secret",
		Fix:     "Pass what kubectl prints: kubectl get configmap kfp-launcher -o yaml > stores.yaml",
	}, {
		Code:    MissingCredentials,
		Meaning: "A store says nothing of its credentials, or names a Secret without its keys. KFP would fail on it when it starts a task.",
		Example: "providers: {s3: {default: {region: us-east-1}}}",
		Fix:     "Write credentials: {fromEnv: true} where the pods have an identity of their own, or a secretRef with all its keys.",
	}, {
		Code:    IncompleteStore,
		Meaning: "What is said of a store does not suffice to find it: there is no bucket, no endpoint, or no artifact repository under the key.",
		Example: "providers: {minio: {default: {credentials: {fromEnv: true}}}}",
		Fix:     "Add what the message names.",
	}, {
		Code:    UnsupportedStore,
		Meaning: "An artifact repository is of a kind, or has a setting, that Argo knows and the pods of a translated pipeline do not.",
		Example: "hdfs: {addresses: ['namenode:8020']}",
		Fix:     "Remove the setting from the file if the pods can do without it, or give another store with --pipeline-root.",
	}}
}
