package contract

// VariablePrefix begins the names of all environment variables that are meant
// for the driver and the launcher. The launcher keeps them from the user's
// program.
const VariablePrefix = "KFP2ARGO_"

// The credentials of the store, where the pods have none of their own.
const (
	AccessKeyVariable = VariablePrefix + "S3_ACCESS_KEY"
	SecretKeyVariable = VariablePrefix + "S3_SECRET_KEY"
)

// StoreSecretVariable holds the name of the Secret that the two come from, if
// they come from one. Where it is set and they are not, that Secret is missing.
const StoreSecretVariable = VariablePrefix + "S3_SECRET"

// The keys of that Secret.
const (
	AccessKeyOfSecret = "accesskey"
	SecretKeyOfSecret = "secretkey"
)

// StoreVariable holds the [StoreConfig], if there is one.
const StoreVariable = VariablePrefix + "STORE"

// VolumeVariable says where the volume that is the store is mounted, if it is
// not at [StoreDir].
const VolumeVariable = VariablePrefix + "STORE_DIR"

// RunVariable holds the [Run]. All drivers of a Workflow have the same.
const RunVariable = VariablePrefix + "RUN"

// RetryVariable tells the user's program which attempt it is, from zero. The
// name is KFP's.
const RetryVariable = "KFP_RETRY_INDEX"
