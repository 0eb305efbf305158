package contract

// EnvPrefix begins the names of the environment variables that are for the
// driver and the launcher alone; the user's program does not get them.
const EnvPrefix = "KFP2ARGO_"

// The variables that the translator sets from the store's Secret. Without
// them the store's client looks for credentials where AWS's own tools do.
const (
	EnvS3AccessKey    = EnvPrefix + "S3_ACCESS_KEY"
	EnvS3SecretKey    = EnvPrefix + "S3_SECRET_KEY"
	EnvS3SessionToken = EnvPrefix + "S3_SESSION_TOKEN"
)
