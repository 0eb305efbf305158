package diag

// The codes of the files that describe stores.
const (
	// NotAStoreConfig: a file that says nothing of stores.
	NotAStoreConfig Code = "not-a-store-config"
	// MissingCredentials: a store without complete credentials.
	MissingCredentials Code = "missing-credentials"
	// IncompleteStore: a store that cannot be found by what is said of it.
	IncompleteStore Code = "incomplete-store"
	// UnsupportedStore: a store, or a setting of one, that the pods do not know.
	UnsupportedStore Code = "unsupported-store"
)
